"""Our own engine: `ours` is the one that `solve` takes by default, `reference` the one by that name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from optimizer.benchmarks.as_problem import problem_of, routes_of
from optimizer.benchmarks.engines import Answer, Clock, Terms
from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import DayInstance, Instance, VrptwInstance
from optimizer.benchmarks.parts import solve_without
from optimizer.budget import Iterations, SoFar, WallClock
from optimizer.solution import Solution
from optimizer.solve import solve


def prepare(terms: Terms) -> None:
    """Load what is compiled, by planning something tiny; like imports, this is not timed."""
    for tiny in (generated_vrptw(4), generated_day(4)):
        _solver(terms)(problem_of(tiny, terms.exchange_s), Iterations(1), terms.seed)


def vrptw(instance: VrptwInstance, terms: Terms, clock: Clock) -> Answer:
    """Plan with every customer mandatory; a plan counts once it serves them all."""
    return _plan(instance, terms, clock, least=instance.size)


def technicians(instance: DayInstance, terms: Terms, clock: Clock) -> Answer:
    """Plan with the weights of the jobs at the exchange rate."""
    return _plan(instance, terms, clock, least=0)


def _plan(instance: Instance, terms: Terms, clock: Clock, *, least: int) -> Answer:
    points: list[tuple[float, float]] = []

    def note(so_far: SoFar) -> None:
        if so_far.cost_ms is not None and so_far.served >= least:
            cost = so_far.cost_ms / 1000
            if not points or cost < points[-1][1]:
                points.append((clock.elapsed_s, cost))

    problem = problem_of(instance, terms.exchange_s)
    solution = _solver(terms)(problem, WallClock(clock.left_s), terms.seed, progress=note)
    elapsed_s = clock.elapsed_s
    return Answer(routes=routes_of(solution.routes), elapsed_s=elapsed_s, points=tuple(points))


def _solver(terms: Terms) -> Callable[..., Solution]:
    """`solve` as the terms want it."""
    if terms.without:
        return partial(solve_without, terms.without, cores=terms.cores)
    return partial(solve, engine=None if terms.engine == "ours" else terms.engine, cores=terms.cores)
