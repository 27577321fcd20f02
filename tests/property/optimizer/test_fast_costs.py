"""The compiled search prices routes as the exact evaluator does, whatever the day asks and however far it has run."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from unittest.mock import patch

import numpy as np
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.evaluation import Evaluator, Order
from optimizer.fast import fast_engine
from optimizer.fast.anneal import anneal
from optimizer.fast.best_places import best_place
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import BEST, NOW, Chain, best_orders, new_chain
from optimizer.fast.drives import new_work
from optimizer.fast.increase import increase_ms
from optimizer.fast.layout import END_NODE, HEAD, IS_PLAIN, LEFT_OUT_MS, NOBODY, START_NODE, Layout
from optimizer.fast.pieces import IMPOSSIBLE
from optimizer.fast.route_cost import route_cost
from optimizer.fast.ruin import Settings
from optimizer.problem import Problem
from optimizer.solve import FAST, solve
from optimizer.tables import Tables
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes

FEATURE_SETS = st.sets(st.sampled_from([*FEATURES, "rush"]), max_size=8).map(frozenset)
SEEDS = st.integers(0, 2**32)
gently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def days(draw: st.DrawFn) -> Problem:
    """A morning with nothing planned, or some moment of a day that runs."""
    problem = draw(st.builds(random_problem, SEEDS, st.integers(1, 7), st.integers(1, 3), FEATURE_SETS))
    if not draw(st.booleans()):
        return problem
    routes = solve(problem, Iterations(100), seed=1, engine=FAST).routes
    return with_base_routes(problem, routes, Random(draw(SEEDS)))


@settings(gently, max_examples=150)
@given(days(), SEEDS)
def test_every_order_costs_the_same(problem: Problem, seed: int) -> None:
    """Ten random orders on random duties, possible in time or not."""
    random, evaluator = Random(seed), Evaluator(Tables(problem))
    tables = evaluator.tables
    clock = layout_of(tables).clock
    work = new_work(clock)
    for _ in range(10):
        duty = random.choice(tables.duties)
        loose = [job for job in range(len(problem.jobs)) if job not in tables.frozen_duty]
        order = (*duty.frozen, *random.sample(loose, random.randint(0, min(5, len(loose)))))
        if not order or not evaluator.may_stand(duty, order):
            continue
        ends = clock.duties[duty.index, START_NODE], clock.duties[duty.index, END_NODE]
        nodes = np.array([ends[0], *order, ends[1]], dtype=np.int32)
        cost = int(route_cost(clock, duty.index, nodes, len(order), work))
        event("possible" if cost < IMPOSSIBLE else "impossible")
        assert (None if cost >= IMPOSSIBLE else cost) == evaluator.cost_ms(duty.index, order)


@settings(gently, max_examples=100)
@given(days(), SEEDS, st.integers(1, 2))
def test_the_best_plan_of_a_search_passes_and_costs_what_the_search_says(
    problem: Problem, seed: int, cores: int
) -> None:
    """After 600 steps; with rush hours the search takes the spread of spare time at the usual speed."""
    assume(not (problem.travel_periods and problem.weights.unfairness_price_ms_per_s))
    chains: list[Chain] = []

    def noted(layout: Layout, orders: Mapping[int, Order], seed: int) -> Chain:
        chains.append(new_chain(layout, orders, seed))
        return chains[-1]

    with patch.object(fast_engine, "new_chain", noted):
        solution = solve(problem, Iterations(600), seed=seed, engine=FAST, cores=cores)
    found = check(problem, solution)
    faults = [one for one in found.violations if one.code != "mandatory_unassigned" or one.job in problem.frozen_jobs]
    assert faults == []
    evaluator = Evaluator(Tables(problem))
    for chain in chains:
        assert int(chain.numbers[BEST]) == evaluator.total_ms(best_orders(chain))
    assert solution.cost.total_ms == min(int(chain.numbers[BEST]) for chain in chains)


def searching(problem: Problem, seed: int) -> tuple[Evaluator, Layout, Chain]:
    """A search that has kept some steps and taken others back."""
    evaluator = Evaluator(Tables(problem))
    layout = layout_of(evaluator.tables)
    chain = new_chain(layout, {duty.index: duty.frozen for duty in evaluator.tables.duties}, seed)
    anneal(layout, chain, Settings(), 1 + seed % 40, 2e6, 1e5, 1.0)
    return evaluator, layout, chain


def route_now(chain: Chain, duty: int) -> Order:
    return tuple(int(job) for job in chain.nodes[NOW, duty, 1 : chain.size[NOW, duty] + 1])


def left_out(evaluator: Evaluator, chain: Chain) -> list[int]:
    served = {job for duty in evaluator.tables.duties for job in route_now(chain, duty.index)}
    return [job for job in range(len(evaluator.tables.problem.jobs)) if job not in served]


@settings(gently, max_examples=150)
@given(days(), SEEDS)
def test_one_more_stop_adds_what_the_route_costs_more(problem: Problem, seed: int) -> None:
    """Priced from what is known before the gap and after it: every job left out, at a place of every route."""
    evaluator, layout, chain = searching(problem, seed)
    assume(not layout.clock.numbers[IS_PLAIN])
    random, frozen = Random(seed), evaluator.tables.frozen_duty
    for duty in evaluator.tables.duties:
        order = route_now(chain, duty.index)
        cost_ms = int(chain.cost_ms[NOW, duty.index])
        assert not order or cost_ms == evaluator.cost_ms(duty.index, order)
        for job in set(range(len(problem.jobs))) - set(order) - set(frozen):
            at = random.randint(int(layout.clock.duties[duty.index, HEAD]) + 1, len(order) + 1)
            with_it = (*order[: at - 1], job, *order[at - 1 :])
            if not evaluator.may_stand(duty, with_it):
                continue
            more_ms = increase_ms(layout.clock, chain, duty.index, at, job)
            event("possible" if more_ms < IMPOSSIBLE else "impossible")
            exact = evaluator.cost_ms(duty.index, with_it)
            assert (None if more_ms >= IMPOSSIBLE else cost_ms + more_ms) == exact


@settings(gently, max_examples=100)
@given(days(), SEEDS)
def test_no_place_is_cheaper_than_the_sieve_thinks(problem: Problem, seed: int) -> None:
    """With one travel factor; with several, what a drive saves is taken at the usual speed."""
    assume(not problem.travel_periods)
    evaluator, layout, chain = searching(problem, seed)
    assume(not layout.clock.numbers[IS_PLAIN])
    for job in left_out(evaluator, chain):
        best_place(layout, chain, job, Settings(), True)
        for bound_ms, duty, at, _is_exact in chain.places[1 : chain.places[0, 0] + 1]:
            order = route_now(chain, int(duty))
            cost_ms = evaluator.cost_ms(int(duty), (*order[: at - 1], job, *order[at - 1 :]))
            event("exact" if cost_ms == chain.cost_ms[NOW, duty] + bound_ms else "below")
            assert cost_ms is None or chain.cost_ms[NOW, duty] + bound_ms <= cost_ms


PLAIN_SETS = st.sets(
    st.sampled_from(["skills", "windows", "breaks", "two_breaks", "parts", "two_shifts", "one_way"])
).map(frozenset)


@settings(gently, max_examples=150)
@given(st.builds(random_problem, SEEDS, st.integers(2, 9), st.integers(1, 3), PLAIN_SETS), SEEDS)
def test_where_prices_stand_still_the_best_place_is_the_cheapest_of_all(problem: Problem, seed: int) -> None:
    """Half of a plan's jobs taken out, every place of every route tried; the second time it is remembered."""
    evaluator, layout, chain = searching(problem, seed)
    assert layout.clock.numbers[IS_PLAIN]
    random = Random(seed)
    thinned = {duty: tuple(job for job in order if random.random() < 0.5) for duty, order in best_orders(chain).items()}
    chain = new_chain(layout, thinned, seed)
    for job in left_out(evaluator, chain):
        more_ms = []
        for duty in evaluator.tables.duties:
            order = route_now(chain, duty.index)
            orders = [(*order[:at], job, *order[at:]) for at in range(len(order) + 1)]
            costs = [evaluator.cost_ms(duty.index, one) for one in orders if evaluator.may_stand(duty, one)]
            more_ms += [cost - int(chain.cost_ms[NOW, duty.index]) for cost in costs if cost is not None]
        least_ms = min(more_ms, default=IMPOSSIBLE)
        is_worth_it = least_ms < layout.clock.jobs[job, LEFT_OUT_MS]
        event("placed" if is_worth_it else "left out")
        for _ in range(2):
            duty_at, _at, cost_ms = best_place(layout, chain, job, Settings(blink=0.0), True)
            assert (duty_at != NOBODY, cost_ms) == ((True, least_ms) if is_worth_it else (False, 0))
