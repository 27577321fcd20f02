"""`vrptw` and `technicians`: our engine and the installed peers side by side, on the same terms."""

from __future__ import annotations

import csv
import os
import platform
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from optimizer.benchmarks.engines import ENGINES
from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import Instance, UnreadableInstance, read_day, read_vrptw
from optimizer.benchmarks.printing import printer, show
from optimizer.benchmarks.race import Finished, Run, carry_out, runs_of, write_answer
from optimizer.benchmarks.race_plot import NoMatplotlib, plot
from optimizer.benchmarks.race_report import Report, line
from optimizer.benchmarks.several import Several

EXCHANGE_S = 600  # seconds of travel that a point of weight is worth
START_UP_S = 3.0  # a process, its imports, its compiled code: for the estimate only
PEERS = ("ours", "vroom", "pyvrp", "ortools")
existing = click.Path(exists=True, dir_okay=False, path_type=Path)


def _comparison(function: Callable[..., None]) -> Callable[..., None]:
    """The options that both kinds of instance share."""
    options = (
        click.argument("files", nargs=-1, type=existing, metavar="FILE..."),
        click.option(
            "--generated", multiple=True, type=click.IntRange(min=4), help="Instances of these sizes instead."
        ),
        click.option("--seconds", multiple=True, type=click.FloatRange(min=0.1), default=(10.0,), show_default=True),
        click.option("--engines", default=",".join(PEERS), show_default=True, help="Of: " + ", ".join(ENGINES)),
        click.option(
            "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Runs with seeds 1, 2 ..."
        ),
        click.option("--cores", type=click.IntRange(min=1), default=1, show_default=True),
        click.option("--solutions", type=click.Path(file_okay=False, path_type=Path), help="Write every answer here."),
        click.option("--plot", "picture", type=click.Path(dir_okay=False, path_type=Path), help="Quality over time."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command(cls=Several)
@_comparison
@click.option("--best-known", type=existing, help="Columns instance,best_known; else best_known.csv beside the files.")
def vrptw(*, files: tuple[Path, ...], generated: tuple[int, ...], best_known: Path | None, **terms: Any) -> None:
    """Serve every customer in time with the least distance (files of Solomon's format)."""
    instances = instances_of(files, generated, read_vrptw, generated_vrptw)
    tables = [best_known] if best_known is not None else [path.parent / "best_known.csv" for path in files]
    known: dict[str, float] = {}
    for table in dict.fromkeys(tables):
        if table.exists():
            known |= _best_known(table)
    _compare(instances, known, exchange=EXCHANGE_S, **terms)


@click.command(cls=Several)
@_comparison
@click.option("--overload", type=click.FloatRange(min=0.1), default=1.1, show_default=True, help="Of generated days.")
@click.option(
    "--exchange", type=click.IntRange(min=1), default=EXCHANGE_S, show_default=True, help="Travel a point, s."
)
def technicians(*, files: tuple[Path, ...], generated: tuple[int, ...], overload: float, **terms: Any) -> None:
    """Serve the most weight with the least travel (technician days in JSON)."""
    _compare(instances_of(files, generated, read_day, lambda size: generated_day(size, overload=overload)), {}, **terms)


def instances_of(
    files: tuple[Path, ...],
    generated: tuple[int, ...],
    read: Callable[[Path], Instance],
    *makes: Callable[[int], Instance],
) -> list[Instance]:
    """Those of the files, and one of each kind and size; raises UsageError."""
    if not files and not generated:
        raise click.UsageError("Name files of instances, or sizes to generate: --generated 100 200")
    try:
        instances = [*map(read, files), *(make(size) for make in makes for size in generated)]
    except UnreadableInstance as error:
        raise click.UsageError(str(error)) from error
    twice = [name for name, times in Counter(one.name for one in instances).items() if times > 1]
    if twice:
        raise click.UsageError(f"Answers are named by instance, and these names come twice: {', '.join(twice)}")
    return instances


def _best_known(file: Path) -> dict[str, float]:
    try:
        with file.open(encoding="utf-8", newline="") as rows:
            return {row["instance"]: float(row["best_known"]) for row in csv.DictReader(rows)}
    except (KeyError, TypeError, ValueError) as error:
        raise click.UsageError(f"{file}: not a table of instance,best_known ({error!r})") from error


def _compare(
    instances: list[Instance],
    best_known: dict[str, float],
    *,
    seconds: tuple[float, ...],
    engines: str,
    seeds: int,
    cores: int,
    exchange: int,
    solutions: Path | None,
    picture: Path | None,
) -> None:
    """Make every run, print the tables, and exit with 1 if a run crashed or an answer breaks something."""
    console = printer()
    cores_there_are(cores)
    there = _installed(console, engines.split(","))
    if solutions is not None:
        solutions.mkdir(parents=True, exist_ok=True)
    console.print(_machine(there, cores))
    finished = all_of(console, runs_of(instances, there, seconds, seeds, cores, exchange), solutions)
    if not finished:
        sys.exit(1)
    for table in Report(finished, best_known).tables():
        show(console, table)
    if picture is not None:
        try:
            plot(finished, best_known, picture)
        except NoMatplotlib as error:
            raise click.ClickException(str(error)) from error
    complain(console, finished)


def cores_there_are(cores: int) -> None:
    """Raise BadParameter if the machine has fewer cores."""
    if cores > (os.cpu_count() or 1):
        raise click.BadParameter(f"this machine has {os.cpu_count()}", param_hint="--cores")


def _installed(console: Console, asked: Sequence[str]) -> list[str]:
    """The engines that can run; the others are named with the reason."""
    there = []
    for name in asked:
        if name not in ENGINES:
            raise click.BadParameter(f"there is no {name!r}; there are {', '.join(ENGINES)}", param_hint="--engines")
        if ENGINES[name].version is None:
            console.print(f"{name} is skipped: {ENGINES[name].package} is not installed (make peers)")
        else:
            there.append(name)
    if not there:
        raise click.UsageError("None of these engines is installed.")
    return there


def _machine(engines: list[str], cores: int) -> str:
    versions = [f"{name} ({ENGINES[name].package or 'punctual'} {ENGINES[name].version})" for name in engines]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{machine}; {cores} for each of {', '.join(versions)}"


def all_of(console: Console, runs: list[Run], solutions: Path | None = None) -> list[Finished]:
    """Make the runs one after the other, a line for each as it ends."""
    lasts = [run.terms.seconds + START_UP_S for run in runs]
    console.print(f"{len(runs)} runs, at most about {sum(lasts) / 60:.1f} min")
    finished = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f} of {task.total:.0f} s"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, refresh_per_second=1) as bar:
        task = bar.add_task("", total=sum(lasts))
        for run, length in zip(runs, lasts, strict=True):
            bar.update(task, description=f"{run.instance.name} {run.terms.name}")
            try:
                one = carry_out(run)
            except KeyboardInterrupt:
                console.print("Interrupted; what follows is about the runs that ended.")
                break
            if solutions is not None:
                write_answer(one, solutions)
            console.print(line(one), highlight=False)
            finished.append(one)
            bar.advance(task, length)
    return finished


def complain(console: Console, finished: list[Finished]) -> None:
    """Name every run that crashed or whose answer breaks something, and exit with 1 if there is one."""
    wrong = [one for one in finished if one.is_wrong]
    for one in wrong:
        terms = one.run.terms
        console.print(f"{one.run.instance.name} {terms.name} {terms.seconds:g} s seed {terms.seed}: {one.fault}")
    if wrong:
        sys.exit(1)
