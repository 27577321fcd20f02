"""Why does this technician go? What the job costs here against the next best, term by term."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.assembly import orders_of
from optimizer.evaluation import Evaluator, Order, Orders
from optimizer.insertion import cheapest_for_the_plan
from optimizer.problem import Problem
from optimizer.route_arrays import RouteArrays
from optimizer.solution import Cost, Solution
from optimizer.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Why this technician: what the job adds to the plan's cost here, and with the next best technician.

    `runner_up` is None when nobody else could take the job in the routes as they stand.
    """

    job: str
    technician: str
    cost: Cost
    runner_up: str | None
    runner_up_cost: Cost | None


def compare_technicians(problem: Problem, solution: Solution, job: str) -> Comparison:
    """What a served job adds to the cost of the plan, term by term, against the next best technician.

    Raises KeyError if the job is not in a route.
    """
    evaluator = Evaluator(Tables(problem))
    orders = orders_of(evaluator, solution.routes)
    index = evaluator.tables.job_index[job]
    duty = next((duty for duty, jobs in orders.items() if index in jobs), None)
    if duty is None:
        raise KeyError(job)
    without = {**orders, duty: tuple(other for other in orders[duty] if other != index)}
    arrays = RouteArrays(evaluator, without)
    here = evaluator.tables.duties[duty].technician_index
    rows = arrays.feasible(index)
    elsewhere = rows[[evaluator.tables.duties[int(d)].technician_index != here for d in arrays.duty[rows]]]
    next_best = cheapest_for_the_plan(arrays, index, elsewhere)
    return Comparison(
        job=job,
        technician=evaluator.tables.duties[duty].technician.id,
        cost=_added(evaluator, without, duty, orders[duty]),
        runner_up=None if next_best is None else evaluator.tables.duties[next_best[1]].technician.id,
        runner_up_cost=None if next_best is None else _added(evaluator, without, next_best[1], next_best[2]),
    )


def _added(evaluator: Evaluator, orders: Orders, duty: int, order: Order) -> Cost:
    """What giving a duty this order adds to the cost of the plan."""
    after = evaluator.timing(duty, order)
    before = evaluator.timing(duty, orders[duty]) if orders.get(duty) else None
    fairness = evaluator.unfairness_ms({**orders, duty: order}) - evaluator.unfairness_ms(orders)
    cost = (after.cost if after is not None else Cost()) + Cost(unfairness_ms=fairness)
    return cost if before is None else cost - before.cost
