"""`python -m optimizer.benchmarks repairs`: what customers notice when a day that runs is repaired.

A day is planned, everybody is told, and at some moment of it something goes wrong. What has
begun stays. Then there are three plans: the routes followed as they are, the repair of them,
and a plan from nothing in the same time, which knows of nothing that was told. All are judged
by the same problem, in which everything was told.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.table import Table

from optimizer.benchmarks.as_problem import problem_of
from optimizer.benchmarks.instances import UnreadableInstance, read_day
from optimizer.benchmarks.printing import printer, show
from optimizer.benchmarks.several import Several
from optimizer.benchmarks.technician_days import technician_day
from optimizer.benchmarks.upset_days import Upset, upsets
from optimizer.budget import Budget, WallClock
from optimizer.check import Verdict, check
from optimizer.problem import Problem, Weights
from optimizer.rebase import as_they_stand
from optimizer.recount import recount
from optimizer.solution import Route, Solution, Unassigned
from optimizer.solve import solve
from optimizer.warm_up import warm_up

#: of the seconds of an answer so much is searched; the rest times the plan and says why jobs are left out
SEARCHED = 0.95
EXCHANGE_S = Weights().travel_s_per_value
COLUMNS = (
    "disruption",
    "plan",
    "seconds",
    "other technician",
    "window missed",
    "dropped",
    "promises lost",
    "served",
    "travel min",
    "cost, hours",
    "violations",
)


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """What became of what was told: visits with another technician, outside their window, dropped; promises lost.

    A visit of somebody ill has another technician, or is dropped, whatever is done.
    """

    other_technician: int
    window_missed: int
    dropped: int
    promises_lost: int


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One plan of an upset day, as the checker and the customers see it."""

    name: str
    seconds: float
    plan: Solution
    verdict: Verdict
    noticed: Noticed


@click.command(cls=Several)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--jobs", multiple=True, type=click.IntRange(min=10), default=(300, 1000), show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="For each answer.")
@click.option("--planning", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Of the day, s.")
@click.option("--cores", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", default=1, show_default=True)
def repairs(
    *, files: tuple[Path, ...], jobs: tuple[int, ...], seconds: float, planning: float, cores: int, seed: int
) -> None:
    """Upset planned days (FILES of technician days, or generated ones of so many jobs) and repair them."""
    warm_up()
    console, wrong = printer(), False
    for day in _days(files, jobs, seed):
        plan = solve(day, WallClock(planning), seed, cores=cores)
        title = f"{len(day.jobs)} jobs, {len(day.technicians)} technicians, {plan.served} visits told, seed {seed}"
        table = Table(*COLUMNS, title=f"{title}; {seconds:g} s an answer, {cores} cores")
        for upset in upsets(day, plan, seed):
            found = answers(upset, WallClock(SEARCHED * seconds), seed, cores)
            for number, one in enumerate(found):
                table.add_row("" if number else upset.name, *_cells(one), end_section=number == len(found) - 1)
            wrong = wrong or any(one.verdict.violations for one in found)
        show(console, table)
    if wrong:
        sys.exit(1)


def _days(files: Sequence[Path], jobs: Sequence[int], seed: int) -> Iterator[Problem]:
    try:
        yield from (problem_of(read_day(file), EXCHANGE_S) for file in files)
    except UnreadableInstance as error:
        raise click.UsageError(str(error)) from error
    if not files:
        yield from (technician_day(count, seed) for count in jobs)


def answers(upset: Upset, budget: Budget, seed: int, cores: int = 1) -> list[Answer]:
    """The routes left as they are, the repair and the plan from nothing, each judged as everybody was told."""
    found = []
    for name in ("left as it is", "repaired", "from nothing"):
        began = time.perf_counter()
        if name == "left as it is":
            plan = _judged(upset.problem, as_they_stand(upset.problem))
        elif name == "repaired":
            plan = solve(upset.problem, budget, seed, cores=cores)
        else:
            plan = _judged(upset.problem, solve(upset.anew, budget, seed, cores=cores).routes)
        took_s = time.perf_counter() - began
        found.append(
            Answer(
                name=name,
                seconds=took_s,
                plan=plan,
                verdict=check(upset.problem, plan),
                noticed=noticed(upset, plan.routes),
            )
        )
    return found


def noticed(upset: Upset, routes: Sequence[Route]) -> Noticed:
    """What customers would notice of these routes."""
    at = {stop.job: (route.technician, stop) for route in routes for stop in route.stops}
    jobs = upset.problem.jobs
    told = [(job.announced.window, at[job.id][1]) for job in jobs if job.announced is not None and job.id in at]
    return Noticed(
        other_technician=sum(job in at and at[job][0] != technician for job, technician in upset.planned.items()),
        window_missed=sum(
            window is not None and not window.start_s <= stop.start_s <= window.end_s for window, stop in told
        ),
        dropped=len(upset.planned.keys() - at.keys()),
        promises_lost=sum(
            job.id not in at or at[job.id][1].finish_s > promise.due_s for job in jobs for promise in job.promises
        ),
    )


def _judged(problem: Problem, routes: Sequence[Route]) -> Solution:
    """These routes in these times, at the cost that is counted where everything was told."""
    served = {job for route in routes for job in route.jobs}
    return Solution(
        routes=tuple(routes),
        unassigned=tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served),
        cost=recount(problem, routes),
        engine="as given",
    )


def _cells(one: Answer) -> list[str]:
    figures = (
        one.name,
        f"{one.seconds:.2f}",
        one.noticed.other_technician,
        one.noticed.window_missed,
        one.noticed.dropped,
        one.noticed.promises_lost,
        one.plan.served,
        f"{sum(route.travel_s for route in one.plan.routes) / 60:,.0f}",
        f"{one.verdict.cost.total_ms / 3_600_000:,.1f}",
        len(one.verdict.violations),
    )
    return [str(figure) for figure in figures]
