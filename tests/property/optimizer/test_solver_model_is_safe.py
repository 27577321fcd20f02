"""The OR-Tools model on its own: every plan it reports can be driven, and costs no more than it says."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ortools.constraint_solver import pywrapcp

from optimizer.budget import Iterations
from optimizer.evaluation import Evaluator
from optimizer.problem import Break, Problem
from optimizer.reference.model import ReferenceModel
from optimizer.solve import solve
from optimizer.tables import Tables
from tests.property.optimizer.random_problems import FEATURES, random_problem, with_base_routes
from tests.unit.optimizer.one_street import job, shift, street, technician

FEATURE_SETS = st.sets(st.sampled_from(FEATURES), max_size=7).map(frozenset)


def every_plan(problem: Problem, solutions: int = 8) -> list[tuple[int | None, int]]:
    """The exact cost and the solver's own objective of each plan, the solver starting from nothing."""
    evaluator = Evaluator(Tables(problem))
    model = ReferenceModel(evaluator.tables)
    seen: list[tuple[int | None, int]] = []
    routing = model.routing
    routing.AddAtSolutionCallback(lambda: seen.append((evaluator.total_ms(model.read()), int(routing.CostVar().Max()))))
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.solution_limit = solutions
    parameters.time_limit.seconds = 2
    routing.SolveWithParameters(parameters)
    return seen


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 3), FEATURE_SETS, st.booleans())
@example(
    seed=3,
    jobs=4,
    technicians=3,
    features=frozenset({"two_breaks", "windows", "release", "overtime", "open_end"}),
    running=True,
)
def test_every_plan_of_the_solver_is_safe(
    seed: int, jobs: int, technicians: int, features: frozenset[str], running: bool
) -> None:
    """Any mix of features but rush hours, on an empty day or in the middle of one."""
    problem = random_problem(seed, jobs, technicians, features)
    if running:
        problem = with_base_routes(problem, solve(problem, Iterations(100)).routes, Random(seed))
    for exact_ms, objective_ms in every_plan(problem):
        assert exact_ms is not None
        # what stops already begun cost is no decision, and not in the solver's objective
        assert running or exact_ms <= objective_ms


@pytest.mark.parametrize(("now_s", "is_served"), [(5400, True), (5401, False)])
def test_nothing_follows_a_break_whose_time_is_past(now_s: int, is_served: bool) -> None:
    """At the last moment of the break there is time for it and the job; a second later the job is in no plan."""
    noon = Break(duration_s=1800, earliest_start_s=3600, latest_start_s=5400)
    problem = street([job("j")], [technician("A", shift(breaks=(noon,)))], now_s=now_s)
    left_out_ms = Evaluator(Tables(problem)).total_ms({})
    costs = [exact_ms for exact_ms, _ in every_plan(problem)]
    assert costs
    assert None not in costs
    assert any(exact_ms != left_out_ms for exact_ms in costs) is is_served
