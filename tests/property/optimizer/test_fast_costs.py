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
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import BEST, Chain, best_orders, new_chain
from optimizer.fast.layout import END_NODE, START_NODE, Layout
from optimizer.fast.pieces import IMPOSSIBLE
from optimizer.fast.route_cost import new_work, route_cost
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
