"""Solving in processes of their own: rebuilt when broken, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing import util
from zoneinfo import ZoneInfo

import psutil
import pytest

from dispatch.rules.plan_telling import PlanTelling
from dispatch.solving import SolverLost, SolverPool
from optimizer.budget import FirstOf, Iterations, SoFar, WallClock
from optimizer.problem import Problem
from optimizer.risk.keep import Confidence
from optimizer.risk.uncertainty import NO_HISTORY
from optimizer.solution import Solution
from tests.planning import SolvesHere
from tests.unit.optimizer.one_street import job, street

SHORT = Iterations(50)
LONG = WallClock(300)


class Refuses:
    """A budget that cannot be asked."""

    def share(self, _so_far: SoFar) -> float:
        raise LookupError("no budget")


def problem(jobs: int = 40) -> Problem:
    return street([job(f"job {number}", at=100 * number) for number in range(jobs)])


def solvers(parent: int | None = None) -> list[psutil.Process]:
    """The solving processes of a process (default: this one)."""
    children = psutil.Process(parent or os.getpid()).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


def wait_for_solvers(parent: int | None = None) -> list[psutil.Process]:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        if found := solvers(parent):
            return found
        time.sleep(0.02)
    pytest.fail("no solver was started")


@pytest.fixture
def pool() -> Iterator[SolverPool]:
    pool = SolverPool(1)
    yield pool
    pool.close()
    assert solvers() == []


def in_a_thread(work: object, *arguments: object) -> object:
    """What comes of it in a thread of its own, which has ended."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work(*arguments))  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - the test looks at it
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return found[0]


def test_it_solves_in_another_process_and_tells_how_long_it_takes(pool: SolverPool) -> None:
    told: list[float] = []
    solution = pool.solve(problem(), WallClock(1), 0, alive=told.append)
    assert solution.served > 0
    assert told
    assert told == sorted(told)
    assert len(solvers()) == 1


def test_what_is_asked_of_windows_goes_there_too(pool: SolverPool) -> None:
    asked = Confidence(0.95, NO_HISTORY, PlanTelling(ZoneInfo("Asia/Shanghai"), {}))
    here = SolvesHere(SHORT.count).solve(problem(), SHORT, 7, confidence=asked)
    assert pool.solve(problem(), SHORT, 7, confidence=asked) == here


def test_what_the_solver_raises_comes_through(pool: SolverPool) -> None:
    with pytest.raises(LookupError, match="no budget"):
        pool.solve(problem(), Refuses(), 0)
    assert pool.solve(problem(), SHORT, 0).served


def test_a_solver_that_dies_is_said_and_replaced(pool: SolverPool) -> None:
    def kill(_elapsed_s: float) -> None:
        for solver in solvers():
            solver.kill()

    with pytest.raises(SolverLost) as lost:
        pool.solve(problem(), LONG, 0, alive=kill)
    assert lost.value.again
    assert pool.solve(problem(), SHORT, 0).served


def test_a_solver_that_died_while_idle_is_said_and_replaced(pool: SolverPool) -> None:
    pool.solve(problem(), SHORT, 0)
    idle = solvers()
    for solver in idle:
        solver.kill()
    wait_until_gone(idle)
    time.sleep(0.2)  # until the pool has seen it
    with pytest.raises(SolverLost):
        pool.solve(problem(), SHORT, 0)
    assert pool.solve(problem(), SHORT, 0).served


def test_solvers_outlive_the_thread_that_asked_first(pool: SolverPool) -> None:
    """Linux sends the signal of a parent's death when the thread ends that started the child."""
    assert isinstance(in_a_thread(pool.solve, problem(), SHORT, 0), Solution)
    (solver,) = solvers()
    time.sleep(0.1)
    assert isinstance(in_a_thread(pool.solve, problem(), SHORT, 0), Solution)
    assert solvers() == [solver]


def test_closing_ends_what_is_being_solved(pool: SolverPool) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(in_a_thread(pool.solve, problem(), LONG, 0)))
    thread.start()
    running = wait_for_solvers()
    began = time.monotonic()
    pool.close()
    thread.join(20)
    assert isinstance(found[0], SolverLost)
    assert time.monotonic() - began < 10
    wait_until_gone(running)


def test_closing_ends_what_is_just_being_started(pool: SolverPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system has the process already, Python does not yet know of it."""
    found: list[object] = []
    started = threading.Event()
    launch = util.spawnv_passfds

    def slowly(path: bytes, args: Sequence[bytes], passed: Sequence[int]) -> int:
        pid = launch(path, args, passed)
        started.set()
        time.sleep(0.5)
        return pid

    monkeypatch.setattr(util, "spawnv_passfds", slowly)
    thread = threading.Thread(target=lambda: found.append(in_a_thread(pool.solve, problem(), LONG, 0)))
    thread.start()
    assert started.wait(30)
    pool.close()
    thread.join(20)
    assert isinstance(found[0], SolverLost)
    assert solvers() == []


def test_what_the_waiting_one_raises_ends_the_solver(pool: SolverPool) -> None:
    def give_up(_elapsed_s: float) -> None:
        raise LookupError("no longer wanted")

    with pytest.raises(LookupError, match="no longer wanted"):
        pool.solve(problem(), LONG, 0, alive=give_up)
    assert solvers() == []
    assert pool.solve(problem(), SHORT, 0).served


def test_a_closed_pool_can_be_used_again(pool: SolverPool) -> None:
    pool.solve(problem(), SHORT, 0)
    pool.close()
    pool.close()
    assert pool.solve(problem(), FirstOf(SHORT, LONG), 0).served


SOLVES = """
from dispatch.solving import SolverPool
from tests.integration.planning.test_solver_pool import LONG, problem
if __name__ == "__main__":
    SolverPool(1).solve(problem(), LONG, 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_solver_is_left_behind_when_its_parent_dies(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SOLVES]) as parent:
        running = wait_for_solvers(parent.pid)
        time.sleep(0.3)
        everything = psutil.Process(parent.pid).children(recursive=True)
        parent.send_signal(how)
        parent.wait(10)
        wait_until_gone([*running, *everything])
