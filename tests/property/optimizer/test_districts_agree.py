"""A district says of its own jobs and technicians what the whole problem says, and plans made in districts hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.evaluation import Evaluator
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import BEST, NOW, best_orders, new_chain
from optimizer.fast.course import Course
from optimizer.fast.districts import cut, district_of
from optimizer.fast.divided import is_divided
from optimizer.fast.fast_engine import search
from optimizer.fast.layout import NOBODY, UNFAIRNESS_PRICE
from optimizer.problem import Problem
from optimizer.solve import FAST, solve
from optimizer.tables import Tables
from optimizer.watch import Watch
from tests.property.optimizer.random_problems import FEATURES, random_problem
from tests.property.optimizer.searched_plans import planned

SEEDS = st.integers(0, 2**32)
SMALL = Course(district=2)
gently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
problems = st.builds(
    random_problem, SEEDS, st.integers(4, 9), st.integers(2, 4), st.sets(st.sampled_from(FEATURES)).map(frozenset)
)


@gently
@given(problems, SEEDS, st.integers(1, 4))
def test_every_route_costs_in_its_district_what_it_costs_in_the_whole(problem: Problem, seed: int, count: int) -> None:
    evaluator = Evaluator(Tables(problem))
    layout = layout_of(evaluator.tables)
    watch = Watch(evaluator, Iterations(100))
    search(watch, seed)
    orders = {duty.index: watch.orders.get(duty.index, ()) for duty in evaluator.tables.duties}
    whole = new_chain(layout, orders, seed)
    districts = cut(layout, orders, count, np.random.default_rng(seed))
    event(f"{len(districts)} districts")
    assert sorted(job for jobs, _ in districts for job in jobs) == list(range(len(problem.jobs)))
    assert sorted(duty for _, duties in districts for duty in duties) == sorted(orders)
    for jobs, duties in districts:
        part, number = district_of(layout, jobs, duties), {int(job): index for index, job in enumerate(jobs)}
        own = {index: tuple(number[job] for job in orders[int(duty)]) for index, duty in enumerate(duties)}
        chain = new_chain(part, own, seed)
        assert (chain.cost_ms[NOW] == whole.cost_ms[NOW, duties]).all()
        assert (part.allowed == layout.allowed[np.ix_(jobs, duties)]).all()
        for job in range(len(jobs)):
            near = part.near_kinds[job][part.near_kinds[job] != NOBODY]
            assert all(part.allowed[job, part.of_kind[part.kind_at[kind]]] for kind in near)
        assert all(low < high for low, high in pairwise(part.kind_at))


@gently
@given(problems, SEEDS, st.integers(1, 2))
def test_a_plan_made_in_districts_passes_and_is_the_same_again(problem: Problem, seed: int, cores: int) -> None:
    layout = layout_of(Tables(problem))
    assume(layout.clock.numbers[UNFAIRNESS_PRICE] == 0)
    assert is_divided(layout, SMALL, cores)
    plan = planned(problem, seed, cores, SMALL, 1500)
    found = check(problem, plan).violations
    assert [one for one in found if one.code != "mandatory_unassigned" or one.job in problem.frozen_jobs] == []
    assert planned(problem, seed, cores, SMALL, 1500).routes == plan.routes


def test_little_is_lost_where_routes_are_cut_apart_again_and_again() -> None:
    """120 jobs of one day: districts of forty, cut anew at every turn, find what one search finds."""
    problem = random_problem(9, 120, 20, frozenset())
    whole = solve(problem, Iterations(40_000), seed=1, engine=FAST)
    evaluator = Evaluator(Tables(problem))
    watch = Watch(evaluator, Iterations(40_000))
    search(watch, 1, course=Course(district=40))
    assert watch.cost_ms is not None
    assert watch.cost_ms < 1.03 * whole.cost.total_ms
    layout = layout_of(evaluator.tables)
    chain = new_chain(layout, watch.orders, 1)
    assert int(chain.numbers[BEST]) == watch.cost_ms == evaluator.total_ms(best_orders(chain))
