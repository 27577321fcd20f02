"""Days kept each by itself answer as the whole problem does, for jobs that they have never heard of."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.problem import Place, Problem, Window
from optimizer.quote import Offer, Quoter
from optimizer.quoting.atlas import Atlas, lone_days
from optimizer.quoting.lone_days import LoneDays
from optimizer.quoting.together import Wanted, quote_together
from optimizer.recount import recount
from optimizer.solution import Route, Solution, Unassigned
from optimizer.solve import solve
from optimizer.travel_model import SpeedModel
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes

#: unfairness is a matter of whole crews; half of the days have rush hours
FEATURE_SETS = st.builds(
    lambda one, rush: frozenset(one - {"unfairness"} | rush),
    st.sets(st.sampled_from(FEATURES), max_size=6),
    st.sampled_from([set(), {"rush"}]),
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


def standing_of(known: Problem, new: int) -> tuple[LoneDays, Atlas]:
    """The days without a word of the new jobs: with coordinates, not even of their places."""
    if isinstance(known.travel, SpeedModel):
        known = replace(known, places=known.places[:-new])
    atlas = Atlas(known)
    return lone_days(known, atlas), atlas


def faults(problem: Problem, routes: dict[tuple[str, int], Route]) -> list[str]:
    served = {job for route in routes.values() for job in route.jobs}
    left = tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served)
    plan = tuple(routes.values())
    solution = Solution(routes=plan, unassigned=left, cost=recount(problem, plan), engine="quote")
    return [one.code for one in check(problem, solution).violations if one.code != "mandatory_unassigned"]


def routes_of(days: LoneDays) -> dict[tuple[str, int], Route]:
    timings = [day.timing for day in days.days.values()]
    return {(one.route.technician, one.route.shift): one.route for one in timings if one is not None}


def said(found: list[tuple[int, Offer]]) -> list[tuple[Window, int]]:
    return [(offer.window, offer.cost_ms) for _, offer in found]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans(), st.booleans())
def test_a_job_nobody_knew_is_quoted_as_if_it_had_been_in_the_problem(
    seed: int, features: frozenset[str], globe: bool, running: bool
) -> None:
    """With a matrix or with coordinates of a place never seen, before the day or in the middle of it."""
    whole, known = day_with_news(seed, features, 1, globe=globe, running=running)
    new = whole.jobs[-1]
    days, atlas = standing_of(known, 1)
    found = days.quote(new, SLOTS, atlas.reach(whole.places[-1]))
    expected = {one.window: one.cost_ms for one in Quoter(whole).quote(new.id, SLOTS)}
    assert dict(said(found)) == expected
    for name, offer in found:
        assert offer.window.start_s <= offer.start_s <= offer.window.end_s
        after = {**routes_of(days), (offer.technician, offer.shift): offer.route}
        assert faults(whole, after) == []
        assert _driven_ms(whole, after) - _driven_ms(whole, routes_of(days)) == offer.cost_ms
        assert (days.days[name].duty.technician.id, days.days[name].duty.shift_index) == (offer.technician, offer.shift)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), FEATURE_SETS, st.booleans(), st.booleans())
def test_several_jobs_quoted_together_can_all_be_kept(
    seed: int, features: frozenset[str], globe: bool, running: bool
) -> None:
    """The plan with all of them passes the checker and costs what was said; afterwards nothing has changed."""
    whole, known = day_with_news(seed, features, 3, globe=globe, running=running)
    days, atlas = standing_of(known, 3)
    atlas.add(whole.places[-3:])
    wanted = [
        Wanted(job=job, windows=SLOTS, place=atlas.index[place.id], reach=atlas.reach(place))
        for job, place in zip(whole.jobs[-3:], whole.places[-3:], strict=True)
    ]
    before = routes_of(days)
    alone = [said(days.quote(w.job, w.windows, w.reach)) for w in wanted]
    together = quote_together(days, wanted)
    timings = [day.timing for day in together.days.values()]
    changed = {(one.route.technician, one.route.shift): one.route for one in timings if one is not None}
    after = {**before, **changed}
    assert faults(whole, after) == []
    placed = {stop.job: stop.start_s for route in after.values() for stop in route.stops}
    for one, found in zip(wanted, together.offers, strict=True):
        assert (found is not None) == (one.job.id in placed)
        if found is not None:
            name, offer = found
            assert offer.window.start_s <= placed[one.job.id] <= offer.window.end_s
            assert one.job.id in {job.id for job in together.days[name].problem.jobs}
    assert together.cost_ms == _driven_ms(whole, after) - _driven_ms(whole, before)
    assert [said(days.quote(w.job, w.windows, w.reach)) for w in wanted] == alone
    assert routes_of(days) == before
    assert quote_together(days, wanted, shut=tuple(days.days)).offers == (None,) * len(wanted)
    for index in together.order:  # whoever goes the same way one by one finds the same
        one, cheapest = wanted[index], days.quote(wanted[index].job, wanted[index].windows, wanted[index].reach)[:1]
        assert said(cheapest) == said(list(filter(None, [together.offers[index]])))
        for name, offer in cheapest:
            days.put(name, days.days[name].carrying(one.job, one.reach, one.place, offer))


def _driven_ms(problem: Problem, routes: dict[tuple[str, int], Route]) -> int:
    """What routes cost, jobs left out not counted."""
    cost = recount(problem, tuple(routes.values()))
    return cost.total_ms - cost.unserved_ms


def test_a_day_that_changed_is_seen_and_the_others_stay() -> None:
    """Booking one job takes its room from the next."""
    for features in (frozenset[str](), frozenset({"rush", "promises"})):
        whole, known = day_with_news(7, features, 2, globe=True, running=False)
        days, atlas = standing_of(known, 2)
        atlas.add(whole.places[-2:])
        first, second = whole.jobs[-2:]
        there, then = (atlas.reach(place) for place in whole.places[-2:])
        name, offer = days.quote(first, SLOTS, there)[0]
        others = {other: day for other, day in days.days.items() if other != name}
        days.put(name, days.days[name].carrying(first, there, atlas.index[whole.places[-2].id], offer))
        timing = days.days[name].timing
        assert timing is not None
        assert timing.route == offer.route
        assert {other: day for other, day in days.days.items() if other != name} == others
        routes = routes_of(days).values()
        kept = replace(first, windows=(offer.window,))
        jobs = (*whole.jobs[:-2], kept, second)
        expected = Quoter(replace(whole, jobs=jobs, base_routes=()), routes).quote(second.id, SLOTS)
        assert said(days.quote(second, SLOTS, then)) == [(one.window, one.cost_ms) for one in expected]


def test_days_asked_together_are_driven_at_the_same_hours() -> None:
    days, _ = standing_of(random_problem(1, 3, 2, frozenset()), 0)
    slower, _ = standing_of(random_problem(1, 3, 2, frozenset({"rush"})), 0)
    with pytest.raises(ValueError, match="hours"):
        days.put(0, slower.days[0])
