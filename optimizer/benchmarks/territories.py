"""What does planning many territories at once take? Each is a problem of its own, sent to an executor.

The executor is a pool of processes of this machine or a Dask cluster. Each size is measured
in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field

from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import WallClock
from optimizer.check import check
from optimizer.problem import Problem
from optimizer.solution import Solution
from optimizer.solve import solve

CONNECT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be measured: `territories` of together `jobs` jobs, with more or less work than time.

    `cluster` is the address of a Dask scheduler; without it, `processes` of this machine solve.
    """

    jobs: int
    territories: int
    seconds_each: float
    overload: float = 1.1
    seed: int = 1
    engine: str | None = None
    processes: int = 2
    cluster: str | None = None


@dataclass(slots=True, kw_only=True)
class Planned:
    """All territories planned and checked, added up; megabytes are peaks of resident memory.

    `sent_bytes` is what the problems take on their way to whoever solves, `answer_bytes` what
    the plans take on their way back.
    """

    jobs: int = 0
    technicians: int = 0
    territories: int = 0
    elapsed_s: float = 0.0
    unserved: int = 0
    unserved_value: int = 0
    travel_s: int = 0
    cost_ms: int = 0
    violations: int = 0
    sent_bytes: int = 0
    answer_bytes: int = 0
    peaks_mb: dict[str, int] = field(default_factory=dict)

    @property
    def largest_mb(self) -> int:
        """The peak of the largest process."""
        return max(self.peaks_mb.values())

    @property
    def together_mb(self) -> int:
        """The peaks of all processes together, of the one that asks too."""
        return sum(self.peaks_mb.values())

    def add(self, problem: Problem, solution: Solution) -> None:
        """Check the plan of one territory and count it in."""
        self.territories += 1
        self.jobs += len(problem.jobs)
        self.technicians += len(problem.technicians)
        self.unserved += len(solution.unassigned)
        self.unserved_value += sum(problem.jobs_by_id[one.job].value for one in solution.unassigned)
        self.travel_s += sum(route.travel_s for route in solution.routes)
        self.cost_ms += solution.cost.total_ms
        self.violations += len(check(problem, solution).violations)
        self.answer_bytes += len(pickle.dumps(solution))


def measure(task: Task) -> Planned:
    """Plan the territories from a fresh process and report what it took."""
    with _processes(1) as alone:
        return alone.submit(plan_all, task).result()


def plan_all(task: Task) -> Planned:
    """Generate the territories, have them planned, and check each plan as it comes in."""
    planned = Planned()
    with _executor(task) as executor:
        began = time.monotonic()
        waiting: dict[Future[Answer], Problem] = {}
        for problem, seed in _problems(task):
            planned.sent_bytes += len(pickle.dumps(problem))
            waiting[executor.submit(plan_one, problem, task.seconds_each, seed, task.engine)] = problem
        for future in as_completed(list(waiting)):
            answer = future.result()
            planned.add(waiting.pop(future), answer.solution)
            _note_peak(planned, answer.process, answer.peak_mb)
        planned.elapsed_s = time.monotonic() - began
    _note_peak(planned, *_own_peak())
    return planned


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan, the process that made it, and the most memory that process has had."""

    solution: Solution
    process: str
    peak_mb: int


def plan_one(problem: Problem, seconds: float, seed: int, engine: str | None) -> Answer:
    """Plan one territory, wherever this is called."""
    return Answer(solve(problem, WallClock(seconds), seed, engine=engine), *_own_peak())


def _problems(task: Task) -> Iterator[tuple[Problem, int]]:
    """The territories, as equal as they can be, each with its seed."""
    for number in range(task.territories):
        jobs = task.jobs * (number + 1) // task.territories - task.jobs * number // task.territories
        seed = task.seed * 1000 + number
        yield technician_day(jobs, seed, task.overload), seed


def _own_peak() -> tuple[str, int]:
    return f"{socket.gethostname()}:{os.getpid()}", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _note_peak(planned: Planned, process: str, peak_mb: int) -> None:
    planned.peaks_mb[process] = max(peak_mb, planned.peaks_mb.get(process, 0))


def _processes(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


@contextmanager
def _executor(task: Task) -> Iterator[Executor]:
    if task.cluster is None:
        with _processes(task.processes) as pool:
            yield pool
        return
    from distributed import Client  # noqa: PLC0415 - an extra that only clusters need

    with Client(task.cluster, timeout=CONNECT_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        yield client.get_executor(pure=False)
