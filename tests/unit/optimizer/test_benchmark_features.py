"""The table of features plans each day twice, and judges both plans by the same rules."""

from __future__ import annotations

import pytest

from optimizer.benchmarks.feature_days import days_with_features
from optimizer.benchmarks.features import effect_of, judged_as_given
from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.solve import solve

DAY = technician_day(14)
PLAN = solve(DAY, Iterations(300), 1)
FEATURES = {feature.name: feature for feature in days_with_features(DAY, PLAN, 1)}


@pytest.mark.parametrize("name", list(FEATURES))
def test_what_is_planned_with_a_feature_keeps_it(name: str) -> None:
    effect = effect_of(FEATURES[name], Iterations(300), 1)
    assert effect.seeing_verdict.passed, effect.seeing_verdict.violations
    assert FEATURES[name].with_it != FEATURES[name].without
    assert "cost_mismatch" not in {one.code for one in effect.blind_verdict.violations}
    if effect.blind_verdict.passed:
        assert effect.blind_verdict.cost == effect.blind.cost


def test_routes_judged_in_their_own_problem_cost_what_they_cost() -> None:
    again = judged_as_given(DAY, PLAN.routes)
    assert again.cost == PLAN.cost
    assert check(DAY, again).passed


def test_a_plan_that_knows_no_certificates_breaks_them() -> None:
    blind = judged_as_given(FEATURES["expiring certificates"].with_it, PLAN.routes)
    codes = {one.code for one in check(FEATURES["expiring certificates"].with_it, blind).violations}
    assert codes == {"expired_skill"}
