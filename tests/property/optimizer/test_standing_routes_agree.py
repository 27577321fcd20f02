"""Routes kept day by day answer as the whole problem does, for jobs that they have never heard of."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.problem import Place, Problem, Weights, Window
from optimizer.quote import Quoter
from optimizer.quoting.standing_routes import StandingRoutes
from optimizer.quoting.together import Wanted, quote_together
from optimizer.recount import recount
from optimizer.solution import Route, Solution, Unassigned
from optimizer.solve import solve
from optimizer.travel_model import SpeedModel
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes

FEATURE_SETS = st.sets(st.sampled_from([*FEATURES, "rush"]), max_size=6).map(
    lambda one: frozenset(one - {"unfairness"})
)
SLOTS = tuple(Window(start_s=hour * 3600, end_s=hour * 3600 + 3599) for hour in range(30))


def on_the_globe(problem: Problem, random: Random) -> Problem:
    """The same job for job, at coordinates."""
    places = tuple(
        Place(id=place.id, lat=32 + random.uniform(-0.1, 0.1), lon=118 + random.uniform(-0.1, 0.1))
        for place in problem.places
    )
    return replace(problem, places=places, travel=SpeedModel(speed_km_per_h=35))


def day_with_news(
    seed: int, features: frozenset[str], news: int, *, globe: bool, running: bool
) -> tuple[Problem, Problem]:
    """A problem whose last jobs are new, and the same without them; the others stand in base routes."""
    random = Random(seed)
    problem = random_problem(seed, 6 + news, 2, features)
    if globe:
        problem = on_the_globe(problem, random)
    rest = replace(problem, jobs=problem.jobs[:-news])
    routes = solve(rest, Iterations(100), engine="reference").routes
    whole = with_base_routes(problem, routes, random if running else Random(0))
    if not running:
        whole = replace(
            whole,
            base_routes=tuple(
                replace(
                    route,
                    stops=tuple(replace(stop, begun=False) for stop in route.stops),
                    freeze_before_s=None,
                    breaks_done=0,
                )
                for route in whole.base_routes
            ),
        )
    return whole, replace(whole, jobs=whole.jobs[:-news])


def standing_of(known: Problem, new: int) -> StandingRoutes:
    """The routes without a word of the new jobs: with coordinates, not even of their places."""
    if isinstance(known.travel, SpeedModel):
        known = replace(known, places=known.places[:-new])
    return StandingRoutes(known)


def faults(problem: Problem, routes: dict[tuple[str, int], Route]) -> list[str]:
    served = {job for route in routes.values() for job in route.jobs}
    left = tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served)
    plan = tuple(routes.values())
    solution = Solution(routes=plan, unassigned=left, cost=recount(problem, plan), engine="quote")
    return [one.code for one in check(problem, solution).violations if one.code != "mandatory_unassigned"]


def routes_of(standing: StandingRoutes) -> dict[tuple[str, int], Route]:
    return {name: route for name in standing.rows if (route := standing.route_of(*name)) is not None}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans(), st.booleans())
def test_a_job_nobody_knew_is_quoted_as_if_it_had_been_in_the_problem(
    seed: int, features: frozenset[str], globe: bool, running: bool
) -> None:
    """With a matrix or with coordinates of a place never seen, before the day or in the middle of it."""
    whole, known = day_with_news(seed, features, 1, globe=globe, running=running)
    new = whole.jobs[-1]
    standing = standing_of(known, 1)
    offers = standing.quote(new, SLOTS, whole.places[-1])
    expected = {one.window: one.cost_ms for one in Quoter(whole).quote(new.id, SLOTS)}
    assert {one.window: one.cost_ms for one in offers} == expected
    for offer in offers:
        assert offer.window.start_s <= offer.start_s <= offer.window.end_s
        assert faults(whole, {**routes_of(standing), (offer.technician, offer.shift): offer.route}) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans(), st.booleans())
def test_several_jobs_quoted_together_can_all_be_kept(
    seed: int, features: frozenset[str], globe: bool, running: bool
) -> None:
    """The plan with all of them passes the checker and costs what was said; afterwards nothing has changed."""
    whole, known = day_with_news(seed, features, 3, globe=globe, running=running)
    standing = standing_of(known, 3)
    wanted = [
        Wanted(job=job, windows=SLOTS, place=place)
        for job, place in zip(whole.jobs[-3:], whole.places[-3:], strict=True)
    ]
    before = routes_of(standing)
    alone = [[(one.window, one.cost_ms) for one in standing.quote(w.job, w.windows, w.place)] for w in wanted]
    together = quote_together(standing, wanted)
    after = {**before, **{(route.technician, route.shift): route for route in together.routes}}
    assert faults(whole, after) == []
    placed = {stop.job: stop.start_s for route in after.values() for stop in route.stops}
    for one, offer in zip(wanted, together.offers, strict=True):
        assert (offer is not None) == (one.job.id in placed)
        if offer is not None:
            assert offer.window.start_s <= placed[one.job.id] <= offer.window.end_s
    assert together.cost_ms == _driven_ms(whole, after) - _driven_ms(whole, before)
    assert [[(one.window, one.cost_ms) for one in standing.quote(w.job, w.windows, w.place)] for w in wanted] == alone
    assert routes_of(standing) == before


def _driven_ms(problem: Problem, routes: dict[tuple[str, int], Route]) -> int:
    """What routes cost, jobs left out not counted."""
    cost = recount(problem, tuple(routes.values()))
    return cost.total_ms - cost.unserved_ms


def test_a_route_that_changed_is_seen_and_the_others_stay() -> None:
    """Booking one job takes its room from the next."""
    whole, known = day_with_news(7, frozenset(), 2, globe=True, running=False)
    standing = standing_of(known, 2)
    first, second = whole.jobs[-2:]
    offer = standing.quote(first, place=whole.places[-2])[0]
    name = offer.technician, offer.shift
    others = {other: standing.jobs_of(*other) for other in standing.rows if other != name}
    jobs = standing.jobs_of(*name)
    standing.put(*name, (*jobs[: offer.position], first, *jobs[offer.position :]), [whole.places[-2]])
    assert standing.route_of(*name) == offer.route
    assert {other: standing.jobs_of(*other) for other in others} == others
    routes = routes_of(standing).values()
    expected = Quoter(replace(whole, base_routes=()), routes).quote(second.id, SLOTS)
    found = standing.quote(second, SLOTS, whole.places[-1])
    assert [(one.window, one.cost_ms) for one in found] == [(one.window, one.cost_ms) for one in expected]


def test_unfairness_is_a_matter_of_whole_crews() -> None:
    """It has no price route by route."""
    problem = random_problem(1, 3, 2, frozenset())
    with pytest.raises(ValueError, match="unfairness"):
        StandingRoutes(replace(problem, weights=Weights(unfairness_price_ms_per_s=100)))
