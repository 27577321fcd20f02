"""Shifts from weekly hours, and their breaks."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.rules.shift_pattern import PatternShift, ShiftPattern

ZONE = ZoneInfo("Europe/Vaduz")
MONDAY = date(2026, 11, 23)


def shift(starts: str, ends: str, day: date = MONDAY) -> PatternShift:
    (found,) = ShiftPattern(starts, ends, tuple(range(7))).shifts(day, 1, ZONE)
    return found


def test_a_fortnight_has_ten_working_days() -> None:
    days = [found.day_on for found in ShiftPattern("08:00", "17:00", (0, 1, 2, 3, 4)).shifts(MONDAY, 14, ZONE)]
    assert len(days) == 10
    assert (days[0], days[-1]) == (MONDAY, date(2026, 12, 4))


@pytest.mark.parametrize(
    ("starts", "ends", "minutes", "first", "last"),
    [
        ("08:00", "17:00", 60, "11:30", "13:30"),
        ("08:30", "17:30", 60, "11:30", "13:30"),
        ("07:00", "15:30", 45, "11:30", "13:30"),
        ("12:00", "20:00", 45, "15:00", "17:00"),
        ("06:00", "12:00", 45, "09:00", "11:00"),
        ("22:00", "06:00", 45, "01:00", "03:00"),
    ],
)
def test_breaks(starts: str, ends: str, minutes: int, first: str, last: str) -> None:
    found = shift(starts, ends)
    assert found.break_s == minutes * 60
    assert found.break_starts is not None
    assert [f"{edge.astimezone(ZONE):%H:%M}" for edge in found.break_starts] == [first, last]


def test_a_short_shift_has_no_break() -> None:
    assert shift("08:00", "13:59").break_s == 0
    assert shift("08:00", "13:59").break_starts is None


@pytest.mark.parametrize("starts", [f"{hour:02}:00" for hour in range(24)])
@pytest.mark.parametrize("hours", [6, 7, 9, 12])
def test_a_break_always_fits_into_its_shift(starts: str, hours: int) -> None:
    found = shift(starts, f"{(int(starts[:2]) + hours) % 24:02}:00")
    assert found.break_starts is not None
    assert found.starts_at < found.break_starts[0] < found.break_starts[1]
    assert found.break_starts[1] + timedelta(seconds=found.break_s) <= found.ends_at


def test_a_night_shift_ends_on_the_next_day() -> None:
    assert shift("22:00", "06:00").ends_at - shift("22:00", "06:00").starts_at == timedelta(hours=8)


def test_the_night_in_which_the_clocks_change_is_longer() -> None:
    night = shift("22:00", "06:00", date(2026, 10, 24))
    assert night.ends_at - night.starts_at == timedelta(hours=9)
