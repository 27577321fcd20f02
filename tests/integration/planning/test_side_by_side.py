"""Territories planned side by side: in order, whichever is made first, and each whatever becomes of the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta

from sqlalchemy import select

from dispatch.clocks import MachineClock
from dispatch.db import Database
from dispatch.models import DueWork, Plan
from dispatch.queries.plan_scope import PlanScope, plan_scopes
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.solve_claimed_plan import Tenure
from dispatch.settings import Settings
from dispatch.solving import Alive, SolverLost, silent
from optimizer.budget import Budget
from optimizer.problem import Problem
from optimizer.solution import Solution
from tests.booking import DAY
from tests.planning import PlanningDay, SolvesHere
from web.side_by_side import Asked, Made, SideBySide
from web.solving_bar import SolvingBars

#: the size of a territory's problem says which it is
NORTH, SOUTH, WEST = 1, 2, 3
PATIENCE_S = 60


class Solves(SolvesHere):
    """Solves here, after whatever a test has in store for territories with so many visits."""

    def __init__(self, meanwhile: Callable[[int, Alive], None]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **_: object) -> Solution:
        self.meanwhile(len(problem.jobs), alive)
        return super().solve(problem, budget, seed)


def three_territories(database: Database) -> PlanningDay:
    """North, south and west, in that order, with one, two and three visits."""
    day = PlanningDay.begin(database)
    for count, name in ((NORTH, "A north"), (SOUTH, "B south"), (WEST, "C west")):
        day.elsewhere(name, customers=count)
    return day


def planning(day: PlanningDay, solver: Solves) -> SideBySide:
    settings = Settings(database_url=day.database.url.render_as_string(hide_password=False))
    tenure = Tenure(MachineClock(), timedelta(seconds=60), 8)
    return SideBySide(
        day.database, settings, day.now, "test", tenure, solver, Asked([date.fromisoformat(DAY)], 1, 0, None)
    )


def scopes(day: PlanningDay) -> list[PlanScope]:
    with day.database.read_session() as session:
        return [one for one in plan_scopes(session, [date.fromisoformat(DAY)], now=day.now) if one.visits]


def made(day: PlanningDay, solver: Solves) -> list[Made]:
    """What becomes of them, two at a time."""
    return list(planning(day, solver).plans(scopes(day), 2, SolvingBars(1)))


def statuses(day: PlanningDay) -> list[PlanStatus]:
    with day.database.read_session() as session:
        return list(session.scalars(select(Plan.status)))


def test_two_are_solved_at_a_time_and_shown_in_order(database: Database) -> None:
    day, both, others = three_territories(database), threading.Barrier(2), threading.Event()

    def north_comes_last(visits: int, _alive: Alive) -> None:
        if visits in (NORTH, SOUTH):
            both.wait(PATIENCE_S)  # nobody passes unless the other is being solved
        if visits == NORTH:
            assert others.wait(PATIENCE_S)
        elif visits == WEST:
            others.set()

    found = made(day, Solves(north_comes_last))
    assert [one.scope.territory for one in found if one.why_not is None] == ["A north", "B south", "C west"]
    assert statuses(day) == [PlanStatus.DRAFT] * 3


def test_an_error_in_one_leaves_the_others(database: Database) -> None:
    day = three_territories(database)

    def south_breaks(visits: int, _alive: Alive) -> None:
        if visits == SOUTH:
            raise LookupError

    found = made(day, Solves(south_breaks))
    assert [type(one.why_not) for one in found] == [type(None), LookupError, type(None)]
    assert sorted(statuses(day)) == [PlanStatus.DRAFT, PlanStatus.DRAFT, PlanStatus.SOLVING]


def test_what_a_dying_process_took_with_it_is_tried_again_alone(database: Database) -> None:
    """The one that makes its process die does so again; the one beside it is planned."""
    day, both, tries = three_territories(database), threading.Barrier(2), []

    def north_kills(visits: int, _alive: Alive) -> None:
        tries.append(visits)
        if visits in (NORTH, SOUTH) and tries.count(visits) == 1:
            both.wait(PATIENCE_S)
            raise SolverLost("solver")
        if visits == NORTH:
            raise SolverLost("solver")

    found = made(day, Solves(north_kills))
    assert [one.scope.territory for one in found] == ["C west", "A north", "B south"]
    assert [type(one.why_not) for one in found] == [type(None), SolverLost, type(None)]
    assert tries[-2:] == [NORTH, SOUTH]


def test_who_stops_wants_nothing_that_is_not_made(database: Database) -> None:
    day, begun = three_territories(database), threading.Event()

    def south_never_ends(visits: int, alive: Alive) -> None:
        if visits == NORTH:
            assert begun.wait(PATIENCE_S)
        elif visits == SOUTH:
            begun.set()
            for _ in range(100 * PATIENCE_S):
                alive(0.0)
                threading.Event().wait(0.01)

    stopping = planning(day, Solves(south_never_ends))
    with closing(stopping.plans(scopes(day)[:2], 2, SolvingBars(1))) as plans:
        assert next(plans).scope.territory == "A north"
    assert sorted(statuses(day)) == [PlanStatus.DISCARDED, PlanStatus.DRAFT]
    with day.database.read_session() as session:
        assert session.scalars(select(DueWork.kind).where(DueWork.kind == PLAN_TERRITORY)).all() == []
