"""Which calls in vain count as one of the four (R12)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.rules.contact_tries import next_try, pause_from, tries_that_count
from dispatch.rules.try_rules import DEFAULT_TRIES

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("tried", "counted"),
    [
        ([], []),
        (["24 08:41", "24 10:15", "24 12:05", "24 18:20"], [0, 1, 2, 3]),
        (["24 08:41", "24 08:50", "24 09:00"], [0]),
        (["24 08:41", "24 09:40", "24 09:41"], [0, 2]),
        (["24 08:41", "24 10:15", "24 11:20"], [0, 1]),  # the morning has had its try
        (["24 08:41", "24 14:00", "24 17:30"], [0, 2]),  # the afternoon is no band
        (["24 06:00", "24 08:41"], [1]),  # nobody is called at night
        (["24 18:00", "24 21:00", "25 03:00", "25 08:30"], [0, 3]),
        (["24 16:00", "24 18:00", "25 09:00", "25 12:00", "25 18:00"], [0, 1, 2, 3, 4]),
    ],
)
def test_tries_count_in_their_bands_an_hour_apart(tried: list[str], counted: list[int]) -> None:
    assert tries_that_count([at(one) for one in tried], DEFAULT_TRIES, ZONE) == counted


def test_in_an_emergency_only_the_hour_between_them_matters() -> None:
    tried = [at(one) for one in ("24 02:00", "24 02:30", "24 03:00", "24 04:00", "24 05:00")]
    assert tries_that_count(tried, DEFAULT_TRIES, ZONE, around_the_clock=True) == [0, 2, 3, 4]


def test_who_follows_the_advice_is_always_counted() -> None:
    """Called whenever the next try is due, the fourth is the last."""
    tried = [at("24 08:41")]
    while (again := next_try(tried, DEFAULT_TRIES, ZONE)) is not None:
        tried.append(again.from_at)
    assert tries_that_count(tried, DEFAULT_TRIES, ZONE) == list(range(4))
    assert pause_from(tried, DEFAULT_TRIES) == tried[-1]
