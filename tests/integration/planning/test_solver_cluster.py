"""A cluster of solving processes: what it answers, and what becomes of a solve when parts of it die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dispatch.build_solver import build_solver
from dispatch.cluster_solving import ClusterMisconfigured, ClusterUnreachable, ClusterWithoutWorkers, SolverCluster
from dispatch.db import Database
from dispatch.rules.lifecycles import PlanStatus
from dispatch.rules.plan_telling import PlanTelling
from dispatch.settings import Settings
from dispatch.solving import Alive, SolverLost, SolverPool, silent
from optimizer.budget import Budget, Iterations, SoFar, WallClock
from optimizer.check import check
from optimizer.problem import Place, Problem
from optimizer.risk.keep import Confidence
from optimizer.risk.uncertainty import NO_HISTORY
from optimizer.solution import Solution
from optimizer.travel_model import TravelMatrix
from tests.dask_cluster import DaskCluster, dask_cluster
from tests.planning import SolvesHere
from tests.solver_processes import busy_day, tomorrow
from tests.unit.optimizer.one_street import job, street
from web.doctor import examine
from web.worker import Worker

SHORT, LONG = Iterations(50), WallClock(300)
PATIENCE_S = 3.0


class Refuses:
    """A budget that cannot be asked."""

    def share(self, _so_far: SoFar) -> float:
        raise LookupError("no budget")


def problem(jobs: int = 40) -> Problem:
    return street([job(f"job {number}", at=100 * number) for number in range(jobs)])


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A cluster of one worker that nobody kills."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=1) as cluster:
        yield cluster


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[DaskCluster]:
    """A cluster of two workers for one test alone."""
    with dask_cluster(tmp_path, workers=2) as cluster:
        yield cluster


def solver_on(cluster: DaskCluster, request: pytest.FixtureRequest, timeout_s: float = 20) -> SolverCluster:
    solver = SolverCluster(cluster.address, timeout_s)
    request.addfinalizer(solver.close)
    return solver


def soon(elapsed_s: float) -> None:
    """Fails a test that would wait for the end of LONG."""
    assert elapsed_s < LONG.seconds / 5


def test_it_solves_elsewhere_and_tells_how_long_it_takes(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    told: list[float] = []
    asked = problem()
    solution = solver_on(lasting, request).solve(asked, WallClock(5), 0, alive=told.append)
    assert solution.served > 0
    assert check(asked, solution).passed
    assert told
    assert told == sorted(told)


def test_the_plan_is_the_one_made_here(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    """A task is the same whenever and wherever it runs."""
    there = solver_on(lasting, request).solve(problem(), SHORT, 7)
    assert there == SolvesHere(SHORT.count).solve(problem(), SHORT, 7)


def test_so_is_one_that_keeps_its_windows_surely(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    """What the windows are, and what is known of durations, goes with the task."""
    asked = Confidence(0.95, NO_HISTORY, PlanTelling(ZoneInfo("Asia/Shanghai"), {}))
    there = solver_on(lasting, request).solve(problem(), SHORT, 7, confidence=asked)
    assert there == SolvesHere(SHORT.count).solve(problem(), SHORT, 7, confidence=asked)


def test_what_the_solver_raises_comes_through(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    solver = solver_on(lasting, request)
    with pytest.raises(LookupError, match="no budget"):
        solver.solve(problem(), Refuses(), 0)
    assert solver.solve(problem(), SHORT, 0).served


def test_a_matrix_of_a_large_territory_is_sent(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    small = problem(2)
    size = 1_700  # 11.6 MB: Dask warns of 10, and a warning fails a test
    travel_s = np.ones((size, size), dtype=np.int32) - np.eye(size, dtype=np.int32)
    others = tuple(Place(id=f"other {n}") for n in range(size - len(small.places)))
    large = Problem(
        horizon_start_at=small.horizon_start_at,
        places=(*small.places, *others),
        technicians=small.technicians,
        jobs=small.jobs,
        travel=TravelMatrix(travel_s=travel_s),
    )
    assert check(large, solver_on(lasting, request).solve(large, SHORT, 0)).passed


def test_a_search_that_nobody_waits_for_ends(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    """The only worker is free for the next."""
    solver = solver_on(lasting, request)

    def give_up(elapsed_s: float) -> None:
        if elapsed_s > 1:
            raise LookupError("no longer wanted")

    with pytest.raises(LookupError, match="no longer wanted"):
        solver.solve(problem(), LONG, 0, alive=give_up)
    assert solver.solve(problem(), SHORT, 0, alive=soon).served


SOLVES = """
from dispatch.cluster_solving import SolverCluster
from tests.integration.planning.test_solver_cluster import LONG, problem
SolverCluster("{address}").solve(problem(), LONG, 0, alive=lambda elapsed_s: print(elapsed_s, flush=True))
"""


def test_a_search_ends_whose_asker_was_killed(lasting: DaskCluster, request: pytest.FixtureRequest) -> None:
    program = [sys.executable, "-c", SOLVES.format(address=lasting.address)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as asker:
        assert asker.stdout is not None
        assert asker.stdout.readline()  # it waits for its answer
        asker.kill()
    assert solver_on(lasting, request).solve(problem(), SHORT, 0, alive=soon).served


def test_closing_ends_what_is_waited_for_and_it_can_be_used_again(
    lasting: DaskCluster, request: pytest.FixtureRequest
) -> None:
    solver = solver_on(lasting, request)

    def close(elapsed_s: float) -> None:
        soon(elapsed_s)
        solver.close()

    with pytest.raises(SolverLost):
        solver.solve(problem(), LONG, 0, alive=close)
    assert solver.solve(problem(), SHORT, 0, alive=soon).served


@dataclass
class SeesAWorkerDie:
    """A solver that, while it waits, kills the first worker of the cluster that is seen to work."""

    solver: SolverCluster
    cluster: DaskCluster
    killed: int = 0

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        return self.solver.solve(problem, budget, seed, alive=self._kill, **asked)

    def close(self) -> None:
        self.solver.close()

    def _kill(self, _elapsed_s: float) -> None:
        worker = None if self.killed else self.cluster.busy_worker()
        if worker is not None:
            self.cluster.kill(worker)
            self.killed += 1


def test_one_of_two_workers_is_killed_and_the_plan_is_made(
    sqlite_url: str, mortal: DaskCluster, request: pytest.FixtureRequest
) -> None:
    database = Database(sqlite_url)
    request.addfinalizer(database.dispose)
    day = busy_day(database)
    plan = day.request(tomorrow(day), budget_s=6)
    solver = SeesAWorkerDie(solver_on(mortal, request), mortal)
    running = Worker(database, Settings(database_url=sqlite_url), now=day.now, pool=solver, readers=())
    assert running.solve_plans() == 1
    assert solver.killed == 1
    assert running.failures() == []
    assert day.plan(plan).status is PlanStatus.DRAFT  # which only a plan becomes that the checker accepts


def test_a_plan_that_no_scheduler_takes_fails_visibly_and_is_tried_again(
    sqlite_url: str, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("distributed")
    database = Database(sqlite_url)
    request.addfinalizer(database.dispose)
    day = busy_day(database)
    plan = day.request(tomorrow(day))
    nobody = Settings(database_url=sqlite_url, cluster="tcp://127.0.0.1:9", cluster_timeout_s=0.5)
    running = Worker(database, nobody, now=day.now, pool=build_solver(nobody), readers=())
    running.solve_plans()
    assert running.failures() == [f"plan_territory {plan}: cluster_unreachable"]
    assert day.plan(plan).status is PlanStatus.SOLVING
    (found,) = [one for one in examine(nobody, day.now) if one.what == "cluster"]
    assert found.is_well is False
    time.sleep(2.1)  # until it is tried again
    Worker(database, nobody, now=day.now, pool=SolvesHere(), readers=()).solve_plans()
    assert day.plan(plan).status is PlanStatus.DRAFT


def test_without_workers_a_solve_fails_and_the_next_waits_for_one_that_joins(
    mortal: DaskCluster, request: pytest.FixtureRequest
) -> None:
    assert solver_on(mortal, request).solve(problem(), SHORT, 0).served  # a worker has joined
    solver = solver_on(mortal, request, PATIENCE_S)

    def kill_all(_elapsed_s: float) -> None:
        if mortal.busy_worker(0.5):
            mortal.kill(*mortal.workers)

    with pytest.raises(ClusterWithoutWorkers) as lost:
        solver.solve(problem(), LONG, 0, alive=kill_all)
    assert lost.value.again
    assert solver.workers() == 0
    mortal.join(1)
    solver = solver_on(mortal, request)
    assert solver.solve(problem(), SHORT, 0, alive=soon).served
    assert solver.workers() == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_falls_silent_is_said_and_found_again(
    mortal: DaskCluster, request: pytest.FixtureRequest, how: signal.Signals
) -> None:
    assert solver_on(mortal, request).solve(problem(), SHORT, 0).served  # a worker has joined
    solver = solver_on(mortal, request, PATIENCE_S)

    def silence(elapsed_s: float) -> None:
        if elapsed_s < 1:
            os.kill(mortal.scheduler.pid, how)

    with pytest.raises(SolverLost):
        solver.solve(problem(), LONG, 0, alive=silence)
    with pytest.raises(ClusterUnreachable):
        solver.solve(problem(), LONG, 0)
    mortal.kill(mortal.scheduler)
    mortal.start()
    mortal.join(1)
    give_up_at = time.monotonic() + 30
    while solver.workers() == 0 and time.monotonic() < give_up_at:
        time.sleep(0.1)
    assert solver.solve(problem(), SHORT, 0).served


@pytest.mark.parametrize("address", ["10.0.0.5:8786", "http://10.0.0.5:8786", "tcp://10.0.0.5", "tcp://:8786"])
def test_an_address_that_no_scheduler_has_is_refused_at_once(address: str) -> None:
    with pytest.raises(ClusterMisconfigured) as refused:
        build_solver(Settings(cluster=address))
    assert refused.value.field == "DISPATCH_CLUSTER"


def test_without_a_cluster_it_is_solved_in_processes_of_this_machine() -> None:
    assert isinstance(build_solver(Settings(cluster=None)), SolverPool)
