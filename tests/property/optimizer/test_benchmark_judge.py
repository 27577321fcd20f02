"""The benchmarks' own judge says what the exact evaluator and the checker say, on thousands of routes at random."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from optimizer.as_given import OrderTimer
from optimizer.benchmarks.as_problem import problem_of, routes_of
from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import Instance, VrptwInstance
from optimizer.benchmarks.judge import judge
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.recount import recount
from optimizer.solution import Solution, Unassigned
from optimizer.solve import solve

DRAWN = 100
EXCHANGE_S = 60


def _drawn(random: Random, instance: Instance, people: int) -> dict[int, tuple[int, ...]]:
    """Some jobs in routes, mostly in the order of their windows so that some of the routes can be driven."""
    first = 1 if isinstance(instance, VrptwInstance) else 0
    jobs = list(range(first, first + instance.size))
    random.shuffle(jobs)
    routes: dict[int, list[int]] = {who: [] for who in range(people)}
    for job in jobs[: random.randint(1, len(jobs))] if first == 0 or random.random() < 0.2 else jobs:
        routes[random.randrange(people)].append(job)
    if random.random() < 0.8:
        for route in routes.values():
            route.sort(key=lambda job: _opens(instance, job))
    return {who: tuple(route) for who, route in routes.items() if route}


def _opens(instance: Instance, job: int) -> int:
    return instance.customers[job].due if isinstance(instance, VrptwInstance) else instance.jobs[job].windows[0][1]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["vrptw", "days"])
def test_the_judge_agrees_with_the_checker(kind: str, seed: int) -> None:
    random = Random(f"{kind} {seed}")
    instance: Instance = generated_vrptw(12, seed) if kind == "vrptw" else generated_day(14, seed)
    problem = problem_of(instance, EXCHANGE_S)
    timer = OrderTimer(problem)
    verdicts: Counter[bool] = Counter()
    for _ in range(DRAWN):
        drawn = _drawn(random, instance, len(problem.technicians))
        routes = tuple(timer.route(f"T{who}", 0, tuple(map(str, jobs))) for who, jobs in drawn.items())
        served = {job for route in routes for job in route.jobs}
        plan = Solution(
            routes=routes,
            unassigned=tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served),
            cost=recount(problem, routes),
            engine="drawn",
        )
        verdict, judged = check(problem, plan), judge(instance, drawn)
        assert verdict.passed == (not judged.violations), (drawn, verdict.violations, judged.violations)
        assert judged.travel == sum(route.travel_s for route in routes)
        assert judged.served == len(served)
        if kind == "days":
            assert 1000 * judged.cost(EXCHANGE_S) == verdict.cost.unserved_ms + verdict.cost.travel_ms
        verdicts[verdict.passed] += 1
    assert len(verdicts) == 2, verdicts


@pytest.mark.parametrize("seed", range(3))
def test_plans_of_our_engine_pass_the_judge_at_their_own_cost(seed: int) -> None:
    for instance in (generated_vrptw(15, seed), generated_day(15, seed)):
        plan = solve(problem_of(instance, EXCHANGE_S), Iterations(200), seed)
        judged = judge(instance, routes_of(plan.routes))
        assert judged.violations == ()
        assert 1000 * judged.cost(EXCHANGE_S) == plan.cost.total_ms


def test_the_judge_names_what_nobody_asked_for() -> None:
    day = generated_day(10)
    home = judge(day, {99: (), 0: (77,)}).violations
    assert home == ("there is no vehicle or technician 99", "there is no job 77")
    rounds = generated_vrptw(5)
    doubled = judge(rounds, {0: (1, 2, 2), 1: (3, 4, 5)}).violations
    assert "job 2 is served 2 times" in doubled
    assert "there is no job 0" in judge(rounds, {0: (0,)}).violations
