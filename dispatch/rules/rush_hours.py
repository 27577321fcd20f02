"""When does travel take longer? The hours of local days, as stretches of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant

#: offsets of time zones are whole quarters of an hour
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RushHour:
    """Travel begun from `from_at` to before `until_at` takes `percent` of its usual time."""

    from_at: datetime
    until_at: datetime
    percent: int


def rush_hours(day: date, percents: Sequence[int], zone: ZoneInfo) -> Iterator[RushHour]:
    """The stretches of a local day on which travel is slower, in order; `percents` go by the hour of the wall clock.

    An hour that comes twice in autumn is as slow both times, one skipped in spring is not there.
    """
    began, end = local_instant(day, "00:00", zone), local_instant(day, "24:00", zone)
    at = began
    while at < end:
        percent = percents[at.astimezone(zone).hour]
        at += _QUARTER
        if at >= end or percents[at.astimezone(zone).hour] != percent:
            if percent != 100:
                yield RushHour(began, min(at, end), percent)
            began = at
