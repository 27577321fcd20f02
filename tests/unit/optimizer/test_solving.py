"""One entry: budgets, seeds, warm starts, progress, and an end at any moment."""

from __future__ import annotations

import gc
import time
from random import Random

import pytest

from optimizer.budget import FirstOf, Iterations, SoFar, WallClock
from optimizer.check import check
from optimizer.problem import BaseRoute, BaseStop, Problem
from optimizer.solve import solve
from tests.unit.optimizer.one_street import HOUR, job, left_out, orders, plan, shift, street, technician


def busy_street(jobs: int = 24) -> Problem:
    random = Random(7)
    people = [technician("A"), technician("B"), technician("C")]
    return street([job(f"j{n}", at=random.randrange(6000), duration_s=2400) for n in range(jobs)], people)


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    """Twice the same, to the second."""
    assert plan(busy_street(), 5000, seed=3) == plan(busy_street(), 5000, seed=3)


def test_more_iterations_are_never_worse() -> None:
    """The best so far is kept."""
    few, many = plan(busy_street(), 50), plan(busy_street(), 20_000)
    assert many.cost.total_ms <= few.cost.total_ms


def test_the_wall_clock_ends_the_search() -> None:
    """Half a second, with some grace for a busy machine."""
    started = time.monotonic()
    solve(busy_street(), WallClock(0.5))
    assert time.monotonic() - started < 3


def test_whichever_budget_is_spent_first_ends_the_search() -> None:
    """After so many steps, whatever the clock says; the engine looks once in 256 at the most."""
    steps: list[int] = []
    budget = FirstOf(WallClock(60), Iterations(1000))
    solution = solve(street([job("j")]), budget, progress=lambda so_far: steps.append(so_far.iterations))
    assert not left_out(solution)
    assert max(steps) <= 1000 + 256


@pytest.mark.parametrize("budget", [WallClock(0.0), Iterations(0)])
def test_with_no_budget_the_base_routes_are_the_plan(budget: WallClock | Iterations) -> None:
    """Nothing is searched, nothing is lost."""
    base = (BaseRoute(technician="A", stops=(BaseStop(job="b", start_s=600), BaseStop(job="a", start_s=4000))),)
    problem = street([job("a", at=100), job("b", at=200), job("c")], base_routes=base)
    solution = solve(problem, budget)
    assert orders(solution)["A"][:2] == ("b", "a")
    assert check(problem, solution).passed


def test_who_has_gone_home_does_not_keep_the_others_from_working() -> None:
    """One shift was over an hour ago, the other is not; everything goes to the other."""
    early, late = technician("A", shift(end_s=2 * HOUR)), technician("B", shift())
    problem = street([job("a"), job("b")], [early, late], now_s=3 * HOUR)
    assert set(orders(plan(problem))) == {"B"}
    assert check(problem, plan(problem)).passed


def test_a_start_is_never_made_worse() -> None:
    """From a good plan, with hardly any budget, comes one at least as good."""
    good = plan(busy_street(), 20_000)
    assert solve(busy_street(), Iterations(1), start=good).cost.total_ms <= good.cost.total_ms


def test_an_impossible_start_is_used_as_far_as_it_goes() -> None:
    """A plan for a longer day, started from in a shorter one."""
    long_day = plan(busy_street())
    short = street(list(busy_street().jobs[:5]), [technician("A"), technician("B"), technician("C")])
    start = [route for route in long_day.routes if all(name in short.jobs_by_id for name in route.jobs)]
    assert check(short, solve(short, Iterations(100), start=start)).passed


def test_progress_reports_better_plans_and_may_end_the_search() -> None:
    """Stopped at the first plan that serves anybody: the plan is complete and passes."""
    seen: list[SoFar] = []

    def enough(so_far: SoFar) -> bool:
        seen.append(so_far)
        return so_far.served == 0

    solution = solve(busy_street(), WallClock(30), progress=enough)
    assert seen[-1].served > 0
    assert seen[-1].elapsed_s < 20
    assert check(busy_street(), solution).passed


def test_an_interrupt_ends_with_the_best_so_far() -> None:
    """Ctrl-C while searching."""

    def interrupt(so_far: SoFar) -> None:
        if so_far.served:
            raise KeyboardInterrupt

    solution = solve(busy_street(), WallClock(30), progress=interrupt)
    assert check(busy_street(), solution).passed


def test_costs_reported_fall() -> None:
    """Each better plan is cheaper than the one before."""
    costs: list[int] = []

    def note(so_far: SoFar) -> None:
        costs.append(so_far.cost_ms or 0)

    solve(busy_street(), Iterations(5000), progress=note)
    assert costs == sorted(costs, reverse=True)


def test_an_unknown_engine_is_refused() -> None:
    """By name."""
    with pytest.raises(KeyError):
        solve(street([]), Iterations(1), engine="wishful")


def test_a_search_leaves_nothing_behind() -> None:
    """The solver keeps callbacks where Python cannot see them: its model must be freed all the same."""

    def models() -> int:
        gc.collect()
        return sum(type(one).__name__ == "RoutingModel" for one in gc.get_objects())

    before = models()
    plan(busy_street())
    assert models() <= before


def test_what_progress_raises_comes_out() -> None:
    """An error in the caller's callback is not swallowed by the solver."""

    def fail(so_far: SoFar) -> None:
        if so_far.iterations > 2000:
            raise ValueError("the caller's own")

    with pytest.raises(ValueError, match="own"):
        solve(busy_street(), Iterations(50_000), progress=fail)
