"""A plan that is mutated so that it truly breaks something never passes the checker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.problem import Problem
from optimizer.solution import Cost, Route, Solution, Stop, Unassigned
from optimizer.solve import solve
from tests.property.optimizer.random_problems import FEATURES, random_problem

Mutation = Callable[[Problem, Solution, Random], Solution | None]


def _changed(solution: Solution, route: Route, new: Route) -> Solution:
    return replace(solution, routes=tuple(new if one is route else one for one in solution.routes))


def _with_stop(solution: Solution, random: Random, change: Callable[[Stop], Stop]) -> Solution:
    route = random.choice(solution.routes)
    at = random.randrange(len(route.stops))
    stops = (*route.stops[:at], change(route.stops[at]), *route.stops[at + 1 :])
    return _changed(solution, route, replace(route, stops=stops))


def longer_service(problem: Problem, solution: Solution, random: Random) -> Solution:
    return _with_stop(solution, random, lambda stop: replace(stop, finish_s=stop.finish_s + 1))


def less_travel(problem: Problem, solution: Solution, random: Random) -> Solution:
    return _with_stop(solution, random, lambda stop: replace(stop, travel_s=stop.travel_s - 1))


def served_before_arrival(problem: Problem, solution: Solution, random: Random) -> Solution:
    def early(stop: Stop) -> Stop:
        return replace(stop, start_s=stop.arrive_s - 1, finish_s=stop.arrive_s - 1 + stop.finish_s - stop.start_s)

    return _with_stop(solution, random, early)


def arrives_at_another_time(problem: Problem, solution: Solution, random: Random) -> Solution:
    return _with_stop(solution, random, lambda stop: replace(stop, arrive_s=stop.arrive_s - 1))


def a_job_forgotten(problem: Problem, solution: Solution, random: Random) -> Solution:
    route = random.choice(solution.routes)
    return _changed(solution, route, replace(route, stops=route.stops[:-1]))


def a_job_twice(problem: Problem, solution: Solution, random: Random) -> Solution:
    job = random.choice(solution.routes).jobs[0]
    return replace(solution, unassigned=(*solution.unassigned, Unassigned(job=job)))


def a_break_skipped(problem: Problem, solution: Solution, random: Random) -> Solution | None:
    route = next((one for one in solution.routes if one.pauses), None)
    return None if route is None else _changed(solution, route, replace(route, pauses=route.pauses[1:]))


def a_break_too_late(problem: Problem, solution: Solution, random: Random) -> Solution | None:
    route = next((one for one in solution.routes if one.pauses), None)
    if route is None:
        return None
    first = replace(route.pauses[0], start_s=route.pauses[0].start_s + 20_000, end_s=route.pauses[0].end_s + 20_000)
    return _changed(solution, route, replace(route, pauses=(first, *route.pauses[1:])))


def another_cost(problem: Problem, solution: Solution, random: Random) -> Solution:
    term = random.choice(list(Cost.__dataclass_fields__))
    return replace(solution, cost=replace(solution.cost, **{term: getattr(solution.cost, term) + 1}))


def two_stops_swapped_in_place(problem: Problem, solution: Solution, random: Random) -> Solution | None:
    route = next((one for one in solution.routes if len(one.stops) > 1), None)
    if route is None:
        return None
    a, b = route.stops[:2]
    if a.leave_s == b.leave_s:
        return None
    return _changed(solution, route, replace(route, stops=(b, a, *route.stops[2:])))


def a_route_of_nobody(problem: Problem, solution: Solution, random: Random) -> Solution:
    route = random.choice(solution.routes)
    return _changed(solution, route, replace(route, technician="nobody"))


def a_later_return(problem: Problem, solution: Solution, random: Random) -> Solution:
    route = random.choice(solution.routes)
    return _changed(solution, route, replace(route, end_s=route.end_s + 1))


MUTATIONS: list[Mutation] = [
    longer_service,
    less_travel,
    served_before_arrival,
    arrives_at_another_time,
    a_job_forgotten,
    a_job_twice,
    a_break_skipped,
    a_break_too_late,
    another_cost,
    two_stops_swapped_in_place,
    a_route_of_nobody,
    a_later_return,
]
FEATURE_SETS = st.sets(st.sampled_from(FEATURES), max_size=6).map(frozenset)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.integers(0, 2**32), FEATURE_SETS, st.sampled_from(MUTATIONS))
def test_a_mutant_never_passes(seed: int, features: frozenset[str], mutate: Mutation) -> None:
    """Each mutation breaks something, whatever the problem."""
    problem = random_problem(seed, 4, 2, features)
    solution = solve(problem, Iterations(300))
    assume(solution.routes)
    mutant = mutate(problem, solution, Random(seed))
    assume(mutant is not None)
    assert mutant is not None
    assert not check(problem, mutant).passed
