"""A busy machine: where a second of search would take something from a customer, a longer one comes before a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Plan
from dispatch.rules.vocabulary import DisruptionKind
from optimizer.budget import Budget, SoFar
from optimizer.problem import Problem
from optimizer.risk.keep import solve_as_asked
from optimizer.solution import Solution
from tests.planning import SolvesHere
from tests.upset_day import UpsetDay


@dataclass
class Starved(SolvesHere):
    """A solver that gets so little of its machine that it begins to search after so many seconds only."""

    idle_s: float = 0.0

    def solve(self, problem: Problem, budget: Budget, seed: int, **asked: Any) -> Solution:
        if budget.share(SoFar(elapsed_s=self.idle_s)) < 1:
            return super().solve(problem, budget, seed, **asked)
        return solve_as_asked(problem, budget, seed, progress=lambda _so_far: False)


def somebody_ill(database: Database, idle_s: float) -> tuple[UpsetDay, int, int, int]:
    """The day, the disruption, the visit that another could make in time, and who that is.

    There is room for it only in another order: the long visit comes first, and would have to be the last.
    """
    day = UpsetDay.morning(database)
    day.solver = Starved(60, idle_s=idle_s)
    ill, other = day.technician(), day.technician()
    long, visit, following = day.customer(minutes=150), day.customer(minutes=60), day.customer(minutes=60)
    day.place(other, [(long, "08:30")], minutes=150)
    day.place(other, [(following, "11:00")])
    day.place(ill, [(visit, "09:30")])
    for one, window in {long: ("08:00", "14:00"), visit: ("09:00", "10:00"), following: ("11:00", "11:30")}.items():
        day.tell(one, *window)
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    return day, disruption, visit, other


def rounds(day: UpsetDay) -> list[tuple[int, str, str | None]]:
    """Seconds of search, status and its reason of every plan."""
    with day.database.read_session() as session:
        rows = session.scalars(select(Plan).order_by(Plan.id))
        return [(plan.budget_s, plan.status.value, plan.status_reason) for plan in rows]


@pytest.mark.parametrize(("idle_s", "searched_s"), [(0.5, [1]), (2.0, [1, 3]), (8.0, [1, 3, 9])])
def test_nobody_is_asked_what_a_longer_search_answers(database: Database, idle_s: float, searched_s: list[int]) -> None:
    day, disruption, visit, other = somebody_ill(database, idle_s)
    assert day.disruption(disruption) == ("settled", "repaired")
    assert day.whose(visit) == other
    assert day.cases() == []
    given_up = [(seconds, "discarded", "searched_longer") for seconds in searched_s[:-1]]
    assert rounds(day) == [*given_up, (searched_s[-1], "published", None)]


def test_somebody_decides_when_no_search_is_long_enough(database: Database) -> None:
    day, disruption, visit, _other = somebody_ill(database, 60.0)
    assert day.disruption(disruption) == ("undecided", "would_lose")
    assert [status for _, status, _ in rounds(day)] == ["discarded", "discarded", "draft"]
    assert day.cases() == [("exception", "open", "decide_repair")]
    assert day.whose(visit) is not None  # nothing was taken from anybody yet
