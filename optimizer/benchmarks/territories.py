"""What does planning many territories at once take? Each is a problem of its own, sent to an executor.

The executor is a pool of processes of this machine or a Dask cluster. Each size is measured
in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import WallClock
from optimizer.check import check
from optimizer.problem import Problem
from optimizer.solution import Solution
from optimizer.solve import solve

CONNECT_S = 10
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be measured: `territories` of together `jobs` jobs, with `overload` times more work than time.

    Each is searched for `seconds_per_job` on `cores`. `cluster` is the address of a Dask
    scheduler; without it, `processes` of this machine solve.
    """

    jobs: int
    territories: int
    seconds_per_job: float
    overload: float = 1.1
    seed: int = 1
    engine: str | None = None
    processes: int = 2
    cores: int = 1
    cluster: str | None = None

    @property
    def search_s(self) -> float:
        """How long the searches take together, on all processes."""
        return self.seconds_per_job * self.jobs / self.processes


@dataclass(slots=True, kw_only=True)
class Planned:
    """All territories planned and checked, added up; megabytes are peaks of resident memory.

    `beside_s` is what solving took beside searching, over all processes; `sent_bytes` what the
    problems take on their way to whoever solves, `answer_bytes` what the plans take on their way back.
    """

    jobs: int = 0
    technicians: int = 0
    territories: int = 0
    elapsed_s: float = 0.0
    beside_s: float = 0.0
    value: int = 0
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
        self.value += sum(job.value for job in problem.jobs)
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
    with _executor(task) as executor, _bar(task) as tell:
        began = time.monotonic()
        waiting: dict[Future[Answer], tuple[Problem, float]] = {}
        try:
            for problem, seed in _problems(task):
                seconds = task.seconds_per_job * len(problem.jobs)
                planned.sent_bytes += len(pickle.dumps(problem))
                future = executor.submit(plan_one, problem, seconds, seed, task.engine, task.cores)
                waiting[future] = problem, seconds
            while waiting:
                _take_in(planned, waiting)
                planned.elapsed_s = time.monotonic() - began
                tell(planned)
        finally:
            for future in waiting:
                future.cancel()
    _note_peak(planned, *_own_peak())
    return planned


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan, how long it took, the process that made it, and the most memory that process has had."""

    solution: Solution
    took_s: float
    process: str
    peak_mb: int


def plan_one(problem: Problem, seconds: float, seed: int, engine: str | None, cores: int) -> Answer:
    """Plan one territory, wherever this is called."""
    began = time.monotonic()
    solution = solve(problem, WallClock(seconds), seed, engine=engine, cores=cores)
    return Answer(solution, time.monotonic() - began, *_own_peak())


def _take_in(planned: Planned, waiting: dict[Future[Answer], tuple[Problem, float]]) -> None:
    """Count in the plans that have come, or come soon."""
    for future in wait(waiting, timeout=LOOK_EVERY_S, return_when=FIRST_COMPLETED).done:
        problem, seconds = waiting.pop(future)
        answer = future.result()
        planned.add(problem, answer.solution)
        planned.beside_s += answer.took_s - seconds
        _note_peak(planned, answer.process, answer.peak_mb)


@contextmanager
def _bar(task: Task) -> Iterator[Callable[[Planned], None]]:
    """A bar that fills with the time the searches take, on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(f"{task.jobs:,} jobs", total=task.search_s)

        def tell(planned: Planned) -> None:
            done = f"{task.jobs:,} jobs, {planned.territories} of {task.territories} territories planned"
            progress.update(bar, description=done, completed=planned.elapsed_s)

        yield tell


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
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_ctrl_c)


def _end_with_ctrl_c() -> None:
    """End at once: nobody waits for the rest of a measurement."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def _executor(task: Task) -> Iterator[Executor]:
    if task.cluster is None:
        with _processes(task.processes) as pool:
            yield pool
        return
    from distributed import Client  # noqa: PLC0415 - an extra that only clusters need

    with Client(task.cluster, timeout=CONNECT_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        yield client.get_executor(pure=False)
