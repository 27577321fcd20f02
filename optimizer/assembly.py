"""From orders of jobs to a Solution, and back: the one place where engines meet the public model."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order, Orders
from optimizer.explain import Explainer
from optimizer.route_arrays import RouteArrays
from optimizer.solution import Cost, Route, Solution, Unassigned


def timings(evaluator: Evaluator, orders: Orders) -> list[Timing]:
    """The exact times of every route that has jobs, in order of duty."""
    found = [evaluator.timing(duty, jobs) for duty, jobs in sorted(orders.items()) if jobs]
    return [timing for timing in found if timing is not None]


def assemble(evaluator: Evaluator, orders: Orders, engine: str) -> Solution:
    """The plan these orders make, in its cheapest times, with every obstacle of what is left out."""
    tables = evaluator.tables
    timed = timings(evaluator, orders)
    served = {stop.job for timing in timed for stop in timing.route.stops}
    left_out = [index for index, job in enumerate(tables.problem.jobs) if job.id not in served]
    cost = sum((timing.cost for timing in timed), Cost())
    cost += Cost(
        unserved_ms=sum(tables.leave_out_ms[job] for job in left_out),
        unfairness_ms=evaluator.unfairness_ms(orders),
    )
    explainer = Explainer(RouteArrays(evaluator, dict(orders))) if left_out else None
    return Solution(
        routes=tuple(timing.route for timing in timed),
        unassigned=tuple(
            Unassigned(job=tables.problem.jobs[job].id, obstacles=tuple(explainer.obstacles(job)))
            for job in left_out
            if explainer is not None
        ),
        cost=cost,
        engine=engine,
    )


def orders_of(evaluator: Evaluator, routes: Iterable[Route]) -> dict[int, Order]:
    """The orders of given routes; raises KeyError for a job, technician or shift the problem does not know."""
    tables = evaluator.tables
    return {
        tables.duty_index[route.technician, route.shift]: tuple(tables.job_index[job] for job in route.jobs)
        for route in routes
    }


def base_orders(evaluator: Evaluator) -> dict[int, Order]:
    """The routes as they stand in the problem, frozen stops at their head."""
    tables = evaluator.tables
    orders = {duty.index: duty.frozen for duty in tables.duties}
    for route in tables.problem.base_routes:
        duty = tables.duty_index[route.technician, route.shift]
        orders[duty] = tuple(tables.job_index[stop.job] for stop in route.stops)
    return orders


def feasible_part(evaluator: Evaluator, orders: Orders) -> dict[int, Order]:
    """The same routes with as little as needed left out for each to be possible, each job once."""
    kept: dict[int, Order] = {}
    seen: set[int] = set()
    frozen_elsewhere, may_serve = evaluator.tables.frozen_duty, evaluator.tables.may_serve
    for duty in evaluator.tables.duties:
        wanted = orders.get(duty.index, ())
        loose = [
            job
            for job in dict.fromkeys(wanted)
            if job not in frozen_elsewhere and job not in seen and may_serve[job, duty.index]
        ]
        kept[duty.index] = _thinned(evaluator, duty.index, duty.frozen, loose)
        seen.update(kept[duty.index])
    return kept


def _thinned(evaluator: Evaluator, duty: int, head: Order, loose: list[int]) -> Order:
    """Leave out the job whose price is least until the route can be driven."""
    while loose and evaluator.cost_ms(duty, (*head, *loose)) is None:
        without = [[other for other in loose if other != job] for job in loose]
        possible = [rest for rest in without if evaluator.cost_ms(duty, (*head, *rest)) is not None]
        price = evaluator.tables.leave_out_ms
        loose = max(possible or without, key=lambda rest: sum(price[job] for job in rest))
    return (*head, *loose)
