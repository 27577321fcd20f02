"""`python -m optimizer.benchmarks features`: what happens to a day when each feature is switched on.

For each feature the day is planned twice in the same time, without it and with it, and both
plans are judged with it: the routes found without it are timed again as cheaply as they can
be with it, and the independent checker says what that breaks and costs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click
from rich.table import Table

from optimizer.as_given import OrderTimer
from optimizer.benchmarks.feature_days import Feature, days_with_features
from optimizer.benchmarks.printing import printer, show
from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import Budget, WallClock
from optimizer.check import Verdict, check
from optimizer.problem import Problem
from optimizer.recount import recount
from optimizer.solution import Route, Solution, Unassigned
from optimizer.solve import solve

COLUMNS = ("feature", "judged with it", "served", "travel min", "its price, min", "cost, hours", "violations")


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A plan made without a feature and one made with it, both as they stand with it."""

    name: str
    blind: Solution
    blind_verdict: Verdict
    seeing: Solution
    seeing_verdict: Verdict


@click.command("features")
@click.option("--jobs", type=click.IntRange(min=10), default=60, show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0.1), default=5.0, show_default=True, help="For each plan.")
@click.option("--seed", default=1, show_default=True)
def features(*, jobs: int, seconds: float, seed: int) -> None:
    """Plan one day without and with each feature that no peer can express."""
    day = technician_day(jobs, seed)
    plain = solve(day, WallClock(seconds), seed)
    table = Table(*COLUMNS, title=f"{jobs} jobs, {len(day.technicians)} technicians, {seconds:g} s a plan, seed {seed}")
    verdict = check(day, plain)
    table.add_row("none", "the plain day", *_cells(plain, verdict), end_section=True)
    wrong = bool(verdict.violations)
    for feature in days_with_features(day, plain, seed):
        effect = effect_of(feature, WallClock(seconds), seed, plain if feature.without is day else None)
        table.add_row(feature.name, "planned without", *_cells(effect.blind, effect.blind_verdict))
        table.add_row("", "planned with", *_cells(effect.seeing, effect.seeing_verdict), end_section=True)
        wrong = wrong or bool(effect.seeing_verdict.violations)
    show(printer(), table)
    if wrong:
        sys.exit(1)


def effect_of(feature: Feature, budget: Budget, seed: int, blind: Solution | None = None) -> Effect:
    """Plan a day without a feature (or take the plan `blind`) and with it, and judge both with it."""
    without = solve(feature.without, budget, seed) if blind is None else blind
    seeing = solve(feature.with_it, budget, seed)
    as_it_stands = judged_as_given(feature.with_it, without.routes)
    return Effect(
        name=feature.name,
        blind=as_it_stands,
        blind_verdict=check(feature.with_it, as_it_stands),
        seeing=seeing,
        seeing_verdict=check(feature.with_it, seeing),
    )


def judged_as_given(problem: Problem, routes: Sequence[Route]) -> Solution:
    """These routes in another problem, each in the cheapest times that it allows there, at the cost that is counted."""
    timer = OrderTimer(problem)
    timed = tuple(timer.route(route.technician, route.shift, route.jobs) for route in routes)
    served = {job for route in timed for job in route.jobs}
    return Solution(
        routes=timed,
        unassigned=tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served),
        cost=recount(problem, timed),
        engine="as given",
    )


def _cells(plan: Solution, verdict: Verdict) -> list[str]:
    terms = {name: ms for name, ms in verdict.cost.by_term().items() if ms and name not in ("travel", "unserved")}
    codes = sorted({one.code for one in verdict.violations})
    return [
        str(plan.served),
        f"{sum(route.travel_s for route in plan.routes) / 60:,.0f}",
        ", ".join(f"{name} {ms / 60_000:,.0f}" for name, ms in terms.items()) or "-",
        "not allowed" if codes else f"{verdict.cost.total_ms / 3_600_000:,.1f}",
        f"{len(verdict.violations)}: {', '.join(codes)}" if codes else "0",
    ]
