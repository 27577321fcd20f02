"""What a customer is told about a visit, and from when on (DESIGN section 5, R11, R31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class AnnouncingRules:
    """Technician and narrow window are told from `named_from` of the evening before.

    A wanted announcement `settles` first. The window is `width` long or more, begins `before` the
    planned start or a little earlier, on a `step`, and lies inside what is booked; around
    an agreed time it reaches `tolerance` to either side. The technician calls `ahead` of the
    window at the latest, not before `calls_from`.
    """

    named_from: str = "18:00"
    settles: timedelta = timedelta(seconds=60)
    width: timedelta = timedelta(hours=2)
    before: timedelta = timedelta(minutes=30)
    step: timedelta = timedelta(minutes=30)
    tolerance: timedelta = timedelta(minutes=60)
    ahead: timedelta = timedelta(minutes=30)
    calls_from: str = "08:00"


DEFAULT_ANNOUNCING = AnnouncingRules()
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Told:
    """What is told about a visit: by when the technician calls (None once a time is agreed), and when he comes."""

    technician_id: int
    contact_by_at: datetime | None
    window: Span

    def still_says(self, truth: Told, now: datetime) -> bool:
        """Whether who was told this knows what is so; a call that is overdue is not promised anew."""
        if self == truth:
            return True
        is_overdue = self.contact_by_at is not None and self.contact_by_at <= now
        same = (self.technician_id, self.window) == (truth.technician_id, truth.window)
        return is_overdue and same and truth.contact_by_at is not None


def named_by(day: date, zone: ZoneInfo, rules: AnnouncingRules = DEFAULT_ANNOUNCING) -> datetime:
    """When the customer of a visit on `day` is told who comes and when."""
    return local_instant(day - timedelta(days=1), rules.named_from, zone)


def window_to_tell(
    start_at: datetime,
    booked: Span | None,
    told: Span | None,
    zone: ZoneInfo,
    late: timedelta | None = None,
    rules: AnnouncingRules = DEFAULT_ANNOUNCING,
) -> Span:
    """The arrival window for a planned start: the one told before as long as it holds, else a new one.

    Who may be `late` against the plan is told a window that reaches that far, on the next step,
    if what is booked does.
    """
    if booked is not None and not booked[0] <= start_at <= booked[1]:
        booked = None
    is_within = told is None or booked is None or (booked[0] <= told[0] and told[1] <= booked[1])
    if told is not None and is_within and told[0] <= start_at <= told[1]:
        return told
    from_at = _floor(start_at - rules.before, zone, rules.step)
    reaches_at = start_at if late is None else _floor(start_at + late - _INSTANT, zone, rules.step) + rules.step
    if booked is None:
        return from_at, max(from_at + rules.width, reaches_at)
    from_at = max(booked[0], min(from_at, booked[1] - rules.width))
    return from_at, min(max(from_at + rules.width, reaches_at), booked[1])


def window_around(time_at: datetime, rules: AnnouncingRules = DEFAULT_ANNOUNCING) -> Span:
    """The arrival window of an agreed time (R11)."""
    return time_at - rules.tolerance, time_at + rules.tolerance


def contact_by(
    window: Span,
    due_at: datetime | None,
    zone: ZoneInfo,
    now: datetime,
    rules: AnnouncingRules = DEFAULT_ANNOUNCING,
) -> datetime:
    """By when the technician calls: what is promised since acceptance (`due_at`), and before he comes.

    Never a time that is past: who is told late is called before the window begins, or ends.
    """
    from_at, until_at = window
    opens_at = local_instant(from_at.astimezone(zone).date(), rules.calls_from, zone)
    wanted_at = min(from_at, max(from_at - rules.ahead, opens_at)) if due_at is None else min(due_at, from_at)
    return next((at for at in (wanted_at, due_at, from_at) if at is not None and at > now), until_at)


def _floor(at: datetime, zone: ZoneInfo, step: timedelta) -> datetime:
    midnight = local_instant(at.astimezone(zone).date(), "00:00", zone)
    return at - (at - midnight) % step
