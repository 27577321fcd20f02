"""A worker's ticks: what one has moved is looked at by the others at once, and a solver is ready when it is needed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from dispatch.clocks import MachineClock
from dispatch.ready_solver import ready_solver
from dispatch.solving import SolverLost
from tests.planning import SolvesHere
from web.ticking import Ticking

A_DAY_S = 86_400.0


def nothing() -> None:
    """There is nothing to do."""


def until(is_so: Callable[[], bool]) -> Callable[[], bool]:
    """Over once it is so, or after half a minute."""
    give_up_at = time.monotonic() + 30
    return lambda: is_so() or time.monotonic() > give_up_at


def test_what_a_tick_has_moved_the_others_follow_up_without_waiting_for_their_turn() -> None:
    """A repair takes four steps in turn: a poll's length for each would be too long."""
    steps: list[str] = []

    def step(name: str, after: int) -> Callable[[], int]:
        def tick() -> int:
            if len(steps) != after:
                return 0
            steps.append(name)
            return 1

        return tick

    ticks = [step("publish", 3), step("draft", 2), step("solve", 1), step("ask", 0)]
    ticking = Ticking(A_DAY_S, MachineClock(), until(lambda: len(steps) == 4))
    ticking.run(ticks, beat=nothing, first=nothing)
    assert steps == ["ask", "solve", "draft", "publish"]


class Unavailable(SolvesHere):
    """There is no solver to be had."""

    def solve(self, *_args: object, **_options: object) -> None:  # type: ignore[override]
        self.asked.append(None)  # type: ignore[arg-type]
        raise SolverLost("solver")


@pytest.mark.parametrize("kind", [SolvesHere, Unavailable])
def test_a_solver_is_made_ready_by_solving_and_one_that_is_not_there_is_no_reason_to_stop(
    kind: type[SolvesHere],
) -> None:
    solver = kind()
    with capture_logs() as logged:
        ready_solver(solver)
    assert len(solver.asked) == 1
    assert [one["event"] for one in logged] == ([] if kind is SolvesHere else ["solver_not_ready"])
