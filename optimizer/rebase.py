"""Bringing a plan up to date with routes that have moved on since it was made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from optimizer.assembly import assemble, base_orders, feasible_part, timings
from optimizer.evaluation import Evaluator, Order
from optimizer.problem import Problem
from optimizer.quote import Quoter
from optimizer.solution import Route, Solution
from optimizer.tables import Tables

#: job ids in order, by technician and index of shift
Wanted = Mapping[tuple[str, int], Sequence[str]]


def rebase(problem: Problem, wanted: Wanted, evaluator: Evaluator | None = None) -> Solution:
    """The plan nearest to `wanted` that the problem as it stands now allows.

    What the problem no longer knows is left out, and frozen stops keep their place. Jobs of
    the problem's own routes that `wanted` does not hold (booked, held or pinned since), and
    those that no longer fit where the plan wanted them, are inserted at their cheapest place,
    dearest to leave out first; what is merely wanted only where that costs no more than it is
    worth, so that it takes nobody's told window or promise away. Where jobs that must stay
    (mandatory, or in a route now) find no place so, those that are merely wanted make room; and
    if that is not enough, the routes that they are in stay as they are. So nothing in a route
    that can be driven is lost. An `evaluator` of the problem remembers routes that it has timed.
    """
    evaluator = evaluator or Evaluator(Tables(problem))
    must = must_stay(problem)
    orders = _known(evaluator, wanted)
    best = _completed(evaluator, orders, _expected(problem, wanted))
    orders = {duty: tuple(job for job in jobs if problem.jobs[job].id in must) for duty, jobs in orders.items()}
    standing = feasible_part(evaluator, base_orders(evaluator))
    staying: set[int] = set()
    while must - _served(best):
        solution = _completed(evaluator, _with_staying(orders, standing, staying), _expected(problem, wanted))
        if len(must - _served(solution)) < len(must - _served(best)):
            best = solution
        lost = {evaluator.tables.job_index[job] for job in must - _served(solution)}
        more = {duty for duty, jobs in standing.items() if lost & set(jobs)} - staying
        if not more:
            break
        staying |= more
    return best


def _with_staying(orders: Mapping[int, Order], standing: Mapping[int, Order], staying: set[int]) -> dict[int, Order]:
    """The orders, but `staying` duties keep what they have, and nobody else has it."""
    kept = {job for duty in staying for job in standing[duty]}
    return {
        duty: standing[duty] if duty in staying else tuple(job for job in jobs if job not in kept)
        for duty, jobs in orders.items()
    }


def as_they_stand(problem: Problem, evaluator: Evaluator | None = None) -> tuple[Route, ...]:
    """The problem's own routes as they would be driven now; what they can keep no more is left out."""
    evaluator = evaluator or Evaluator(Tables(problem))
    return tuple(timing.route for timing in timings(evaluator, feasible_part(evaluator, base_orders(evaluator))))


def _known(evaluator: Evaluator, wanted: Wanted) -> dict[int, Order]:
    """The wanted orders behind what is frozen, as far as the problem knows their names."""
    tables = evaluator.tables
    orders: dict[int, Order] = {duty.index: duty.frozen for duty in tables.duties}
    for duty, jobs in wanted.items():
        if duty in tables.duty_index:
            index = tables.duty_index[duty]
            head = orders[index]
            rest = (tables.job_index[job] for job in jobs if job in tables.job_index)
            orders[index] = (*head, *(job for job in rest if job not in head))
    return orders


def _completed(evaluator: Evaluator, orders: Mapping[int, Order], expected: Collection[str]) -> Solution:
    """What is possible of the orders, and every expected job that fits inserted."""
    problem = evaluator.tables.problem
    possible = [timing.route for timing in timings(evaluator, feasible_part(evaluator, orders))]
    quoter = Quoter(problem, possible, evaluator)
    placed = {problem.jobs[job].id for jobs in quoter.arrays.orders.values() for job in jobs}
    missing = [job for job in problem.jobs if job.id in expected and job.id not in placed]
    price, must = evaluator.tables.leave_out_ms, must_stay(problem)
    for job in sorted(missing, key=lambda one: -price[evaluator.tables.job_index[one.id]]):
        offers = quoter.quote(job.id)
        if offers and (job.id in must or offers[0].cost_ms <= price[evaluator.tables.job_index[job.id]]):
            quoter.put(offers[0].route)
    return assemble(quoter.evaluator, quoter.arrays.orders, "rebase")


def _expected(problem: Problem, wanted: Wanted) -> set[str]:
    """Jobs that should be in the plan: those wanted and those that must stay."""
    return must_stay(problem) | {job for jobs in wanted.values() for job in jobs}


def must_stay(problem: Problem) -> set[str]:
    """Jobs that are in a route now, or mandatory."""
    standing = {stop.job for route in problem.base_routes for stop in route.stops}
    return standing | {job.id for job in problem.jobs if problem.is_mandatory(job)}


def _served(solution: Solution) -> set[str]:
    return {job for route in solution.routes for job in route.jobs}
