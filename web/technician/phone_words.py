"""Times as a technician reads them at a glance."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_skeleton

from dispatch.queries.phone_visits import PhoneVisit

#: times that are offered at one tap
_STEP = timedelta(minutes=30)
_MOST_CHOICES = 8


def clock(at: datetime) -> str:
    """A time of day on the territory's wall clock."""
    return f"{at:%H:%M}"


def day_name(on: date, language: str) -> str:
    """A day in full, such as "Tuesday, November 24"."""
    return str(format_skeleton("MMMMEEEEd", on, locale=language))


def day_and_clock(at: datetime, today: date, language: str) -> str:
    """The time, with the day unless it is today's."""
    if at.date() == today:
        return clock(at)
    return f"{format_skeleton('MMMEd', at, locale=language)} {clock(at)}"


def time_choices(visit: PhoneVisit, now: datetime) -> list[datetime]:
    """Half hours inside the window that was told, and still to come; every second one if they are many."""
    if visit.window is None:
        return []
    from_at, until_at = visit.window
    steps = int((until_at - from_at) / _STEP) + 1
    ahead = [at for step in range(steps) if (at := from_at + step * _STEP) > now]
    while len(ahead) > _MOST_CHOICES:
        ahead = ahead[::2]
    return ahead
