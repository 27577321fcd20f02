"""A plan for people to read: routes, what is left out and why, cost by term, violations."""

from __future__ import annotations

from datetime import timedelta

from rich.console import Console
from rich.table import Table

from optimizer.check import Verdict
from optimizer.comparison import Comparison
from optimizer.explanation import WhyNot, WhySo
from optimizer.problem import Problem
from optimizer.solution import Route, Solution
from optimizer.start_reasons import StartReasons


def print_report(console: Console, problem: Problem, solution: Solution, verdict: Verdict) -> None:
    """The whole plan, to a console."""
    console.print(_routes(problem, solution))
    if solution.unassigned:
        console.print(_left_out(problem, solution))
    console.print(_costs(verdict))
    for violation in verdict.violations:
        console.print(f"[red]violation[/red] {violation}", highlight=False)
    served = f"{solution.served} of {len(problem.jobs)} jobs served by {len(solution.routes)} routes"
    travel_h = sum(route.travel_s for route in solution.routes) / 3600
    found = f"{len(verdict.violations)} violations" if verdict.violations else "no violation"
    console.print(f"{served}, {travel_h:.1f} h of travel, {found}.", highlight=False)


def print_explanation(console: Console, problem: Problem, explanation: WhyNot | WhySo) -> None:
    """Why a job is left out and what would help, or why its technician comes and why then."""
    if isinstance(explanation, WhyNot):
        _print_why_not(console, problem, explanation)
        return
    console.print(_comparison(explanation.technician))
    _print_start(console, problem, explanation.start)


def _comparison(comparison: Comparison) -> Table:
    """What the job costs here, term by term, and with the next best."""
    table = Table(title=f"Why {comparison.technician} has {comparison.job}, in seconds of travel")
    table.add_column("term")
    table.add_column(comparison.technician, justify="right")
    table.add_column(comparison.runner_up or "nobody else could", justify="right")
    here, there = comparison.cost, comparison.runner_up_cost
    next_best = there.by_term() if there is not None else {}
    for term, ms in here.by_term().items():
        if ms or next_best.get(term):
            table.add_row(term, _seconds(ms), _seconds(next_best.get(term)))
    table.add_row("total", _seconds(here.total_ms), _seconds(None if there is None else there.total_ms), style="bold")
    return table


def _print_start(console: Console, problem: Problem, start: StartReasons) -> None:
    """What binds the start, and what another would cost."""
    reasons = ", ".join(start.bound_by).replace("_", " ") or "what is cheapest for the other stops"
    console.print(f"It starts at {_clock(problem, start.start_s)}, bound by: {reasons}.", highlight=False)
    for when, more_ms in (("earlier", start.earlier_ms), ("later", start.later_ms)):
        cost = "cannot be" if more_ms is None else f"would cost {_seconds(more_ms)} s of travel more"
        console.print(f"A minute or more {when} {cost}.", highlight=False)


def _print_why_not(console: Console, problem: Problem, explanation: WhyNot) -> None:
    """The obstacles, then what would help, cheapest first."""
    console.print(f"{explanation.job} is left out:", highlight=False)
    for obstacle in explanation.obstacles:
        console.print(f"  {obstacle}", highlight=False)
    table = Table(title=f"What would fit {explanation.job}, in seconds of travel")
    table.add_column("price", justify="right")
    for column in ("change", "technician", "starts"):
        table.add_column(column)
    for remedy in explanation.remedies:
        changes = " and ".join(map(str, remedy.changes))
        table.add_row(_seconds(remedy.price_ms), changes, remedy.technician, _clock(problem, remedy.start_s))
    console.print(table if explanation.remedies else "Nothing small would do.")


def _seconds(ms: int | None) -> str:
    return "" if ms is None else f"{ms / 1000:,.1f}"


def _routes(problem: Problem, solution: Solution) -> Table:
    table = Table(title="Routes")
    for column in ("technician", "shift", "jobs", "starts", "ends", "travel"):
        table.add_column(column, justify="left" if column == "technician" else "right")
    table.add_column("stops")
    for route in solution.routes:
        first = route.stops[0].leave_s if route.stops else route.return_leave_s
        stops = "  ".join(f"{_clock(problem, stop.start_s)} {stop.job}" for stop in route.stops)
        table.add_row(
            route.technician,
            str(route.shift),
            str(len(route.stops)),
            _clock(problem, first),
            _clock(problem, route.end_s),
            f"{_minutes(route)} min",
            stops,
        )
    return table


def _minutes(route: Route) -> int:
    return round(route.travel_s / 60)


def _clock(problem: Problem, at_s: int) -> str:
    """The wall clock at the horizon's offset, with the day where the horizon has several."""
    at = problem.horizon_start_at + timedelta(seconds=at_s)
    days = (at.date() - problem.horizon_start_at.date()).days
    return f"{at:%H:%M}" if days == 0 else f"+{days}d {at:%H:%M}"


def _left_out(problem: Problem, solution: Solution) -> Table:
    table = Table(title="Left out")
    table.add_column("job")
    table.add_column("because")
    for one in solution.unassigned:
        must = " (mandatory)" if problem.is_mandatory(problem.jobs_by_id[one.job]) else ""
        table.add_row(one.job + must, "\n".join(map(str, one.obstacles)) or "no reason found")
    return table


def _costs(verdict: Verdict) -> Table:
    table = Table(title="Cost, in seconds of travel")
    table.add_column("term")
    table.add_column("cost", justify="right")
    for term, ms in verdict.cost.by_term().items():
        if ms:
            table.add_row(term, f"{ms / 1000:,.1f}")
    table.add_row("total", f"{verdict.cost.total_ms / 1000:,.1f}", style="bold")
    return table
