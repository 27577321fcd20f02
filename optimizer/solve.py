"""The one entry: a problem in, a plan out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from optimizer.assembly import assemble, base_orders, feasible_part, orders_of
from optimizer.budget import Budget
from optimizer.evaluation import Evaluator
from optimizer.mend import mended
from optimizer.problem import Problem
from optimizer.reference.engine import search as reference_search
from optimizer.solution import Route, Solution
from optimizer.tables import Tables
from optimizer.watch import Progress, Watch

Engine = Callable[[Watch, int], None]
ENGINES: Mapping[str, Engine] = {"reference": reference_search}


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    start: Solution | Iterable[Route] | None = None,
    progress: Progress | None = None,
    *,
    engine: str = "reference",
) -> Solution:
    """The best plan found within a budget; with an iteration budget, the same for the same seed.

    The search starts from `start`, else from the problem's base routes, and the plan is never
    dearer than what of them is possible. `progress` receives a SoFar now and then; returning
    False, like Ctrl-C, ends the search at once with the best so far. Raises KeyError for an
    unknown engine, or a start that names what the problem does not know.
    """
    run = ENGINES[engine]
    evaluator = Evaluator(Tables(problem))
    watch = Watch(evaluator, budget, progress)
    routes = start.routes if isinstance(start, Solution) else start
    orders = base_orders(evaluator) if routes is None else orders_of(evaluator, routes)
    standing = feasible_part(evaluator, orders)
    watch.offer(standing)
    mending = mended(evaluator, standing)
    if mending is not None:
        watch.offer(mending)
    try:
        run(watch, seed)
    except KeyboardInterrupt:
        watch.stop()
    return assemble(evaluator, watch.orders, engine)
