"""What was long left out is worth more to a step, while the search is warm."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import Iterations
from optimizer.evaluation import Evaluator
from optimizer.fast.absence import LARGEST, count_absence, insist, insisted_ms, worth_ms
from optimizer.fast.anneal import anneal
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import (
    ALL,
    COUNTS,
    CURRENT,
    LATEST,
    LEFT_OUT,
    MOVED,
    NOW,
    STAMP,
    TOUCHED,
    Chain,
    new_chain,
)
from optimizer.fast.course import Course
from optimizer.fast.fast_engine import search
from optimizer.fast.layout import LEFT_OUT_MS, NOBODY, Layout
from optimizer.fast.recreate import recreate
from optimizer.fast.ruin import Settings, ruin
from optimizer.problem import Problem
from optimizer.tables import Tables
from optimizer.watch import Watch
from tests.unit.optimizer.one_street import HOUR, job, shift, street, technician


def too_much(jobs: int = 24) -> Problem:
    """Three hours of two technicians, and twelve hours of work."""
    random = Random(5)
    asked = [job(f"j{n}", at=random.randrange(3000), value=1 + n % 5) for n in range(jobs)]
    return street(asked, [technician(name, shift(end_s=3 * HOUR)) for name in "AB"])


def standing(problem: Problem, seed: int = 1) -> tuple[Layout, Chain]:
    """A search that stands at no routes."""
    layout = layout_of(Tables(problem))
    return layout, new_chain(layout, {}, seed)


def test_jobs_are_counted_for_as_long_as_no_route_has_them() -> None:
    layout = layout_of(Tables(too_much(4)))
    chain = new_chain(layout, {0: (2,)}, 1)
    for _ in range(10):
        count_absence(chain)
    out = [chain.absence[job] for job in (0, 1, 3)]
    assert chain.absence[2] == 0.0
    assert min(out) == max(out) > 10.0  # later steps count for a little more than one
    assert chain.absence[ALL] == pytest.approx(1.0 + out[0])


def test_counts_stay_in_proportion_when_they_grow_too_large() -> None:
    _layout, chain = standing(too_much(4))
    chain.absence[:] = np.array([3.0, 2.0, 1.0, 4.0, 10.0, 1.0]) * LARGEST
    shares = (chain.absence[:4] + LARGEST) / (chain.absence[ALL] + LARGEST)  # no route has any of them
    count_absence(chain)
    assert chain.absence[LATEST] < 2.0
    assert chain.absence[:4] / chain.absence[ALL] == pytest.approx(shares)


def test_a_job_is_worth_more_by_the_share_of_steps_that_left_it_out() -> None:
    layout, chain = standing(too_much(3))
    rows = layout.clock.jobs
    chain.absence[:] = [0.0, 5.0, 20.0, 20.0, 1.0]
    chain.worth[COUNTS] = 0.5
    assert worth_ms(rows, chain, 2) == 0.5 * rows[2, LEFT_OUT_MS]
    insist(chain, 1000.0)
    assert [insisted_ms(chain, job) for job in range(3)] == pytest.approx([0.0, 250.0, 1000.0])
    assert worth_ms(rows, chain, 2) == 0.5 * rows[2, LEFT_OUT_MS] + 1000.0


@pytest.mark.parametrize("seed", range(30))
def test_a_step_is_given_up_only_if_it_would_not_be_kept(seed: int) -> None:
    """Half done it is known to be as dearer as it is when done: its price, what it serves and what is insisted on."""
    problem, settings, random = too_much(), Settings(), Random(seed)
    for allowed_ms in (random.uniform(-4e6, 4e6) for _ in range(8)):
        dearer_ms, _is_done = one_step(problem, settings, seed, np.inf)
        _dearer_ms, is_done = one_step(problem, settings, seed, allowed_ms)
        assert is_done == (dearer_ms < allowed_ms)


def one_step(problem: Problem, settings: Settings, seed: int, allowed_ms: float) -> tuple[float, bool]:
    """How much dearer a step makes a plan, counted from both plans, and whether it was done to its end."""
    layout, chain = standing(problem, seed)
    anneal(layout, chain, settings, 300, 2e6, 1e6, 1.0)
    insist(chain, 4e5)
    before = plan_ms(layout, chain)
    assert before[0] == chain.numbers[CURRENT] + chain.numbers[LEFT_OUT]
    chain.numbers[STAMP] += 1
    chain.numbers[TOUCHED] = chain.numbers[MOVED] = 0
    ruin(layout, chain, settings)
    is_done = recreate(layout, chain, settings, allowed_ms)
    return sum(plan_ms(layout, chain)) - sum(before), is_done


def plan_ms(layout: Layout, chain: Chain) -> tuple[int, float]:
    """What the routes and the jobs left out cost, and what leaving those out gives up beyond their price."""
    out = np.flatnonzero(chain.duty_of == NOBODY)
    cost_ms = int(chain.cost_ms[NOW].sum() + layout.clock.jobs[out, LEFT_OUT_MS].sum())
    return cost_ms, sum(insisted_ms(chain, int(job)) for job in out)


def test_which_jobs_are_left_out_is_tried_in_many_ways() -> None:
    """60 jobs for six technicians, a tenth more than there is time for: without counts one visit more is left out."""
    costs_ms = {}
    for absence in (0.0, Settings().absence):
        watch = Watch(Evaluator(Tables(technician_day(60, 3))), Iterations(200_000))
        search(watch, 1, changed={"absence": absence}, course=Course(laps_from=0.0))
        costs_ms[absence] = watch.cost_ms
    without, counted = costs_ms.values()
    assert without is not None
    assert counted is not None
    assert counted < 0.97 * without
