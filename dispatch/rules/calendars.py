"""Clocks that stand still: how much of a stretch of time counts, and what it adds up to.

All instants are aware; every calendar answers in UTC. Local hours are read in a time
zone, so a day may have 23 or 25 hours. A calendar can be written down as plain data
(`as_data`), because a promise copies the one it was made under.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.errors import InvalidInput

Span = tuple[datetime, datetime]

#: no business clock looks further ahead than this
HORIZON = timedelta(days=3660)
DAY_END = "24:00"


class NeverOpen(InvalidInput):
    """A calendar whose hours never open again cannot carry a clock."""


def local_instant(day: date, clock: time | str, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which wall clocks in `zone` show `clock` on `day`.

    `"24:00"` is the end of the day. A time skipped in spring is read as the same length of
    time after midnight (03:30 for a missing 02:30); one that comes twice is the first.
    """
    if clock == DAY_END:
        return local_instant(day + timedelta(days=1), time(0), zone)
    wall = time.fromisoformat(clock) if isinstance(clock, str) else clock
    return datetime.combine(day, wall.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)


class Calendar(ABC):
    """Hours during which a clock runs."""

    @abstractmethod
    def spans(self, since: datetime) -> Iterator[Span]:
        """Open spans in order, cut at `since`; neither empty nor overlapping."""

    @abstractmethod
    def as_data(self) -> dict[str, Any]:
        """Plain JSON data from which `read_calendar` makes an equal calendar."""

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first instant by which `amount` of open time has passed since `start`."""
        left = amount
        for opens, closes in self.spans(start):
            if closes - opens >= left:
                return (opens if left else start.astimezone(UTC)) + left
            left -= closes - opens
        raise NeverOpen("calendar", calendar=self.as_data())

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from `start` to `end`; nothing if `end` is not later."""
        total = timedelta()
        for opens, closes in self.spans(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total


@dataclass(frozen=True)
class Always(Calendar):
    """Around the clock, 24 x 7."""

    def spans(self, since: datetime) -> Iterator[Span]:
        """One span without end."""
        yield since.astimezone(UTC), since.astimezone(UTC) + 2 * HORIZON

    def as_data(self) -> dict[str, Any]:
        """`{"kind": "always"}`."""
        return {"kind": "always"}


@dataclass(frozen=True)
class LocalHours(Calendar):
    """The same hours on given weekdays (0 is Monday), less closed days, plus extra days."""

    zone: str
    opens: str = "00:00"
    closes: str = DAY_END
    weekdays: frozenset[int] = frozenset(range(7))
    closed_on: frozenset[date] = frozenset()
    extra_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.closes != DAY_END and self.closes <= self.opens:
            raise InvalidInput("closes", opens=self.opens, closes=self.closes)
        if not self.weekdays <= frozenset(range(7)):
            raise InvalidInput("weekdays", weekdays=sorted(self.weekdays))

    def is_open_on(self, day: date) -> bool:
        """Whether `day` is a working day of this calendar."""
        return day in self.extra_on or (day.weekday() in self.weekdays and day not in self.closed_on)

    def spans(self, since: datetime) -> Iterator[Span]:
        """One span for each open day."""
        zone = ZoneInfo(self.zone)
        day = since.astimezone(zone).date()
        last = day + HORIZON
        while day <= last:
            if self.is_open_on(day):
                opens = max(local_instant(day, self.opens, zone), since.astimezone(UTC))
                closes = local_instant(day, self.closes, zone)
                if opens < closes:
                    yield opens, closes
            day += timedelta(days=1)

    def as_data(self) -> dict[str, Any]:
        """Zone, hours and days as JSON values."""
        return {
            "kind": "local_hours",
            "zone": self.zone,
            "opens": self.opens,
            "closes": self.closes,
            "weekdays": sorted(self.weekdays),
            "closed_on": sorted(day.isoformat() for day in self.closed_on),
            "extra_on": sorted(day.isoformat() for day in self.extra_on),
        }


@dataclass(frozen=True)
class OpenSpans(Calendar):
    """Stated spans of open time, such as the shifts of one technician, in order."""

    listed: tuple[Span, ...]

    def __post_init__(self) -> None:
        edges = [edge for span in self.listed for edge in span]
        if edges != sorted(edges):
            raise InvalidInput("spans", spans=[(a.isoformat(), b.isoformat()) for a, b in self.listed])

    def spans(self, since: datetime) -> Iterator[Span]:
        """The listed spans that end after `since`."""
        for opens, closes in self.listed:
            if closes > since and closes > opens:
                yield max(opens, since).astimezone(UTC), closes.astimezone(UTC)

    def as_data(self) -> dict[str, Any]:
        """The spans as pairs of ISO instants."""
        return {"kind": "spans", "spans": [[a.isoformat(), b.isoformat()] for a, b in self.listed]}


def read_calendar(data: Mapping[str, Any]) -> Calendar:
    """The calendar that `as_data` wrote."""
    match data["kind"]:
        case "always":
            return Always()
        case "spans":
            return OpenSpans(tuple((_instant(a), _instant(b)) for a, b in data["spans"]))
        case "local_hours":
            return LocalHours(
                data["zone"],
                data["opens"],
                data["closes"],
                frozenset(data["weekdays"]),
                _days(data["closed_on"]),
                _days(data["extra_on"]),
            )
    raise InvalidInput("calendar", kind=data["kind"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _days(texts: Sequence[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, texts))
