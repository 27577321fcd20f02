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
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes

FEATURE_SETS = st.sets(st.sampled_from([*FEATURES, "rush"]), max_size=6).map(frozenset)


def with_offer(routes: tuple[Route, ...], offer: Offer) -> tuple[Route, ...]:
    others = (one for one in routes if (one.technician, one.shift) != (offer.technician, offer.shift))
    return (*others, offer.route)


def as_plan(problem: Problem, routes: tuple[Route, ...]) -> Solution:
    served = {job for route in routes for job in route.jobs}
    left = tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served)
    return Solution(routes=routes, unassigned=left, cost=recount(problem, routes), engine="quote")


def cheapest_by_trying(quoter: Quoter, job: int) -> int | None:
    """The least increase over every position of every route, exactly timed."""
    evaluator, orders = quoter.evaluator, quoter.arrays.orders
    before = evaluator.total_ms(orders)
    assert before is not None
    found = []
    for duty, jobs in orders.items():
        for position in range(len(jobs) + 1):
            after = evaluator.total_ms({**orders, duty: (*jobs[:position], job, *jobs[position:])})
            if after is not None:
                found.append(after + evaluator.tables.leave_out_ms[job] - before)
    return min(found, default=None)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans())
def test_quotes_hold_and_none_is_missed(seed: int, features: frozenset[str], running: bool) -> None:
    """On a morning's plan or in the middle of the day; in its own windows and in slots of an hour."""
    random = Random(seed)
    problem = random_problem(seed, 6, 2, features)
    new = problem.jobs[-1].id
    rest = replace(problem, jobs=problem.jobs[:-1], places=problem.places)
    routes = solve(rest, Iterations(200)).routes
    if running:
        problem = with_base_routes(problem, routes, random)
        routes = tuple(route for route in routes if route.stops)
    quoter = Quoter(problem, None if running else routes)
    plan = tuple(
        timing.route
        for duty, jobs in sorted(quoter.arrays.orders.items())
        if jobs and (timing := quoter.evaluator.timing(duty, jobs)) is not None
    )
    slots = [Window(start_s=hour * 3600, end_s=hour * 3600 + 3599) for hour in range(30)]
    offers = quoter.quote(new, slots)
    _hold(problem, plan, new, offers)
    best = min((offer.cost_ms for offer in offers), default=None)
    if not problem.travel_periods:
        trying = cheapest_by_trying(quoter, quoter.evaluator.tables.job_index[new])
        assert best == trying


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
