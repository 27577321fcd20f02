"""The hours of local days as stretches of time, on days of 23, 24 and 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.rules.rush_hours import RushHour, rush_hours

VADUZ = ZoneInfo("Europe/Vaduz")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its summer time is half an hour
BY_HOUR = [100, 110, 120, 130, *[100] * 4, 160, 160, *[100] * 14]


def told(found: list[RushHour], zone: ZoneInfo) -> list[tuple[str, str, int, int]]:
    """From, until (wall clock), percent and length in minutes."""
    return [
        (
            f"{one.from_at.astimezone(zone):%H:%M}",
            f"{one.until_at.astimezone(zone):%H:%M}",
            one.percent,
            int((one.until_at - one.from_at).total_seconds()) // 60,
        )
        for one in found
    ]


def test_hours_alike_are_one_stretch_and_usual_ones_none() -> None:
    found = list(rush_hours(date(2026, 11, 23), BY_HOUR, VADUZ))
    assert found[-1] == RushHour(datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC), 160)
    assert told(found, VADUZ) == [
        ("01:00", "02:00", 110, 60),
        ("02:00", "03:00", 120, 60),
        ("03:00", "04:00", 130, 60),
        ("08:00", "10:00", 160, 120),
    ]


def test_an_hour_skipped_in_spring_is_not_there() -> None:
    found = list(rush_hours(date(2026, 3, 29), BY_HOUR, VADUZ))
    assert told(found, VADUZ) == [
        ("01:00", "03:00", 110, 60),
        ("03:00", "04:00", 130, 60),
        ("08:00", "10:00", 160, 120),
    ]


def test_an_hour_that_comes_twice_in_autumn_is_slow_both_times() -> None:
    found = list(rush_hours(date(2026, 10, 25), BY_HOUR, VADUZ))
    assert told(found, VADUZ) == [
        ("01:00", "02:00", 110, 60),
        ("02:00", "03:00", 120, 120),
        ("03:00", "04:00", 130, 60),
        ("08:00", "10:00", 160, 120),
    ]


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 4, 5), 90), (date(2026, 10, 4), 30)])
def test_half_an_hour_more_or_less(day: date, minutes: int) -> None:
    by_hour = [100, 200 if day.month == 4 else 100, 100 if day.month == 4 else 200, *[100] * 21]
    (found,) = rush_hours(day, by_hour, LORD_HOWE)
    assert int((found.until_at - found.from_at).total_seconds()) // 60 == minutes


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 23), 24)])
def test_a_day_that_is_always_slow_is_slow_from_midnight_to_midnight(day: tuple[int, int, int], hours: int) -> None:
    (found,) = rush_hours(date(*day), [150] * 24, VADUZ)
    assert (found.until_at - found.from_at).total_seconds() == 3600 * hours
