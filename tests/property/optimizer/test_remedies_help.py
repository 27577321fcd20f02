"""Every change that is offered makes the job fit, costs what was said, and is as small as it can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.assembly import assemble, base_orders, feasible_part, orders_of
from optimizer.check import check
from optimizer.evaluation import Evaluator
from optimizer.insertion import cheapest_insertion
from optimizer.problem import Problem
from optimizer.recount import recount
from optimizer.remedies.changes import (
    Change,
    EarlierRelease,
    EarlierWindow,
    InsteadOf,
    LaterDeadline,
    LaterWindow,
    MoreOvertime,
    MovedLimit,
)
from optimizer.remedies.proof import Remedy
from optimizer.remedies.room import with_longer_days
from optimizer.remedies.search import MOST_OVERTIME_S, Remedies
from optimizer.route_arrays import RouteArrays
from optimizer.solution import Route, Solution, Unassigned
from optimizer.tables import Tables, leave_out_ms
from tests.property.optimizer.random_problems import FEATURES, HOUR, random_problem, with_base_routes

FEATURE_SETS = st.sets(st.sampled_from([*FEATURES, "rush"]), max_size=6).map(frozenset)
ALL_LIMITS = frozenset({"skills", "parts", "windows", "release", "wishes", "overtime"})


def changed(problem: Problem, job: str, changes: Iterable[Change]) -> Problem:
    for change in changes:
        problem = change.applied(problem, job)
    return problem


def filled(problem: Problem) -> Solution:
    """A plan that takes one job after the other where it costs least, until nothing fits any more."""
    evaluator = Evaluator(Tables(problem))
    arrays = RouteArrays(evaluator, {})
    for job in range(len(problem.jobs)):
        found = cheapest_insertion(arrays, job, arrays.feasible(job))
        if found is not None:
            arrays.put(found[1], found[2])
    return assemble(evaluator, arrays.orders, "filled")


def carried_out(problem: Problem, solution: Solution, remedy: Remedy) -> Solution:
    """The whole plan with the remedy's route in it."""
    mine = (remedy.route.technician, remedy.route.shift)
    routes = (*(one for one in solution.routes if (one.technician, one.shift) != mine), remedy.route)
    served = {job for route in routes for job in route.jobs}
    left = tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served)
    return Solution(routes=routes, unassigned=left, cost=recount(problem, routes), engine="remedy")


def route_before(solution: Solution, remedy: Remedy) -> tuple[str, ...]:
    mine = (remedy.route.technician, remedy.route.shift)
    return next((one.jobs for one in solution.routes if (one.technician, one.shift) == mine), ())


def driven_ms(problem: Problem, routes: Sequence[Route]) -> int:
    """What routes cost, what is left out and unfairness aside."""
    cost = recount(problem, routes)
    return cost.total_ms - cost.unserved_ms - cost.unfairness_ms


def fits_anywhere(problem: Problem, solution: Solution, job: str, only: tuple[str, int] | None) -> bool:
    """Whether any place in any route (or `only` this one) would do, by trying them all."""
    evaluator = Evaluator(Tables(problem))
    orders = orders_of(evaluator, solution.routes)
    index = evaluator.tables.job_index[job]
    for duty in evaluator.tables.duties:
        order = orders.get(duty.index, ())
        if only is None or only == (duty.technician.id, duty.shift_index):
            tried = [(*order[:at], index, *order[at:]) for at in range(len(order) + 1)]
            if any(evaluator.cost_ms(duty.index, one) is not None for one in tried):
                return True
    return False


def far_changed(problem: Problem, job: str) -> list[Problem]:
    """The problem with each limit of time lifted, on its own: everyone stays longer; the job may come at any time."""
    asked, day_s = problem.jobs_by_id[job], 24 * HOUR
    limits: list[MovedLimit] = []
    for window in asked.windows:
        limits += [EarlierWindow(day_s // 60, window), LaterWindow(day_s // 60, window)]
    if asked.release_s is not None:
        limits.append(EarlierRelease(day_s // 60, asked.release_s))
    if asked.deadline_s is not None:
        limits.append(LaterDeadline(day_s // 60, asked.deadline_s))
    return [with_longer_days(problem, MOST_OVERTIME_S), *(limit.applied(problem, job) for limit in limits)]


def is_tight(problem: Problem, solution: Solution, remedy: Remedy) -> bool:
    """Whether one minute less of the last change would not do: of overtime for them, of a limit for anybody."""
    *others, last = remedy.changes
    if not isinstance(last, MoreOvertime | MovedLimit):
        return True
    less = changed(problem, remedy.job, (*others, replace(last, minutes=last.minutes - 1)))
    only = (remedy.route.technician, remedy.route.shift) if isinstance(last, MoreOvertime) else None
    return not fits_anywhere(less, solution, remedy.job, only)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans())
def test_every_remedy_helps(seed: int, features: frozenset[str], running: bool) -> None:
    """Days with more work than time, in the morning or while they run; no help only where none would do."""
    problem = random_problem(seed, 9, 2, features, shift_s=3 * HOUR)
    solution = filled(problem)
    if running and any(route.stops for route in solution.routes):
        problem = with_base_routes(problem, [route for route in solution.routes if route.stops], Random(seed))
        evaluator = Evaluator(Tables(problem))
        solution = assemble(evaluator, feasible_part(evaluator, base_orders(evaluator)), "standing")
    search = Remedies(problem, solution)
    for one in solution.unassigned:
        found = search.of(one.job)
        for remedy in found:
            _helps(problem, solution, remedy)
        if not found and one.job not in problem.frozen_jobs:
            lifted = far_changed(problem, one.job)
            assert not any(fits_anywhere(far, solution, one.job, None) for far in lifted)


def _helps(problem: Problem, solution: Solution, remedy: Remedy) -> None:
    after = changed(problem, remedy.job, remedy.changes)
    plan = carried_out(after, solution, remedy)
    found = [v for v in check(after, plan).violations if v.code != "mandatory_unassigned" or v.job == remedy.job]
    assert found == []
    dropped = {change.dropped for change in remedy.changes if isinstance(change, InsteadOf)}
    others = tuple(job for job in remedy.route.jobs if job != remedy.job)
    assert others == tuple(job for job in route_before(solution, remedy) if job not in dropped)
    for job in dropped:
        worth = [leave_out_ms(problem, problem.jobs_by_id[name]) for name in (job, remedy.job)]
        assert worth[0] < worth[1]
    price_ms = sum(change.price_ms(problem) for change in remedy.changes)
    assert remedy.price_ms - price_ms == driven_ms(after, plan.routes) - driven_ms(problem, solution.routes)
    assert is_tight(problem, solution, remedy)


def test_every_kind_of_remedy_is_offered_somewhere() -> None:
    """So that the test above says something about each."""
    offered = set()
    for seed in range(60):
        problem = random_problem(seed, 9, 2, ALL_LIMITS, shift_s=3 * HOUR)
        solution = filled(problem)
        search = Remedies(problem, solution)
        found = [remedy for one in solution.unassigned for remedy in search.of(one.job, most=9)]
        offered |= {change.code for remedy in found for change in remedy.changes}
    kinds = {kind.code for kind in (*Change.__subclasses__(), *MovedLimit.__subclasses__())}
    assert kinds - offered <= {MovedLimit.code, "at_that_price"}
