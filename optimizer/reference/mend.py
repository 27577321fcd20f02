"""Routes that were upset, mended greedily, for an engine that begins by moving nothing.

Only jobs that somebody was told a window for are touched, one after the other, so that a
day with nothing wrong costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.assembly import timings
from optimizer.evaluation import Evaluator, Order, Orders
from optimizer.problem import Problem
from optimizer.quote import Quoter


def mended(evaluator: Evaluator, standing: Orders) -> Mapping[int, Order] | None:
    """The routes with each announced job that they miss, or come to too late, at its cheapest place; None if none is.

    `standing` can be driven. A job stays late where any other place would cost more.
    """
    problem = evaluator.tables.problem
    announced = [job for job in problem.jobs if job.announced is not None and job.announced.window is not None]
    served = {job for jobs in standing.values() for job in jobs}
    missing = [job.id for job in announced if evaluator.tables.job_index[job.id] not in served]
    if not missing and not _late(problem, evaluator, standing):
        return None
    quoter = Quoter(problem, [timing.route for timing in timings(evaluator, standing)], evaluator)
    for job in sorted(missing, key=lambda one: _until_s(problem, one)):
        offers = quoter.quote(job)
        if offers:
            quoter.put(offers[0].route)
    seen: set[str] = set()
    while late := [one for one in _late(problem, quoter.evaluator, quoter.arrays.orders) if one[1] not in seen]:
        duty, job = min(late, key=lambda one: _until_s(problem, one[1]))
        seen.add(job)
        _move(quoter, duty, job)
    return quoter.arrays.orders


def _late(problem: Problem, evaluator: Evaluator, orders: Orders) -> list[tuple[int, str]]:
    """Jobs that start outside the window that was announced, with the duty that serves them; frozen ones stay."""
    found = []
    for duty, jobs in orders.items():
        timing = evaluator.timing(duty, jobs) if jobs else None
        for stop in timing.route.stops if timing is not None else ():
            told = problem.jobs_by_id[stop.job].announced
            window = told.window if told is not None else None
            is_kept = window is None or window.start_s <= stop.start_s <= window.end_s
            if not is_kept and stop.job not in problem.frozen_jobs:
                found.append((duty, stop.job))
    return found


def _move(quoter: Quoter, duty: int, job: str) -> None:
    """Put one job where it costs least, which may be where it is."""
    evaluator, before = quoter.evaluator, quoter.arrays.orders[duty]
    index = evaluator.tables.job_index[job]
    without = tuple(other for other in before if other != index)
    with_it, rest = evaluator.cost_ms(duty, before), evaluator.cost_ms(duty, without)
    if with_it is None or rest is None:
        return
    quoter.arrays.put(duty, without)
    offers = quoter.quote(job)
    if offers and offers[0].cost_ms < with_it - rest:
        quoter.put(offers[0].route)
    else:
        quoter.arrays.put(duty, before)


def _until_s(problem: Problem, job: str) -> int:
    told = problem.jobs_by_id[job].announced
    return told.window.end_s if told is not None and told.window is not None else 0
