"""How long does planning a day take, what is left out, how far is driven, how much memory is used?

Each day is planned in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from dataclasses import dataclass

from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import WallClock
from optimizer.check import check
from optimizer.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One planned day."""

    jobs: int
    technicians: int
    elapsed_s: float
    unserved: int
    unserved_value: int
    travel_s: int
    violations: int
    peak_mb: int


def measure(jobs: int, seconds: float, seed: int, engine: str | None) -> Measured:
    """Plan a generated day in a fresh process and report what it took."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_plan, (jobs, seconds, seed, engine))


def _plan(jobs: int, seconds: float, seed: int, engine: str | None) -> Measured:
    problem = technician_day(jobs, seed)
    started = time.monotonic()
    solution = solve(problem, WallClock(seconds), seed, engine=engine)
    elapsed_s = time.monotonic() - started
    return Measured(
        jobs=jobs,
        technicians=len(problem.technicians),
        elapsed_s=elapsed_s,
        unserved=len(solution.unassigned),
        unserved_value=sum(problem.jobs_by_id[one.job].value for one in solution.unassigned),
        travel_s=sum(route.travel_s for route in solution.routes),
        violations=len(check(problem, solution).violations),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )
