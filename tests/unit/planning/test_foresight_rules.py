"""When a late arrival is told, until when the customer chooses, and where the rest of the day goes (R34)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.begun_stops import StopState, begun_stops
from dispatch.rules.foresight import Ahead, Foreseen, answer_by, foresee, is_endangered, is_worth_telling, next_look
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.working_time import Rest

HOUR = timedelta(hours=1)


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-24T{time}").replace(tzinfo=UTC)


def arrivals(*ahead: Ahead, free: str, rests: tuple[Rest, ...] = ()) -> list[str]:
    return [f"{one.arrive_at:%H:%M}" for one in foresee(ahead, free_at=at(free), rests=rests)]


def test_each_visit_follows_the_one_before() -> None:
    drive = Ahead(1, timedelta(minutes=20), HOUR)
    assert arrivals(drive, drive, free="09:00") == ["09:20", "10:40"]


def test_nobody_comes_before_the_promised_time() -> None:
    assert arrivals(Ahead(1, timedelta(), HOUR, not_before=at("10:00")), free="09:00") == ["10:00"]
    assert arrivals(Ahead(1, timedelta(), HOUR, not_before=at("08:00")), free="09:00") == ["09:00"]


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        ("11:30", ["11:30", "12:30"]),  # no time left for it after the first visit
        ("13:00", ["11:00", "12:00"]),  # and here there is, even after the second
        ("12:30", ["11:00", "12:30"]),
    ],
)
def test_the_break_comes_when_it_must(latest: str, expected: list[str]) -> None:
    meal = Rest(timedelta(minutes=30), at("11:00"), at(latest), is_meal=True)
    visit = Ahead(1, timedelta(), HOUR)
    assert arrivals(visit, visit, free="11:00", rests=(meal,)) == expected


def test_the_break_is_taken_while_waiting() -> None:
    meal = Rest(timedelta(minutes=30), at("11:00"), at("14:00"), is_meal=True)
    waits = Ahead(1, timedelta(minutes=10), HOUR, not_before=at("12:00"))
    assert arrivals(waits, Ahead(2, timedelta(), HOUR), free="11:00", rests=(meal,)) == ["12:00", "13:00"]


@pytest.mark.parametrize(
    ("arrive", "until", "now", "endangered"),
    [
        ("12:06", "12:00", "10:00", True),
        ("12:05", "12:00", "10:00", False),  # within the margin
        ("13:00", "12:00", "12:00", False),  # over
        ("13:00", "12:00", "08:59", False),  # too early to say
        ("13:00", "12:00", "09:00", True),
    ],
)
def test_danger_is_told_early_but_not_for_minutes_and_not_afterwards(
    arrive: str, until: str, now: str, endangered: bool
) -> None:
    assert is_endangered(Foreseen(1, at(arrive), at("09:00"), at(until)), now=at(now)) is endangered


def test_a_window_that_was_not_told_is_never_in_danger() -> None:
    assert not is_endangered(Foreseen(1, at("23:00"), at("09:00")), now=at("10:00"))


def test_it_is_told_again_when_it_has_got_much_worse() -> None:
    assert is_worth_telling(at("12:30"), None)
    assert not is_worth_telling(at("12:49"), at("12:30"))
    assert is_worth_telling(at("12:50"), at("12:30"))


@pytest.mark.parametrize(
    ("now", "until", "expected", "by"),
    [
        ("09:00", "12:00", "12:30", "11:30"),
        ("11:45", "12:00", "12:30", "12:05"),
        ("11:58", "12:00", "12:10", "12:10"),  # no choice is left once he is there
    ],
)
def test_the_customer_has_time_to_choose(now: str, until: str, expected: str, by: str) -> None:
    assert answer_by(at(until), at(expected), now=at(now)) == at(by)


def test_the_next_look_is_when_something_may_change() -> None:
    early = Foreseen(1, at("10:00"), at("09:50"), at("12:00"))
    assert next_look([early], now=at("08:00")) == at("10:05")  # should have left at 09:50
    tight = Foreseen(2, at("11:58"), at("11:00"), at("11:55"))
    assert next_look([early, tight], now=at("09:50")) == at("09:53")
    assert next_look([], now=at("08:00")) is None


def test_what_somebody_on_site_has_said_counts_until_the_clock_says_more() -> None:
    stop = StopState(1, VisitStatus.ON_SITE, at("09:00"), HOUR, arrived_at=at("09:00"), expected_until_at=at("11:30"))
    (begun,) = begun_stops([stop], heard_at=at("09:30"), now=at("09:30"))
    assert begun.end_at == at("11:30")
    (later,) = begun_stops([stop], heard_at=at("12:00"), now=at("12:00"))
    assert later.end_at == at("12:00")
