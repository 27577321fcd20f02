"""The compiled days are the days that a plain reading of the rules drives, and the plan itself where all is certain."""

from __future__ import annotations

from math import ceil
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.benchmarks.true_days import TrueFactors, true_starts
from optimizer.budget import Iterations
from optimizer.problem import Problem
from optimizer.risk.simulate import risks, simulate, told_window
from optimizer.risk.uncertainty import CERTAINTY, Effects, Spread, TravelSpread, Uncertainty
from optimizer.risk.windows import window_for
from optimizer.solve import solve
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes

SEEDS = st.integers(0, 2**32)
QUICK = Iterations(200)
gently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
problems = st.builds(
    random_problem, SEEDS, st.integers(1, 6), st.integers(1, 3), st.sets(st.sampled_from(FEATURES)).map(frozenset)
)


@gently
@given(problems, SEEDS)
def test_each_stop_starts_when_a_plain_reading_says(problem: Problem, seed: int) -> None:
    """With one factor for all drives and one for each technician's services, whatever the features."""
    random = Random(seed)
    solution = solve(problem, QUICK, seed=seed)
    drive = random.uniform(-1, 1)
    services = {one.id: random.uniform(-1, 1) for one in problem.technicians}
    known = Uncertainty(
        service=Spread(),
        technicians=Effects(shifts=services, variances=dict.fromkeys(services, 0.0)),
        travel=TravelSpread(log_median=drive, day_sigma=0.0, leg_sigma=0.0),
    )
    found = simulate(problem, solution, known, samples=3).starts_by_job()
    for route in solution.routes:
        factors = TrueFactors(
            services=dict.fromkeys(route.jobs, float(np.exp(services[route.technician]))),
            drives=dict.fromkeys(route.jobs, float(np.exp(drive))),
        )
        for job, start_s in true_starts(problem, route, factors).items():
            assert list(found[job]) == [ceil(start_s - 1e-6)] * 3


@gently
@given(problems, SEEDS, st.booleans())
def test_where_all_is_certain_nothing_is_later_than_planned(problem: Problem, seed: int, is_running: bool) -> None:
    """Nor is anything that the plan keeps missed, in the morning or at some moment of the day."""
    solution = solve(problem, QUICK, seed=seed)
    if is_running:
        problem = with_base_routes(problem, solution.routes, Random(seed))
        solution = solve(problem, QUICK, seed=seed)
    planned = {stop.job: stop.start_s for route in solution.routes for stop in route.stops}
    for risk in risks(problem, solution, CERTAINTY, samples=2):
        assert risk.late_start_s <= planned[risk.job]
        window = told_window(problem.jobs_by_id[risk.job], planned[risk.job])
        if window is not None and window.start_s <= planned[risk.job] <= window.end_s:
            assert risk.kept_probability == 1.0


@gently
@given(
    st.lists(st.integers(0, 20_000), min_size=1, max_size=40),
    st.floats(0.05, 1.0),
    st.sampled_from([600, 1800]),
    st.integers(-900, 900),
    st.integers(0, 4000),
)
def test_no_narrower_window_keeps_the_level(
    starts: list[int], level: float, granularity_s: int, origin_s: int, least_s: int
) -> None:
    """Against every window on the grid."""
    found = window_for(
        np.sort(np.array(starts, dtype=np.int32)), level, granularity_s, least_s=least_s, origin_s=origin_s
    )

    def share(first_s: int, last_s: int) -> float:
        return sum(first_s <= one <= last_s for one in starts) / len(starts)

    width_s = found.end_s - found.start_s
    assert (found.start_s - origin_s) % granularity_s == 0
    assert width_s % granularity_s == 0
    assert width_s >= least_s
    assert share(found.start_s, found.end_s) >= level
    if width_s - granularity_s >= max(least_s, 1):
        for first_s in range(origin_s - 3600, 25_000, granularity_s):
            assert share(first_s, first_s + width_s - granularity_s) < level
