"""A plan that two others make can be driven, and a search that goes round several times keeps its best plan."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.evaluation import Evaluator
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import CURRENT, LEFT_OUT, new_chain
from optimizer.fast.course import LAPS, MENDING, Course
from optimizer.fast.crossing import can_be_crossed, crossed
from optimizer.fast.fast_engine import search
from optimizer.problem import Problem
from optimizer.tables import Tables
from optimizer.watch import Watch
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes
from tests.property.optimizer.searched_plans import planned

SEEDS = st.integers(0, 2**32)
ROUND = Course(laps_from=1.0)
gently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100)
problems = st.builds(
    random_problem, SEEDS, st.integers(3, 9), st.integers(2, 4), st.sets(st.sampled_from(FEATURES)).map(frozenset)
)


@gently
@given(problems, SEEDS, SEEDS)
def test_what_two_plans_make_can_be_driven(problem: Problem, one: int, other: int) -> None:
    evaluator = Evaluator(Tables(problem))
    layout = layout_of(evaluator.tables)
    assume(can_be_crossed(layout))
    plans = []
    for seed in (one, other):
        watch = Watch(evaluator, Iterations(20))
        search(watch, seed)
        plans.append(watch.orders)
    first, second = plans
    child = crossed(layout, new_chain(layout, {}, one), first, second, np.random.default_rng(one))
    served = [job for order in child.values() for job in order]
    event(f"{len(set(child.items()) - set(first.items()) - set(second.items()))} routes of its own")
    assert len(served) == len(set(served))
    assert set(served) <= {job for orders in plans for order in orders.values() for job in order}
    assert evaluator.total_ms(child) is not None
    chain = new_chain(layout, child, other)
    assert int(chain.numbers[CURRENT] + chain.numbers[LEFT_OUT]) == evaluator.total_ms(child)


@gently
@given(problems, SEEDS, st.integers(1, 2))
def test_a_plan_of_several_laps_passes_and_is_the_same_again(problem: Problem, seed: int, cores: int) -> None:
    plan = planned(problem, seed, cores, ROUND, 4000)
    found = check(problem, plan).violations
    assert [one for one in found if one.code != "mandatory_unassigned" or one.job in problem.frozen_jobs] == []
    assert planned(problem, seed, cores, ROUND, 4000).routes == plan.routes


def test_laps_follow_each_other_and_cool_down_as_a_whole_course_does() -> None:
    course = Course()
    assert [lap.begin for lap in LAPS[1:]] == [lap.end for lap in LAPS[:-1]]
    assert (LAPS[0].begin, LAPS[-1].end) == (0.0, 1.0)
    assert not any(lap.is_crossed for lap in LAPS[:2])
    for lap in LAPS:
        assert course.heat(lap, lap.begin) == (course.crossed if lap.is_crossed else course.warm)
        assert abs(course.heat(lap, lap.end) - course.cool) < 1e-9
        assert course.counts(lap, lap.end) == 1.0


def test_what_is_mended_or_has_begun_is_never_planned_from_nothing() -> None:
    assert MENDING.laps_from == float("inf")
    problem = random_problem(3, 9, 3, frozenset())
    begun = with_base_routes(problem, planned(problem, 1, 1, ROUND, 4000).routes, Random(1))
    assert begun.frozen_jobs
    assert not can_be_crossed(layout_of(Tables(begun)))


def test_many_steps_a_job_find_more_in_laps_than_in_one() -> None:
    """60 jobs of a day too full for 8 technicians: the same steps, five seeds, without counts of absence."""
    problem = random_problem(5, 60, 8, frozenset())

    def cost(seed: int, course: Course) -> int:
        watch = Watch(Evaluator(Tables(problem)), Iterations(400_000))
        search(watch, seed, changed={"absence": 0.0}, course=course)
        assert watch.cost_ms is not None
        return watch.cost_ms

    seeds = range(1, 6)
    assert sum(cost(seed, Course()) for seed in seeds) <= sum(cost(seed, Course(laps_from=1e12)) for seed in seeds)
