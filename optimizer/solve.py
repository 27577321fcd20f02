"""The one entry: a problem in, a plan out."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

from optimizer.assembly import assemble, base_orders, feasible_part, orders_of
from optimizer.budget import Budget
from optimizer.compiled import IS_COMPILED
from optimizer.evaluation import Evaluator
from optimizer.problem import Problem
from optimizer.solution import Route, Solution
from optimizer.tables import Tables
from optimizer.watch import Progress, Watch

Engine = Callable[[Watch, int, int], None]
FAST, REFERENCE = "fast", "reference"
#: where each engine's `search` is; loaded when it is first asked for, since that takes a while
ENGINES: Mapping[str, str] = {FAST: "optimizer.fast.fast_engine", REFERENCE: "optimizer.reference.engine"}


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    start: Solution | Iterable[Route] | None = None,
    progress: Progress | None = None,
    *,
    engine: str | None = None,
    cores: int = 1,
) -> Solution:
    """The best plan found within a budget; with an iteration budget, the same for the same seed and cores.

    The search starts from `start`, else from the problem's base routes, and the plan is never
    dearer than what of them is possible. `progress` receives a SoFar now and then; returning
    False, like Ctrl-C, ends the search at once with the best so far. The fast engine runs one
    search on each of `cores`; where numba is missing the reference engine serves, with a
    warning. Raises KeyError for an unknown engine, or a start that names what the problem
    does not know.
    """
    return PlanSearch(problem, budget, progress, engine).plan(seed, start, cores)


class PlanSearch:
    """One `solve`, its engine loaded and its time running; for those who must know whether it was stopped.

    Takes and raises what `solve` does.
    """

    def __init__(
        self, problem: Problem, budget: Budget, progress: Progress | None = None, engine: str | None = None
    ) -> None:
        self._name = engine or default_engine()
        self._run: Engine = import_module(ENGINES[self._name]).search
        started = time.monotonic()
        self._watch = Watch(Evaluator(Tables(problem)), budget, progress, started)

    def plan(self, seed: int = 0, start: Solution | Iterable[Route] | None = None, cores: int = 1) -> Solution:
        """The best plan found until the budget is spent, or somebody stops it."""
        watch, evaluator = self._watch, self._watch.evaluator
        routes = start.routes if isinstance(start, Solution) else start
        orders = base_orders(evaluator) if routes is None else orders_of(evaluator, routes)
        standing = feasible_part(evaluator, orders)
        try:
            watch.offer(standing)
            self._run(watch, seed, cores)
        except KeyboardInterrupt:
            watch.stop()
        return assemble(evaluator, watch.orders or standing, self._name)

    @property
    def was_stopped(self) -> bool:
        """Whether somebody has ended it before its budget was spent."""
        return self._watch.stopped


def default_engine() -> str:
    """The fast engine where it can be compiled, else the reference engine."""
    if IS_COMPILED:
        return FAST
    warnings.warn("numba is not installed: the slow reference engine plans", RuntimeWarning, stacklevel=3)
    return REFERENCE
