"""Whatever is asked, the plan passes the checker, its cost is what the checker counts, and facts stand."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.problem import Problem
from optimizer.solution import Solution
from optimizer.solve import solve
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes

FEATURE_SETS = st.sets(st.sampled_from([*FEATURES, "rush"]), max_size=8).map(frozenset)
SEEDS = st.integers(0, 2**32)
QUICK = Iterations(600)
gently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def problems() -> st.SearchStrategy[Problem]:
    return st.builds(random_problem, SEEDS, st.integers(0, 6), st.integers(1, 3), FEATURE_SETS)


def faults(problem: Problem, solution: Solution) -> list[str]:
    """Violations, except that a mandatory job may not fit."""
    found = check(problem, solution).violations
    return [str(one) for one in found if one.code != "mandatory_unassigned" or one.job in problem.frozen_jobs]


@settings(gently, max_examples=120)
@given(problems(), SEEDS)
def test_every_plan_passes(problem: Problem, seed: int) -> None:
    """Any mix of features."""
    assert faults(problem, solve(problem, QUICK, seed=seed)) == []


@settings(gently, max_examples=80)
@given(problems(), SEEDS)
def test_every_plan_of_a_running_day_passes_and_what_has_begun_stays(problem: Problem, seed: int) -> None:
    """From the plan of the morning, at some moment of the day, with stops begun and frozen."""
    morning = solve(problem, QUICK, seed=seed)
    running = with_base_routes(problem, morning.routes, Random(seed))
    solution = solve(running, QUICK, seed=seed)
    assert faults(running, solution) == []
    for base in running.base_routes:
        route = next(
            (one for one in solution.routes if (one.technician, one.shift) == (base.technician, base.shift)), None
        )
        head = () if route is None else route.jobs[: len(base.frozen)]
        assert head == tuple(stop.job for stop in base.frozen)


@settings(gently, max_examples=60)
@given(st.builds(random_problem, SEEDS, st.integers(2, 6), st.just(2), FEATURE_SETS.map(lambda s: s | {"pins"})), SEEDS)
def test_pinned_stops_never_move(problem: Problem, seed: int) -> None:
    """Wherever a pinned job stands, it stands as pinned."""
    for route in solve(problem, QUICK, seed=seed).routes:
        for position, stop in enumerate(route.stops):
            pin = problem.jobs_by_id[stop.job].pin
            if pin is not None:
                assert pin.technician in (None, route.technician)
                assert pin.position in (None, position)
                assert pin.start_s in (None, stop.start_s)


def shifted(problem: Problem, by_s: int) -> Problem:
    """The same problem with every time later, and the horizon as it was."""

    def later(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(later(one) for one in value)
        if not hasattr(value, "__dataclass_fields__"):
            return value
        moved = {}
        for name in value.__dataclass_fields__:
            one = getattr(value, name)
            is_time = name.endswith("_s") and name not in ("duration_s", "overtime_limit_s", "durations_s", "travel_s")
            is_price = name.startswith("travel_s_per") or "price" in name
            moved[name] = one + by_s if is_time and not is_price and one is not None else later(one)
        return replace(value, **moved)  # type: ignore[type-var]

    keep = {"travel": problem.travel, "weights": problem.weights}
    moved = {name: later(getattr(problem, name)) for name in ("technicians", "jobs", "travel_periods", "base_routes")}
    return replace(problem, **keep, **moved)  # type: ignore[arg-type]


@settings(gently, max_examples=50)
@given(problems(), st.integers(-200_000, 200_000))
def test_translation_in_time_changes_nothing(problem: Problem, by_s: int) -> None:
    """The same orders, every start later by as much, the same cost."""
    before, after = solve(problem, QUICK), solve(shifted(problem, by_s), QUICK)
    assert after.cost == before.cost
    assert [route.jobs for route in after.routes] == [route.jobs for route in before.routes]
    starts = [[stop.start_s + by_s for stop in route.stops] for route in before.routes]
    assert [[stop.start_s for stop in route.stops] for route in after.routes] == starts
