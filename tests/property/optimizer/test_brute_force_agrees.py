"""The engine finds what trying everything finds; the timing finds the cheapest times there are."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from random import Random

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.evaluation import Evaluator
from optimizer.problem import Break, Problem, Window
from optimizer.recount import recount
from optimizer.solution import Cost, Pause, Route, Solution, Stop, Unassigned
from optimizer.solve import REFERENCE, solve
from optimizer.tables import Tables
from optimizer.travel_model import TravelMatrix
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_a_plan

FEATURE_SETS = st.sets(st.sampled_from(FEATURES), max_size=6).map(frozenset)
slowly = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def cheapest_plan_ms(problem: Problem) -> int:
    """The cost of the best of all plans: every subset in every order on every duty."""
    evaluator = Evaluator(Tables(problem))
    jobs, duties = range(len(problem.jobs)), range(len(evaluator.tables.duties))
    best: list[dict[int, list[tuple[int, ...]]]] = []
    for duty in duties:
        routes: dict[int, list[tuple[int, ...]]] = {0: [()]}
        for size in range(1, len(problem.jobs) + 1):
            for order in permutations(jobs, size):
                if evaluator.cost_ms(duty, order) is not None:
                    routes.setdefault(sum(1 << job for job in order), []).append(order)
        best.append({served: _front(evaluator, duty, orders) for served, orders in routes.items()})
    return min(
        cost
        for chosen in product(*best)
        if not _overlap(chosen)
        for orders in product(*(best[duty][served] for duty, served in enumerate(chosen)))
        for cost in [evaluator.total_ms(dict(enumerate(orders)))]
        if cost is not None
    )


def _front(evaluator: Evaluator, duty: int, orders: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Only the cheapest order counts, unless fairness weighs the work as well."""
    if evaluator.tables.problem.weights.unfairness_price_ms_per_s:
        return orders
    return [min(orders, key=lambda order: evaluator.cost_ms(duty, order) or 0)]


def _overlap(served: tuple[int, ...]) -> bool:
    seen = 0
    for one in served:
        if seen & one:
            return True
        seen |= one
    return False


@settings(slowly, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 4), FEATURE_SETS)
def test_the_engine_agrees_with_brute_force(seed: int, jobs: int, features: frozenset[str]) -> None:
    """Up to four jobs and two technicians, any features but rush hours (planned on the slowest) and fairness."""
    problem = random_problem(seed, jobs, 2, features - {"two_shifts", "unfairness"})
    assert solve(problem, Iterations(6000)).cost.total_ms == cheapest_plan_ms(problem)


@settings(slowly, max_examples=8)
@given(st.integers(0, 2**32), st.sampled_from([5, 6]), FEATURE_SETS)
def test_the_engine_agrees_with_brute_force_on_six_jobs(seed: int, jobs: int, features: frozenset[str]) -> None:
    """Five or six jobs, two technicians."""
    problem = random_problem(seed, jobs, 2, features - {"two_shifts", "unfairness"})
    assert solve(problem, Iterations(20_000)).cost.total_ms == cheapest_plan_ms(problem)


@settings(slowly, max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 4), FEATURE_SETS)
def test_the_engine_agrees_with_brute_force_where_others_have_the_jobs(
    seed: int, jobs: int, features: frozenset[str]
) -> None:
    """To be given a job that is in somebody else's route costs."""
    planned = with_a_plan(random_problem(seed, jobs, 2, features - {"two_shifts", "unfairness"}), Random(seed))
    assert solve(planned, Iterations(2000), engine=REFERENCE).cost.total_ms == cheapest_plan_ms(planned)


@settings(slowly, max_examples=20)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sets(st.sampled_from(["windows", "open_end", "durations"])))
def test_the_engine_agrees_with_brute_force_on_fairness(seed: int, jobs: int, features: set[str]) -> None:
    """Up to three jobs between two of a crew."""
    problem = random_problem(seed, jobs, 2, frozenset(features | {"unfairness"}))
    assert solve(problem, Iterations(6000)).cost.total_ms == cheapest_plan_ms(problem)


GRID_S = 600


def _on_the_grid(problem: Problem) -> Problem:
    """The same problem with every time a multiple of ten minutes, so that the best times are too."""

    def near(value: int | None) -> int | None:
        return None if value is None else round(value / GRID_S) * GRID_S

    jobs = tuple(
        replace(
            job,
            duration_s=max(GRID_S, near(job.duration_s) or 0),
            windows=tuple(
                Window(start_s=near(w.start_s) or 0, end_s=max(near(w.end_s) or 0, near(w.start_s) or 0))
                for w in job.windows[:1]
            ),
            target_s=near(job.target_s),
            promises=tuple(replace(promise, due_s=near(promise.due_s) or 0) for promise in job.promises),
            announced=None
            if job.announced is None or job.announced.window is None
            else replace(
                job.announced,
                window=Window(
                    start_s=near(job.announced.window.start_s) or 0, end_s=near(job.announced.window.end_s) or 0
                ),
            ),
        )
        for job in problem.jobs
    )
    travel = np.array(problem.travel.travels_s(problem.places))
    noon = Break(duration_s=1200, earliest_start_s=3600, latest_start_s=5400)
    people = tuple(
        replace(one, shifts=tuple(replace(shift, breaks=(noon,) if shift.breaks else ()) for shift in one.shifts))
        for one in problem.technicians
    )
    rounded = TravelMatrix(travel_s=(travel + GRID_S - 1) // GRID_S * GRID_S)
    return replace(problem, jobs=jobs, travel=rounded, technicians=people)


def _every_timing(problem: Problem) -> list[int]:
    """The costs of all timings on the grid of the route j0, j1 that the checker passes."""
    shift = problem.technicians[0].shifts[0]
    travel = problem.travel.travels_s(problem.places)
    ways = [int(travel[0, 1]), int(travel[1, 2]), int(travel[2, 0]) if shift.end_place is not None else 0]
    grid = range(0, shift.end_s + shift.overtime_limit_s + 1, GRID_S)
    breaks: list[int | None] = [b for b in grid if shift.breaks and 3600 <= b <= 5400] or [None]
    costs = []
    for pause, first, second in product(breaks, grid, grid):
        if first + problem.jobs[0].duration_s > second:
            continue
        route = _route(problem, ways, first, second, pause)
        cost = recount(problem, [route])
        solution = Solution(routes=(route,), unassigned=(), cost=cost, engine="brute")
        if check(problem, solution).passed:
            costs.append(cost.total_ms)
    return costs


def _route(problem: Problem, ways: list[int], first: int, second: int, pause: int | None) -> Route:
    pauses = () if pause is None else (Pause(start_s=pause, end_s=pause + 1200),)
    one, two = problem.jobs
    free, stops = 0, []
    for job, way, start in ((one, ways[0], first), (two, ways[1], second)):
        finish = start + job.duration_s
        arrive = _arrive(free, way, pause)
        stops.append(Stop(job=job.id, leave_s=free, travel_s=way, arrive_s=arrive, start_s=start, finish_s=finish))
        free = finish
    return Route(
        technician="t0",
        shift=0,
        stops=tuple(stops),
        pauses=pauses,
        return_leave_s=free,
        return_travel_s=ways[2],
        end_s=_arrive(free, ways[2], pause),
    )


def _arrive(leave: int, way: int, pause: int | None) -> int:
    if pause is not None and way and pause < leave + way and pause + 1200 > leave:
        return leave + way + pause + 1200 - max(pause, leave) if pause < leave else leave + way + 1200
    return leave + way


TIMED = st.sets(st.sampled_from(["breaks", "target", "promises", "announced", "overtime", "open_end", "windows"]))


@settings(slowly, max_examples=60)
@given(st.integers(0, 2**32), TIMED.map(frozenset))
def test_no_timing_is_cheaper(seed: int, features: frozenset[str]) -> None:
    """Every start of two stops and every break on a grid, judged by the checker alone."""
    problem = _on_the_grid(random_problem(seed, 2, 1, features, shift_s=3 * 3600))
    every = _every_timing(problem)
    cost = Evaluator(Tables(problem)).cost_ms(0, (0, 1))
    assert cost == min(every, default=None)


@settings(slowly, max_examples=60)
@given(st.integers(0, 2**32), FEATURE_SETS.map(lambda s: s | {"rush"}))
def test_rush_hours_never_cost_more_than_the_slowest_travel_all_day(seed: int, features: frozenset[str]) -> None:
    """An order that can be driven in a permanent rush can be driven now, and no dearer."""
    problem = random_problem(seed, 3, 1, frozenset(features))
    slowest = max(100, *(period.percent for period in problem.travel_periods))
    all_day = -(-np.asarray(problem.travel.travels_s(problem.places), dtype=np.int64) * slowest // 100)
    rush = replace(problem, travel=TravelMatrix(travel_s=all_day.astype(np.int32)), travel_periods=())
    order = (0, 1, 2)
    slow, now = (Evaluator(Tables(one)).timing(0, order) for one in (rush, problem))
    assume(slow is not None)
    assert slow is not None
    assert now is not None
    assert now.cost.total_ms <= slow.cost.total_ms
    routes = (now.route,)
    left = tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in now.route.jobs)
    solution = Solution(routes=routes, unassigned=left, cost=recount(problem, routes), engine="timing")
    assert check(problem, solution).passed
    assert recount(problem, routes) - Cost(unfairness_ms=recount(problem, routes).unfairness_ms) == now.cost
