"""`python -m optimizer FILE`: plan a problem, or check a plan, from the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from optimizer.budget import SoFar, WallClock
from optimizer.check import Verdict, check
from optimizer.explanation import explain
from optimizer.faults import InvalidDocument
from optimizer.plan_report import print_explanation, print_report
from optimizer.problem import Problem
from optimizer.problem_json import read_problem
from optimizer.risk.keep import Confidence, solve_as_asked
from optimizer.risk.risk_report import print_risks
from optimizer.risk.simulate import Simulated, simulate
from optimizer.solution import Solution
from optimizer.solution_json import read_solution, solution_to_json
from optimizer.solve import ENGINES
from optimizer.watch import Progress as Telling

SERVED, WANTING, BAD_INPUT = 0, 1, 2
existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=existing)
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(min=0), help="Time to search.")
@click.option("--seed", default=0, show_default=True, help="Another seed, another search.")
@click.option("--engine", type=click.Choice(sorted(ENGINES)), help="Default: the fast one, where numba is installed.")
@click.option("--solution", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write the plan here.")
@click.option("--check", "given", type=existing, help="Check this plan instead of making one.")
@click.option("--why", metavar="JOB", help="Why JOB's technician and time; if left out, why, and what would fit it.")
@click.option(
    "--confidence",
    metavar="PERCENT",
    type=click.FloatRange(0, 100, min_open=True, max_open=True),
    help="Keep windows at least this surely, and say which are not.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON instead of tables.")
def main(
    *,
    file: Path,
    seconds: float,
    seed: int,
    engine: str | None,
    out: Path | None,
    given: Path | None,
    why: str | None,
    confidence: float | None,
    as_json: bool,
) -> None:
    """Plan the problem in FILE and report the plan.

    Exits with 0 when every job is served without violation, 1 when a job is left out or the
    plan violates something, 2 when the input cannot be used.
    """
    level = None if confidence is None else confidence / 100
    try:
        problem = read_problem(file)
        if why is not None and why not in problem.jobs_by_id:
            raise click.BadParameter(f"there is no job {why!r}", param_hint="--why")
        solution = (
            read_solution(given, problem) if given else _plan(problem, seconds, seed, engine, level, quiet=as_json)
        )
    except InvalidDocument as error:
        for fault in error.faults:
            click.echo(f"{fault}", err=True)
        sys.exit(BAD_INPUT)
    verdict = check(problem, solution)
    if solution.level_failure is not None:
        code, where = solution.level_failure.code, solution.level_failure.where
        click.echo(
            f"The search for {confidence:g} % failed ({code}, {where}); this is the best plan until then.", err=True
        )
    if out is not None:
        out.write_text(json.dumps(solution_to_json(solution), indent=1) + "\n", encoding="utf-8")
    foreseen = None if level is None else simulate(problem, solution, seed=seed)
    if as_json:
        click.echo(json.dumps(_verdict_to_json(solution, verdict, foreseen)))
    else:
        print_report(Console(), problem, solution, verdict)
        if foreseen is not None and level is not None:
            print_risks(Console(), foreseen, level)
        if why is not None:
            print_explanation(Console(), problem, explain(problem, solution, why))
    sys.exit(SERVED if verdict.passed and not solution.unassigned else WANTING)


def _plan(
    problem: Problem, seconds: float, seed: int, engine: str | None, level: float | None, *, quiet: bool
) -> Solution:
    """Search, with a progress bar on a terminal; Ctrl-C ends it with the best so far."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        return _search(problem, seconds, seed, engine, level)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("planning", total=seconds)

        def show(so_far: SoFar) -> None:
            cost = f"{(so_far.cost_ms or 0) / 1000:,.0f}"
            words = f"{so_far.served} of {len(problem.jobs)} served, cost {cost}"
            bar.update(task, completed=so_far.elapsed_s, description=words)

        return _search(problem, seconds, seed, engine, level, show)


def _search(
    problem: Problem, seconds: float, seed: int, engine: str | None, level: float | None, telling: Telling | None = None
) -> Solution:
    """The plan, one that keeps windows at least as surely as `level` if there is one."""
    confidence = None if level is None else Confidence(level)
    return solve_as_asked(problem, WallClock(seconds), seed, confidence, telling, engine=engine)


def _verdict_to_json(solution: Solution, verdict: Verdict, foreseen: Simulated | None) -> dict[str, object]:
    document = solution_to_json(solution)
    violations = [
        {"code": one.code, "technician": one.technician, "shift": one.shift, "job": one.job, "detail": one.detail}
        for one in verdict.violations
    ]
    answer = {**document, "passed": verdict.passed, "violations": violations}
    if foreseen is None:
        return answer
    return answer | {"risks": [asdict(one) for one in foreseen.risks()]}


if __name__ == "__main__":
    main()
