"""The windows that a customer is asked to choose from (R09)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant
from dispatch.rules.vocabulary import Channel, OrderKind

Span = tuple[datetime, datetime]

#: how long what is shown or held stays good, by channel (machine clock)
LIFETIMES = {Channel.SMS: timedelta(minutes=60)}
LIFETIME = timedelta(minutes=5)
_DAY = timedelta(days=1)


class Width(StrEnum):
    """How wide a window is."""

    DAY = "day"
    HALF_DAY = "half_day"
    FINE = "fine"


@dataclass(frozen=True)
class WindowRules:
    """Local times of the day, of the half-days and of the finer windows, the evening included."""

    days: tuple[tuple[str, str], ...] = (("08:00", "20:00"),)
    half_days: tuple[tuple[str, str], ...] = (("08:00", "12:00"), ("13:00", "17:00"), ("17:00", "20:00"))
    fine: tuple[tuple[str, str], ...] = (
        ("08:00", "10:00"),
        ("10:00", "12:00"),
        ("13:00", "15:00"),
        ("15:00", "17:00"),
        ("17:00", "19:00"),
        ("19:00", "21:00"),
    )


DEFAULT_WINDOWS = WindowRules()


def usual_width(kind: OrderKind) -> Width:
    """An install and a move are first booked to a half-day, everything else to a finer window."""
    return Width.HALF_DAY if kind in (OrderKind.INSTALL, OrderKind.MOVE) else Width.FINE


def slot_windows(
    width: Width, days: list[date], zone: ZoneInfo, now: datetime, rules: WindowRules = DEFAULT_WINDOWS
) -> Iterator[Span]:
    """Windows of `days` that still lie ahead, in order."""
    times = {Width.DAY: rules.days, Width.HALF_DAY: rules.half_days, Width.FINE: rules.fine}[width]
    for day in sorted(set(days)):
        for opens, closes in times:
            window = (local_instant(day, opens, zone), local_instant(day, closes, zone))
            if window[0] > now:
                yield window


def days_late(window: Span, length: timedelta, dues: Iterable[datetime]) -> int:
    """Days begun after each of `dues` by work of this length, begun at either end of the window; 0: none can be missed.

    That is how late compensation counts them (R36), so what may be missed comes before what
    must be, and an earlier day before a later one.
    """
    return sum(max(0, -((due - begins - length) // _DAY)) for due in dues for begins in window)


def is_too_late(window: Span, length: timedelta, dues: Iterable[datetime]) -> bool:
    """Whether work of this length misses one of `dues` even if it begins when the window does."""
    return any(window[0] + length > due for due in dues)


def lifetime(channel: Channel) -> timedelta:
    """How long an offer made on a channel can be chosen, and a choice be booked."""
    return LIFETIMES.get(channel, LIFETIME)
