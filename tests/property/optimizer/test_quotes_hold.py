"""Every quote carried out passes the checker and costs what was said, and none is missed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.problem import Problem, Window
from optimizer.quote import Offer, Quoter
from optimizer.recount import recount
from optimizer.solution import Route, Solution, Unassigned
from optimizer.solve import solve
from optimizer.travel_model import TravelMatrix
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_a_plan, with_base_routes

FEATURE_SETS = st.sets(st.sampled_from([*FEATURES, "rush"]), max_size=6).map(frozenset)


def with_offer(routes: tuple[Route, ...], offer: Offer) -> tuple[Route, ...]:
    others = (one for one in routes if (one.technician, one.shift) != (offer.technician, offer.shift))
    return (*others, offer.route)


def as_plan(problem: Problem, routes: tuple[Route, ...]) -> Solution:
    served = {job for route in routes for job in route.jobs}
    left = tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served)
    return Solution(routes=routes, unassigned=left, cost=recount(problem, routes), engine="quote")


def cheapest_by_trying(quoter: Quoter, job: int, window: Window) -> int | None:
    """The least increase over every position of every route with a start in the window, exactly timed."""
    evaluator, orders = quoter.evaluator, quoter.arrays.orders
    unfair_ms = evaluator.unfairness_ms(orders)
    found = []
    for duty, jobs in orders.items():
        for position in range(len(jobs) + 1):
            order = (*jobs[:position], job, *jobs[position:])
            timing = evaluator.timing_within(duty, order, job, window)
            if timing is not None:
                more_ms = timing.cost.total_ms - (evaluator.cost_ms(duty, jobs) or 0)
                found.append(more_ms + evaluator.unfairness_ms({**orders, duty: order}) - unfair_ms)
    return min(found, default=None)


def with_crooked_ways(problem: Problem, random: Random) -> Problem:
    """The same, where a detour may be quicker than the direct way, and the way back is another."""
    travel_s = problem.travel.travels_s(problem.places).copy()
    for row in travel_s:
        row[:] = [value * random.choice([1, 1, 1, 2]) for value in row]
    return replace(problem, travel=TravelMatrix(travel_s=travel_s))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans(), st.booleans())
def test_quotes_hold_and_none_is_missed(seed: int, features: frozenset[str], running: bool, crooked: bool) -> None:
    """On a morning's plan or in the middle of the day; in slots of an hour, each at its cheapest."""
    random = Random(seed)
    problem = random_problem(seed, 6, 2, features)
    if crooked:
        problem = with_crooked_ways(problem, random)
    new = problem.jobs[-1].id
    rest = replace(problem, jobs=problem.jobs[:-1], places=problem.places)
    routes = solve(rest, Iterations(200), engine="reference").routes
    if running:
        problem = with_base_routes(problem, routes, random)
        routes = tuple(route for route in routes if route.stops)
    else:
        problem = with_a_plan(problem, random)
    quoter = Quoter(problem, None if running else routes)
    plan = tuple(
        timing.route
        for duty, jobs in sorted(quoter.arrays.orders.items())
        if jobs and (timing := quoter.evaluator.timing(duty, jobs)) is not None
    )
    slots = [Window(start_s=hour * 3600, end_s=hour * 3600 + 3599) for hour in range(30)]
    offers = quoter.quote(new, slots)
    _hold(problem, plan, new, offers)
    index = quoter.evaluator.tables.job_index[new]
    tried = {slot: cheapest_by_trying(quoter, index, slot) for slot in slots}
    assert {one.window: one.cost_ms for one in offers} == {
        slot: cost for slot, cost in tried.items() if cost is not None
    }


def _hold(problem: Problem, plan: tuple[Route, ...], new: str, offers: list[Offer]) -> None:
    before = recount(problem, plan).total_ms
    alone = problem.jobs_by_id[new]
    leaving_out = recount(replace(problem, jobs=(alone,), base_routes=()), []).unserved_ms
    for offer in offers:
        solution = as_plan(problem, with_offer(plan, offer))
        found = [one for one in check(problem, solution).violations if one.code != "mandatory_unassigned"]
        assert found == []
        stop = offer.route.stops[offer.position]
        assert (stop.job, stop.start_s) == (new, offer.start_s)
        assert offer.window.start_s <= offer.start_s <= offer.window.end_s
        unfair = "unfairness" if problem.weights.unfairness_price_ms_per_s and problem.travel_periods else ""
        if not unfair:
            assert solution.cost.total_ms - before + leaving_out == offer.cost_ms
