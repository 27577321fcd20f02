"""Remove a few neighbouring jobs, put them back better: the exact costs have the last word.

OR-Tools plans on the slowest travel factor and cannot weigh every price when it times a
route, so its plan is finished here against the exact cost.
"""

from __future__ import annotations

from random import Random

import numpy as np

from optimizer.evaluation import Order
from optimizer.reference.construct import Taste, insert_all, unserved
from optimizer.route_arrays import RouteArrays
from optimizer.watch import Watch

MOST_REMOVED = 8
SKIPPED = 0.15
MOST_UNSERVED = 12
WANDERING = (0.0, 0.0, 0.0, 0.3)  # now and then a job goes anywhere, which greed would never try
WANDERING_OF_FEW = (0.0, 0.3, 0.7, 1.0)
FEW_JOBS = 8
KEPT = (1.0, 0.5)  # trying some of the jobs left out finds what trying all of them hides
GENEROUS = (1, 1, 2, 5)  # two jobs may be worth a detour that neither is worth alone


def polish(watch: Watch, random: Random, rounds: int) -> None:
    """So many rounds of removing and reinserting, or until the budget is spent."""
    arrays = RouteArrays(watch.evaluator, watch.orders)
    if not arrays.tables.problem.jobs:
        return
    for _ in range(rounds):
        if watch.over():
            return
        _round(arrays, watch, random)


def _round(arrays: RouteArrays, watch: Watch, random: Random) -> None:
    before = dict(arrays.orders)
    centre = random.randrange(len(arrays.tables.problem.jobs))
    near = _nearest(arrays, centre)
    removed = _remove(arrays, near, 1 + random.randrange(MOST_REMOVED), random)
    missing = set(unserved(arrays))
    waiting = [job for job in near if job in missing and job not in removed][:MOST_UNSERVED]
    keep = random.choice(KEPT)
    jobs = removed + [job for job in waiting if random.random() < keep]
    random.shuffle(jobs)
    wandering = WANDERING if len(arrays.tables.problem.jobs) > FEW_JOBS else WANDERING_OF_FEW
    if random.random() < 0.5:
        jobs.sort(key=lambda job: -arrays.tables.leave_out_ms[job])
    insert_all(arrays, jobs, watch, 1.0, Taste(random.choice(GENEROUS), random.choice(wandering), random))
    if not watch.offer(arrays.orders) and not _as_good(arrays, watch):
        _restore(arrays, before)


def _as_good(arrays: RouteArrays, watch: Watch) -> bool:
    return arrays.evaluator.total_ms(arrays.orders) == watch.cost_ms


def _nearest(arrays: RouteArrays, centre: int) -> list[int]:
    """All jobs, nearest to the centre first."""
    tables = arrays.tables
    order = np.argsort(tables.travel_s[tables.job_place[centre], tables.job_place], kind="stable")
    return [int(job) for job in order]


def _remove(arrays: RouteArrays, near: list[int], count: int, random: Random) -> list[int]:
    """Take some of the nearest jobs out of their routes; frozen ones stay."""
    holds = {job: duty for duty, jobs in arrays.orders.items() for job in jobs}
    removed: list[int] = []
    for job in near:
        if len(removed) == count:
            break
        if job not in holds or job in arrays.tables.frozen_duty or random.random() < SKIPPED:
            continue
        duty = holds[job]
        jobs: Order = tuple(other for other in arrays.orders[duty] if other != job)
        if jobs and arrays.evaluator.cost_ms(duty, jobs) is None:
            continue
        arrays.put(duty, jobs)
        removed.append(job)
    return removed


def _restore(arrays: RouteArrays, before: dict[int, Order]) -> None:
    for duty, jobs in before.items():
        if arrays.orders[duty] != jobs:
            arrays.put(duty, jobs)
