"""A plan that two others make: the routes of one of them around a job, and of the other what is left beside them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from optimizer.fast.chain import Chain, routes_of
from optimizer.fast.layout import HEAD, KIND, NOBODY, PINNED_AT, Layout
from optimizer.fast.pieces import IMPOSSIBLE
from optimizer.fast.recombine import Order, duties_of
from optimizer.fast.route_cost import route_cost

#: the share of the jobs that the first plan's routes serve, and the least share of a route of the second that is kept
LEAST, MOST, KEPT = 0.3, 0.7, 0.4


def can_be_crossed(layout: Layout) -> bool:
    """Whether any part of a route may go: nothing has begun, and no job has its position in a route."""
    return not layout.clock.duties[:, HEAD].any() and bool((layout.clock.jobs[:, PINNED_AT] == NOBODY).all())


def crossed(
    layout: Layout, chain: Chain, first: Mapping[int, Order], second: Mapping[int, Order], random: np.random.Generator
) -> dict[int, Order]:
    """Routes by duty, each job in at most one of them; `chain` lends what routes are timed with."""
    child = _around_a_job(layout, first, random)
    taken = {job for order in child.values() for job in order}
    beside = {duty: tuple(job for job in order if job not in taken) for duty, order in second.items() if order}
    kind = layout.clock.duties[:, KIND]
    for duty in sorted(beside, key=lambda duty: -len(beside[duty]) / len(second[duty])):
        order = beside[duty]
        if len(order) < KEPT * len(second[duty]) or not order or not _can_be_driven(layout, chain, duty, order):
            continue
        alike = [duty, *duties_of(layout, int(kind[duty]))]
        free = next((one for one in alike if one not in child), None)
        if free is not None:
            child[free] = order
    return child


def _around_a_job(layout: Layout, plan: Mapping[int, Order], random: np.random.Generator) -> dict[int, Order]:
    """Routes of a plan that serve the neighbours of a job drawn by lot, the nearest first, until they are enough."""
    jobs = len(layout.clock.jobs)
    seed, enough = int(random.integers(jobs)), jobs * random.uniform(LEAST, MOST)
    duty_of = {job: duty for duty, order in plan.items() for job in order}
    near = [duty_of[job] for job in (seed, *map(int, layout.around[seed])) if job in duty_of]
    chosen: dict[int, Order] = {}
    served = 0
    for duty in near:
        if served >= enough:
            break
        if duty not in chosen:
            chosen[duty] = plan[duty]
            served += len(plan[duty])
    return chosen


def _can_be_driven(layout: Layout, chain: Chain, duty: int, order: Order) -> bool:
    """Without some of its jobs a route may be late: not every table of travel times knows the shortest way."""
    nodes, size = routes_of(layout, {duty: order}, chain.nodes.shape[2])
    return bool(route_cost(layout.clock, duty, nodes[duty], int(size[duty]), chain.work) < IMPOSSIBLE)
