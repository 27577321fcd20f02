"""Which shifts follow from weekly hours, and when is the break?

Breaks: 45 minutes in a shift of six hours or more, 60 in one of nine hours or more, none
in a shorter one. A shift that covers the middle of the day has its break starting between
11:30 and 13:30; any other one between its third and its fifth hour. The planner chooses
the minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import Span, local_instant

MIDDAY = ("11:30", "13:30")
_BREAKS = ((timedelta(hours=9), timedelta(minutes=60)), (timedelta(hours=6), timedelta(minutes=45)))
_LATER = (timedelta(hours=3), timedelta(hours=5))


@dataclass(frozen=True)
class PatternShift:
    """One shift to be worked; `break_starts` is when its break may start, if it has one."""

    day_on: date
    starts_at: datetime
    ends_at: datetime
    break_s: int
    break_starts: Span | None


@dataclass(frozen=True)
class ShiftPattern:
    """The same local hours on given weekdays (0 is Monday); an end before the start is on the next day."""

    starts: str
    ends: str
    weekdays: tuple[int, ...]

    def shifts(self, first_on: date, days: int, zone: ZoneInfo) -> Iterator[PatternShift]:
        """The shifts that begin on one of so many days from `first_on` on, in `zone`."""
        for number in range(days):
            day_on = first_on + timedelta(days=number)
            if day_on.weekday() in self.weekdays:
                yield self._shift(day_on, zone)

    def _shift(self, day_on: date, zone: ZoneInfo) -> PatternShift:
        starts_at = local_instant(day_on, self.starts, zone)
        ends_on = day_on if self.ends > self.starts else day_on + timedelta(days=1)
        ends_at = local_instant(ends_on, self.ends, zone)
        length = next((amount for least, amount in _BREAKS if ends_at - starts_at >= least), None)
        if length is None:
            return PatternShift(day_on, starts_at, ends_at, 0, None)
        window = _break_window(day_on, (starts_at, ends_at - length), zone)
        return PatternShift(day_on, starts_at, ends_at, int(length.total_seconds()), window)


def _break_window(day_on: date, within: Span, zone: ZoneInfo) -> Span:
    begins, ends = (local_instant(day_on, clock, zone) for clock in MIDDAY)
    if within[0] < begins and ends <= within[1]:
        return begins, ends
    return within[0] + _LATER[0], min(within[0] + _LATER[1], within[1])
