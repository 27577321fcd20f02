"""Where does one more job cost least?"""

from __future__ import annotations

import numpy as np

from optimizer.evaluation import Order
from optimizer.route_arrays import Ints, RouteArrays


def cheapest_insertion(
    arrays: RouteArrays, job: int, rows: Ints, tried: int | None = None
) -> tuple[int, int, Order] | None:
    """The least that inserting the job at one of these rows adds to route costs: (ms, duty, order).

    Rows are tried in the order of their lower bounds until none can be better, or `tried`
    have been timed. Unfairness is left aside.
    """
    bounds = arrays.least_increase_ms(job, rows)
    best: tuple[int, int, Order] | None = None
    for rank in np.argsort(bounds, kind="stable")[:tried]:
        if best is not None and bounds[rank] >= best[0]:
            break
        duty, order = arrays.inserted(job, int(rows[rank]))
        increase = _route_increase_ms(arrays, duty, order)
        if increase is not None and (best is None or increase < best[0]):
            best = (increase, duty, order)
    return best


def cheapest_for_the_plan(arrays: RouteArrays, job: int, rows: Ints) -> tuple[int, int, Order] | None:
    """The least that inserting the job adds to the cost of the plan, unfairness included: (ms, duty, order)."""
    if not arrays.tables.problem.weights.unfairness_price_ms_per_s:
        return cheapest_insertion(arrays, job, rows)
    tried = []
    for row in rows:
        duty, order = arrays.inserted(job, int(row))
        increase = _route_increase_ms(arrays, duty, order)
        if increase is not None:
            tried.append((increase + unfairness_increase_ms(arrays, duty, order), duty, order))
    return min(tried, default=None)


def unfairness_increase_ms(arrays: RouteArrays, duty: int, order: Order) -> int:
    """What giving a duty this order adds to the price of unfairness."""
    evaluator = arrays.evaluator
    return evaluator.unfairness_ms({**arrays.orders, duty: order}) - evaluator.unfairness_ms(arrays.orders)


def _route_increase_ms(arrays: RouteArrays, duty: int, order: Order) -> int | None:
    cost = arrays.evaluator.cost_ms(duty, order)
    return None if cost is None else cost - (arrays.evaluator.cost_ms(duty, arrays.orders[duty]) or 0)
