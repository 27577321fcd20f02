"""A first plan: jobs put one by one where they cost least, dearest to leave out first."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from optimizer.insertion import cheapest_insertion
from optimizer.route_arrays import RouteArrays
from optimizer.watch import Watch

TRIED = 12


class Taste(NamedTuple):
    """How insertion strays from the cheapest: what a job may cost against leaving it out, and how often it wanders."""

    generous: int = 1
    wander: float = 0.0
    random: Random | None = None


PLAIN = Taste()


def construct(watch: Watch, random: Random, share: float) -> None:
    """Complete the best plan so far by insertion, and offer it."""
    arrays = RouteArrays(watch.evaluator, watch.orders)
    price = watch.evaluator.tables.leave_out_ms
    missing = unserved(arrays)
    random.shuffle(missing)
    missing.sort(key=lambda job: -price[job])
    insert_all(arrays, missing, watch, share)
    insert_all(arrays, unserved(arrays), watch, share)
    watch.offer(arrays.orders)


def unserved(arrays: RouteArrays) -> list[int]:
    """The jobs that no route serves."""
    served = {job for jobs in arrays.orders.values() for job in jobs}
    return [job for job in range(len(arrays.tables.problem.jobs)) if job not in served]


def insert_all(arrays: RouteArrays, jobs: Iterable[int], watch: Watch, share: float, taste: Taste = PLAIN) -> None:
    """Put each job where it costs least (or where fancy takes it), if that is less than leaving it out."""
    price = arrays.tables.leave_out_ms
    for job in jobs:
        if watch.tick(share):
            return
        rows = arrays.feasible(job)
        if len(rows) and taste.random is not None and taste.random.random() < taste.wander:
            rows = rows[[taste.random.randrange(len(rows))]]
        best = cheapest_insertion(arrays, job, rows, TRIED)
        if best is not None and best[0] < taste.generous * price[job]:
            arrays.put(best[1], best[2])
