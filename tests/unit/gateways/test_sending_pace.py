from __future__ import annotations

import pytest

from notifications.gateway import SendPassed
from notifications.sending_pace import SendingPace


class Stopwatch:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def test_without_a_limit_nobody_waits() -> None:
    pace = SendingPace(None)
    assert {pace.take(0) for _ in range(1000)} == {0.0}


def test_a_seconds_worth_goes_at_once_and_then_each_waits_for_its_place() -> None:
    pace = SendingPace(2, clock=Stopwatch())
    assert [pace.take(60) for _ in range(6)] == [0, 0, 0.5, 1, 1.5, 2]


def test_a_slow_sender_still_sends() -> None:
    pace = SendingPace(0.5, clock=Stopwatch())
    assert [pace.take(60) for _ in range(3)] == [0, 2, 4]


def test_time_gives_places_back_but_never_more_than_a_seconds_worth() -> None:
    clock = Stopwatch()
    pace = SendingPace(2, clock=clock)
    pace.take(60), pace.take(60)
    clock.at_s += 0.5
    assert [pace.take(60), pace.take(60)] == [0, 0.5]
    clock.at_s += 1000
    assert [pace.take(60) for _ in range(3)] == [0, 0, 0.5]


def test_whoever_has_no_patience_takes_no_place() -> None:
    pace = SendingPace(1, clock=Stopwatch())
    assert pace.take(2) == 0
    assert pace.take(2) == 1
    assert [pace.take(1), pace.take(1)] == [2, 2], "the place of the impatient is not lost"
    assert pace.take(2) == 2


def test_a_short_wait_is_waited_and_a_long_one_sends_the_message_back() -> None:
    slept: list[float] = []
    pace = SendingPace(1, clock=Stopwatch(), sleep=slept.append)
    for _ in range(3):
        pace.wait_for_turn()
    assert slept == [1, 2]
    with pytest.raises(SendPassed) as passed:
        pace.wait_for_turn()
    assert passed.value.values == {"reason": "busy", "detail": "pace", "after_s": 3}
    assert slept == [1, 2]


@pytest.mark.parametrize("per_s", [None, 10])
def test_the_providers_word_goes_before(per_s: float | None) -> None:
    clock = Stopwatch()
    pace = SendingPace(per_s, clock=clock)
    pace.hold(7)
    pace.hold(3)
    assert pace.take(2) == 7
    clock.at_s += 7
    assert pace.take(2) == 0
