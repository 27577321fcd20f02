"""When a promise is due, before any pause: the forms that operators write their promises in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.errors import InvalidInput
from dispatch.rules.calendars import DAY_END, Calendar, LocalHours, local_instant


class StatedTimeMissing(InvalidInput):
    """The promise is due at a time stated with the fact, and none was stated."""


@dataclass(frozen=True)
class After:
    """A length of open time after the start: 72 h (R01), 2 h of contact hours (R10)."""

    amount: timedelta

    def due_at(self, start: datetime, clock: Calendar, zone: ZoneInfo, stated: datetime | None) -> datetime:
        """The instant by which `amount` of `clock` has passed."""
        del zone, stated
        return clock.add(start, self.amount)


@dataclass(frozen=True)
class ByLocalTime:
    """A time of day so many days after the day of receipt: 24:00 the same day (R07)."""

    clock_time: str
    days_later: int = 0

    def due_at(self, start: datetime, clock: Calendar, zone: ZoneInfo, stated: datetime | None) -> datetime:
        """The local time on the day counted from the local day of `start`."""
        del clock, stated
        return local_instant(start.astimezone(zone).date() + timedelta(self.days_later), self.clock_time, zone)


@dataclass(frozen=True)
class EndOfWorkingDay:
    """Midnight at the end of the n-th full working day after the day of receipt."""

    full_days: int

    def due_at(self, start: datetime, clock: Calendar, zone: ZoneInfo, stated: datetime | None) -> datetime:
        """The end (24:00 local) of the n-th working day; `clock` must know working days."""
        del stated
        if not isinstance(clock, LocalHours):
            raise InvalidInput("calendar", needs="working_days")
        day: date = start.astimezone(zone).date()
        left = self.full_days
        while left:
            day += timedelta(days=1)
            left -= clock.is_open_on(day)
        return local_instant(day, DAY_END, zone)


@dataclass(frozen=True)
class Stated:
    """At the time that was promised in so many words: a call-back (R43), a start date, a window."""

    def due_at(self, start: datetime, clock: Calendar, zone: ZoneInfo, stated: datetime | None) -> datetime:
        """The stated instant; raises StatedTimeMissing without one."""
        del start, clock, zone
        if stated is None:
            raise StatedTimeMissing("due_at")
        return stated.astimezone(UTC)


Due = After | ByLocalTime | EndOfWorkingDay | Stated
