"""The worker's tick that solves plans, and what becomes of a plan whose worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.clocks import MachineClock
from dispatch.db import Database, run_use_case
from dispatch.models import DueWork
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.solve_claimed_plan import Tenure, solve_claimed_plan
from dispatch.settings import Settings
from dispatch.solving import Alive, Solver, SolverLost, silent
from optimizer.budget import Budget
from optimizer.problem import Problem
from optimizer.solution import Solution
from tests.planning import PlanningDay, SolvesHere
from tests.solver_processes import busy_day, solving, tomorrow, wait_until_gone
from web.worker import Worker


@pytest.fixture
def day(database: Database) -> PlanningDay:
    """Somebody works, somebody waits."""
    day = PlanningDay.begin(database)
    day.technician()
    day.customers(3)
    return day


def worker(day: PlanningDay, pool: Solver, *, lease_s: float = 60) -> Worker:
    url = day.database.url.render_as_string(hide_password=False)
    return Worker(day.database, Settings(database_url=url, lease_s=lease_s), now=day.now, pool=pool, readers=())


def left(day: PlanningDay) -> list[str | None]:
    """The failures of plans that are still due."""
    with day.database.read_session() as session:
        return [row.failed_code for row in session.scalars(select(DueWork).where(DueWork.kind == PLAN_TERRITORY))]


def test_a_tick_makes_the_plans_that_were_asked_for(day: PlanningDay) -> None:
    plans = [day.request(), day.request("2026-11-25")]
    running = worker(day, SolvesHere())
    assert [running.solve_plans() for _ in range(3)] == [1, 1, 0]
    assert {day.plan(plan).status for plan in plans} == {PlanStatus.DRAFT}
    assert left(day) == []


@dataclass
class LostAtFirst(SolvesHere):
    """A solver that dies the first time."""

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        solution = super().solve(problem, budget, seed, alive=alive, **asked)
        if len(self.asked) == 1:
            raise SolverLost("solver")
        return solution


def test_a_failure_is_kept_and_the_next_plan_is_made_meanwhile(day: PlanningDay) -> None:
    first, second = day.request(), day.request()
    running = worker(day, LostAtFirst())
    running.solve_plans()
    assert running.failures() == [f"plan_territory {first}: solver_lost"]
    running.solve_plans()
    assert day.plan(second).status is PlanStatus.DRAFT
    assert day.plan(first).status is PlanStatus.SOLVING
    time.sleep(2.1)  # until it is tried again
    running.solve_plans()
    assert day.plan(first).status is PlanStatus.DRAFT
    assert running.failures() == []


def claimed(day: PlanningDay, *, lease_s: float = 60) -> list[Claim]:
    """What somebody else who looks for work gets now."""
    return run_use_case(
        day.database,
        lambda s: claim_due_work(
            s,
            business_now=day.now,
            machine_now=MachineClock().now(),
            lease=timedelta(seconds=lease_s),
            kinds=[PLAN_TERRITORY],
        ),
    )


@dataclass
class Slow(SolvesHere):
    """A solver that takes longer than a lease, during which others look for work."""

    day: PlanningDay | None = None
    found: int = 0

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < 1.5:
            time.sleep(0.05)
            alive(elapsed)
            if self.day is not None:
                self.found += len(claimed(self.day))
        return super().solve(problem, budget, seed, alive=alive, **asked)


def test_the_lease_is_renewed_while_the_solver_works(day: PlanningDay) -> None:
    plan = day.request()
    slow = Slow(day=day)
    worker(day, slow, lease_s=0.5).solve_plans()
    assert slow.found == 0
    assert day.plan(plan).status is PlanStatus.DRAFT


def test_without_renewal_somebody_else_would_have_it(day: PlanningDay) -> None:
    """What the test before relies on."""

    @dataclass
    class SaysNothing(Slow):
        def solve(
            self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any
        ) -> Solution:
            return super().solve(problem, budget, seed, **asked)

    day.request()
    silent_one = SaysNothing(day=day)
    worker(day, silent_one, lease_s=0.5).solve_plans()
    assert silent_one.found == 1


@dataclass
class LosesItsLease(SolvesHere):
    """A solver that says nothing until another has taken its plan over; then it speaks again, or not."""

    day: PlanningDay | None = None
    speaks: bool = False

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        assert self.day is not None
        time.sleep(0.6)
        assert len(claimed(self.day)) == 1
        if self.speaks:
            alive(0.6)
        return super().solve(problem, budget, seed, **asked)


@pytest.mark.parametrize("speaks", [True, False])
def test_a_worker_that_has_lost_its_lease_writes_nothing(day: PlanningDay, speaks: bool) -> None:
    plan = day.request()
    slow = LosesItsLease(day=day, speaks=speaks)
    running = worker(day, slow, lease_s=0.5)
    running.solve_plans()
    assert len(slow.asked) == (0 if speaks else 1)  # who speaks hears of it, and is stopped
    row = day.plan(plan)
    assert (row.status, row.proposal) == (PlanStatus.SOLVING, {})  # in the hands of the other
    assert left(day) == [None]
    assert running.failures() == []
    assert day.world.log("plan_drafted", "plan_failed") == []


def test_who_has_lost_the_lease_before_beginning_does_not_begin(day: PlanningDay) -> None:
    plan = day.request()
    (lost,) = claimed(day, lease_s=0.1)
    time.sleep(0.2)
    assert len(claimed(day)) == 1
    solver = SolvesHere()
    tenure = Tenure(MachineClock(), timedelta(seconds=60), attempts=3)
    status = solve_claimed_plan(day.database, lost, tenure, now=day.now, travel=day.travel, pool=solver)
    assert (status, solver.asked) == (PlanStatus.REQUESTED, [])
    assert worker(day, solver).solve_plans() == 0  # nor does anybody else while the lease of the other stands
    assert day.plan(plan).status is PlanStatus.REQUESTED


@pytest.mark.parametrize("ends", [Slow, LostAtFirst], ids=["its search is stopped", "its processes are ended before"])
def test_being_told_to_stop_is_not_a_failed_attempt(day: PlanningDay, ends: type[SolvesHere]) -> None:
    """Restarts must not use up the attempts of a plan."""
    plan = day.request()
    for _ in range(3):
        stopped = worker(day, ends())
        stopped.stop()
        stopped.solve_plans()
        assert day.plan(plan).status is PlanStatus.REQUESTED
    with day.database.read_session() as session:
        assert session.scalars(select(DueWork.attempts).where(DueWork.kind == PLAN_TERRITORY)).all() == [0]
    assert left(day) == [None]


@contextmanager
def worker_process(day: PlanningDay, *options: str, lease_s: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """`dispatch worker` in a process of its own."""
    url = day.database.url.render_as_string(hide_password=False)
    settings = {"DISPATCH_DATABASE_URL": url, "DISPATCH_LEASE_S": str(lease_s), "DISPATCH_POLL_S": "0.1"}
    with subprocess.Popen(
        [sys.executable, "-m", "web.cli", "worker", *options],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
def test_a_plan_whose_worker_was_killed_is_taken_over_and_nothing_is_left_behind(database: Database) -> None:
    day = busy_day(database)
    plan = day.request(tomorrow(day), budget_s=120)
    with worker_process(day) as process:
        family = solving(process.pid)
        process.kill()
        process.wait(10)
        wait_until_gone(family)
    assert day.plan(plan).status is PlanStatus.SOLVING
    worker(day, SolvesHere()).until_idle()  # waits for the lease to end
    assert day.plan(plan).status is PlanStatus.DRAFT
    assert left(day) == []
    assert day.world.log("plan_drafted", "plan_failed") == ["plan_drafted"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
@pytest.mark.parametrize(
    ("how", "options", "code"),
    [(signal.SIGTERM, (), 0), (signal.SIGINT, (), 0), (signal.SIGTERM, ("--until-idle",), 128 + signal.SIGTERM)],
)
def test_a_worker_that_is_told_to_stop_puts_its_plan_back(
    database: Database, how: signal.Signals, options: tuple[str, ...], code: int
) -> None:
    day = busy_day(database)
    plan = day.request(tomorrow(day), budget_s=120)
    with worker_process(day, *options, lease_s=600) as process:
        family = solving(process.pid)
        process.send_signal(how)
        assert process.wait(60) == code  # far sooner than the two minutes of the search
        wait_until_gone(family)
    assert day.plan(plan).status is PlanStatus.REQUESTED
    assert left(day) == [None]
    assert worker(day, SolvesHere()).solve_plans() == 1  # at the next tick, not when the lease is over
    assert day.plan(plan).status is PlanStatus.DRAFT
    assert day.world.log("plan_drafted", "plan_failed") == ["plan_drafted"]
