"""Territories planned in two real processes, one of which is killed in the midst of it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import psutil
import pytest

from dispatch.clocks import MachineClock
from dispatch.db import Database
from dispatch.models import Plan
from dispatch.queries.plan_scope import plan_scopes
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.solve_claimed_plan import Tenure
from dispatch.settings import Settings
from dispatch.solving import Alive, SolverLost, SolverPool, silent
from optimizer.budget import Budget, Iterations, WallClock
from optimizer.problem import Problem
from optimizer.solution import Solution
from tests.booking import DAY
from tests.planning import PlanningDay, SolvesHere
from web.side_by_side import Asked, SideBySide
from web.solving_bar import SolvingBars
from web.worker import Worker

NORTH, SOUTH = 20, 25
PATIENCE_S = 120
#: what a process has worked by the time at which it searches; and a search that nobody sees the end of
STARTED_CPU_S, FOR_EVER = 3.0, WallClock(3600)


class Killed:
    """Two processes; one that solves the north is killed whenever both, or it alone, are in the midst of a search."""

    def __init__(self) -> None:
        self.pool = SolverPool(2)
        self.killed: list[int] = []
        self._both = threading.Barrier(2)
        self._tried: list[int] = []

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        visits = len(problem.jobs)
        is_again = visits in self._tried
        self._tried.append(visits)
        if not is_again:
            self._both.wait(PATIENCE_S)
        if visits == SOUTH:
            return self.pool.solve(problem, Iterations(200) if is_again else FOR_EVER, seed, alive=alive, **asked)

        until = len(self.killed) + 1

        def kill(elapsed_s: float) -> None:
            alive(elapsed_s)
            if len(self.killed) == until:
                return  # done; nobody has seen it yet
            searching = [one for one in _solvers() if one.cpu_times().user >= STARTED_CPU_S]
            if len(searching) == (1 if is_again else 2):
                searching[0].kill()
                self.killed.append(searching[0].pid)

        return self.pool.solve(problem, FOR_EVER, seed, alive=kill, **asked)

    def close(self) -> None:
        self.pool.close()


def _solvers() -> list[psutil.Process]:
    children = psutil.Process(os.getpid()).children()
    return [one for one in children if one.is_running() and "spawn_main" in " ".join(one.cmdline())]


@contextmanager
def killed() -> Iterator[Killed]:
    solver = Killed()
    yield solver
    solver.close()
    assert _solvers() == []


@pytest.mark.skipif(sys.platform != "linux", reason="watches the processes of Linux")
def test_who_is_killed_in_the_midst_of_a_search_leaves_the_other_whole(database: Database) -> None:
    day = PlanningDay.begin(database)
    for count, name in ((NORTH, "A north"), (SOUTH, "B south")):
        day.elsewhere(name, customers=count)
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=2)
    tenure = Tenure(MachineClock(), timedelta(seconds=settings.lease_s), settings.attempts_before_parking)
    asked = Asked([date.fromisoformat(DAY)], 1, 0, None)
    with database.read_session() as session:
        scopes = [one for one in plan_scopes(session, asked.days, now=day.now) if one.visits]
    with killed() as solver:
        planning = SideBySide(database, settings, day.now, "test", tenure, solver, asked)
        north, south = planning.plans(scopes, 2, SolvingBars(1))
    assert [type(made.why_not) for made in (north, south)] == [SolverLost, type(None)]
    assert len(solver.killed) == 2  # beside the south, and alone
    assert _state(day, south.plan_id) == (PlanStatus.DRAFT, True)
    assert _state(day, north.plan_id) == (PlanStatus.SOLVING, False)  # nothing of it, and nothing on any route
    assert day.places() == []

    Worker(database, settings, now=day.now, pool=SolvesHere(), readers=()).until_idle()  # once its lease is over
    assert _state(day, north.plan_id) == (PlanStatus.DRAFT, True)
    assert day.world.log("plan_drafted", "plan_failed") == ["plan_drafted"] * 2


def _state(day: PlanningDay, plan: int) -> tuple[PlanStatus, bool]:
    """What the plan is, and whether it wants anything of anybody."""
    row: Plan = day.plan(plan)
    return row.status, bool(row.proposal)
