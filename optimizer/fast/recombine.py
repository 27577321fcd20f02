"""The best plan that collected routes can make together, found by CP-SAT as a set partitioning problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from ortools.sat.python import cp_model

from optimizer.fast.layout import KIND, LEFT_OUT_MS, Layout
from optimizer.fast.pool import Pool

Order = tuple[int, ...]
#: how many routes one recombination looks at, the cheapest for what they serve: for each of the best plan, and at most
ROUTES_FOR_EACH, MOST_ROUTES = 100, 4_000


def recombine(
    layout: Layout,
    pools: Iterable[Pool],
    best: Mapping[int, Order],
    best_costs_ms: Mapping[int, int],
    *,
    effort: float,
    cores: int = 1,
    seconds: float | None = None,
) -> dict[int, Order]:
    """The cheapest choice of routes, each job in at most one; the best plan again if there is none better.

    `effort` is CP-SAT's deterministic time, so that the same pools give the same plan; with
    `seconds` it also ends by the clock. Frozen heads are part of every route collected.
    """
    routes = _candidates(layout, pools, best, best_costs_ms)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in routes]
    serving: dict[int, list[int]] = {}
    of_kind: dict[int, list[int]] = {}
    for index, (duty, jobs, _cost) in enumerate(routes):
        of_kind.setdefault(int(layout.clock.duties[duty, KIND]), []).append(index)
        for job in jobs:
            serving.setdefault(job, []).append(index)
    for kind, indexes in of_kind.items():
        room = int(layout.kind_at[kind + 1] - layout.kind_at[kind])
        model.add(sum(chosen[index] for index in indexes) <= room)
    for indexes in serving.values():
        model.add_at_most_one(chosen[index] for index in indexes)
    worth = [cost - sum(int(layout.clock.jobs[job, LEFT_OUT_MS]) for job in jobs) for _, jobs, cost in routes]
    model.minimize(sum(price * var for price, var in zip(worth, chosen, strict=True)))
    standing = {(int(layout.clock.duties[duty, KIND]), jobs) for duty, jobs in best.items() if jobs}
    for var, (duty, jobs, _cost) in zip(chosen, routes, strict=True):
        model.add_hint(var, (int(layout.clock.duties[duty, KIND]), jobs) in standing)
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = effort
    solver.parameters.num_workers = cores
    if seconds is not None:
        solver.parameters.max_time_in_seconds = seconds
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return dict(best)
    return _plan(layout, [routes[i] for i, var in enumerate(chosen) if solver.value(var)], best)


def _candidates(
    layout: Layout, pools: Iterable[Pool], best: Mapping[int, Order], best_costs_ms: Mapping[int, int]
) -> list[tuple[int, Order, int]]:
    """Those of the best plan, then the collected ones that cost least for what they serve."""
    kinds = layout.clock.duties[:, KIND]
    found = {
        (int(kinds[duty]), frozenset(jobs)): (duty, jobs, best_costs_ms[duty]) for duty, jobs in best.items() if jobs
    }
    dearness = np.append(_dearness(layout, found.values()), 0.0)
    most = min(MOST_ROUTES, ROUTES_FOR_EACH * max(1, len(found)))
    for pool in pools:
        filled = min(int(pool.filled[0]), len(pool.key))
        stops = np.arange(pool.nodes.shape[1])[None, :]
        is_job = (stops >= 1) & (stops <= pool.size[:filled, None])
        jobs_of = np.where(is_job, pool.nodes[:filled], -1)
        rank = pool.cost_ms[:filled] - dearness[jobs_of].sum(axis=1)
        for row in np.argsort(rank, kind="stable")[:most]:
            jobs = tuple(int(job) for job in pool.nodes[row, 1 : pool.size[row] + 1])
            key = (int(kinds[pool.duty[row]]), frozenset(jobs))
            if key not in found or pool.cost_ms[row] < found[key][2]:
                found[key] = (int(pool.duty[row]), jobs, int(pool.cost_ms[row]))
    return list(found.values())


def _dearness(
    layout: Layout, standing: Iterable[tuple[int, Order, int]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What serving each job costs in the best plan, its route's cost shared alike; what is left out costs its price."""
    share = layout.clock.jobs[:, LEFT_OUT_MS].astype(np.float64)
    for _duty, jobs, cost in standing:
        for job in jobs:
            share[job] = min(share[job], cost / len(jobs))
    return share


def _plan(layout: Layout, routes: list[tuple[int, Order, int]], best: Mapping[int, Order]) -> dict[int, Order]:
    """The chosen routes on duties of their kind; those that stand as they are keep theirs."""
    plan: dict[int, Order] = {}
    rest = []
    for duty, jobs, _cost in routes:
        kind = int(layout.clock.duties[duty, KIND])
        own = next((d for d in duties_of(layout, kind) if best.get(d) == jobs and d not in plan), None)
        if own is None:
            rest.append((kind, jobs))
        else:
            plan[own] = jobs
    for kind, jobs in rest:
        free = next(d for d in duties_of(layout, kind) if d not in plan)
        plan[free] = jobs
    return {duty: plan.get(duty, ()) for duty in range(len(layout.clock.duties))}


def duties_of(layout: Layout, kind: int) -> list[int]:
    """The duties of a kind, which may take each other's routes."""
    return [int(duty) for duty in layout.of_kind[layout.kind_at[kind] : layout.kind_at[kind + 1]]]
