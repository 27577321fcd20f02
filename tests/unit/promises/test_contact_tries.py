"""When a customer who was not reached is tried again (R12)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dispatch.rules.contact_tries import TryRules, next_try, pause_from
from dispatch.rules.vocabulary import Band

ZONE = ZoneInfo("Asia/Shanghai")
RULES = TryRules({Band.MORNING: ("08:30", "11:30"), Band.NOON: ("11:30", "12:30"), Band.EVENING: ("17:30", "20:00")})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


CASES = [
    # an unreachable customer's day: first call in the morning, then morning, noon, evening
    (["24 08:41"], Band.MORNING, "24 09:41", "24 11:30"),
    (["24 08:41", "24 10:15"], Band.NOON, "24 11:30", "24 12:30"),
    (["24 08:41", "24 10:15", "24 12:05"], Band.EVENING, "24 17:30", "24 20:00"),
    # whichever band comes first
    (["24 12:10"], Band.EVENING, "24 17:30", "24 20:00"),
    (["24 19:30"], Band.MORNING, "25 08:30", "25 11:30"),
    (["24 11:00"], Band.NOON, "24 12:00", "24 12:30"),
    # none at night, none twice in a band
    (["24 19:30", "25 09:00", "25 11:45"], Band.EVENING, "25 17:30", "25 20:00"),
    (["24 11:45", "24 18:00"], Band.MORNING, "25 08:30", "25 11:30"),
]


@pytest.mark.parametrize(("tried", "band", "from_at", "until_at"), CASES)
def test_next_try(tried: list[str], band: Band, from_at: str, until_at: str) -> None:
    following = next_try([at(f"2026-11-{text}") for text in tried], RULES, ZONE)
    assert following is not None
    assert following.band is band
    assert following.from_at == at(f"2026-11-{from_at}")
    assert following.until_at == at(f"2026-11-{until_at}")


def test_after_three_more_tries_there_is_no_next_and_the_clock_stands_from_the_last() -> None:
    tried = [at(f"2026-11-24 {text}") for text in ("08:41", "10:15", "12:05", "18:20")]
    assert next_try(tried, RULES, ZONE) is None
    assert pause_from(tried, RULES) == tried[-1]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_before_the_last_try_nothing_stands_still(count: int) -> None:
    tried = [at(f"2026-11-24 {text}") for text in ("08:41", "10:15", "12:05", "18:20")][:count]
    assert pause_from(tried, RULES) is None


def test_without_a_first_try_there_is_no_next() -> None:
    assert next_try([], RULES, ZONE) is None
