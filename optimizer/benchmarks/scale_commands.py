"""`python -m optimizer.benchmarks scale`: many territories on a few processes, or one large one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from optimizer.benchmarks.printing import printer, show
from optimizer.benchmarks.race_plot import NoMatplotlib
from optimizer.benchmarks.scale_plot import plot
from optimizer.benchmarks.several import Several
from optimizer.benchmarks.territories import Planned, Task, measure
from optimizer.solve import ENGINES, FAST, default_engine
from optimizer.warm_up import warm_up

#: with this much more work than time, 5,000 jobs have 450 technicians
OVERLOAD_OF_ONE = 1.25
COLUMNS = (
    "jobs",
    "people",
    "areas",
    "minutes",
    "ms a job",
    "beside the search",
    "left out",
    "of value",
    "travel a visit, min",
    "faults",
    "peak, MB",
    "all, MB",
    "sent, B a job",
    "back, B a job",
)


@click.command(cls=Several)
@click.option(
    "--jobs", multiple=True, type=click.IntRange(min=1), default=(1000, 5000, 20000, 50000), show_default=True
)
@click.option(
    "--territories",
    default=60,
    show_default=True,
    type=click.IntRange(min=1),
    help="Territories of the largest number of jobs; smaller numbers have territories of about the same size.",
)
@click.option("--one-territory", type=click.IntRange(min=1), help="Instead, plan one territory of so many jobs, twice.")
@click.option(
    "--minutes",
    default=13.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Search time for the largest number of jobs, shared equally; fewer jobs get as much each. Or for the one "
    "territory.",
)
@click.option(
    "--longer", default=10.0, show_default=True, help="How much longer the second plan of one territory takes."
)
@click.option(
    "--processes",
    default=2,
    show_default=True,
    type=click.IntRange(min=1),
    help="Processes that solve, on one core each; for one territory the cores of its search.",
)
@click.option("--cluster", help="Solve on a Dask cluster instead: the address of its scheduler.")
@click.option("--seed", default=1, show_default=True)
@click.option("--engine", type=click.Choice(sorted(ENGINES)), help="Default: the fast one, where numba is installed.")
@click.option("--plot", "plot_file", type=click.Path(path_type=Path, dir_okay=False), help="Draw time and memory here.")
def scale(
    *,
    jobs: tuple[int, ...],
    territories: int,
    one_territory: int | None,
    minutes: float,
    longer: float,
    processes: int,
    cluster: str | None,
    seed: int,
    engine: str | None,
    plot_file: Path | None,
) -> None:
    """Plan more and more jobs, then show how time and memory grow; every plan is checked.

    Exits with 1 if a plan has a fault.
    """
    largest = Task(
        jobs=max(jobs),
        territories=territories,
        seconds_per_job=60 * minutes * processes / max(jobs),
        seed=seed,
        engine=engine or default_engine(),
        processes=processes,
        cluster=cluster,
    )
    if largest.engine == FAST and cluster is None:
        warm_up()
    if one_territory is not None:
        planned = _one_territory(largest, one_territory, minutes, longer)
    else:
        planned = _growing(largest, sorted(jobs))
        if plot_file is not None:
            _draw(planned, plot_file)
    sys.exit(1 if any(one.violations for one in planned) else 0)


def _growing(largest: Task, jobs: Sequence[int]) -> list[Planned]:
    console = printer()
    planned = [_measured(console, _of(largest, count)) for count in jobs]
    each = f"{1000 * largest.seconds_per_job:.1f} ms of search a job"
    where = largest.cluster or f"{largest.processes} processes"
    _show(console, planned, f"{largest.engine}, {each} on {where}")
    return planned


def _of(largest: Task, jobs: int) -> Task:
    """The same with fewer jobs, in territories of about the same size, as many for each process."""
    rounds = max(1, round(jobs * largest.territories / largest.jobs / largest.processes))
    if jobs == largest.jobs:
        return largest
    return replace(largest, jobs=jobs, territories=min(jobs, rounds * largest.processes))


def _one_territory(task: Task, jobs: int, minutes: float, longer: float) -> list[Planned]:
    """One large territory in a time, and in one so many times longer: how much is left to gain?"""
    console = printer()
    short = replace(
        task,
        jobs=jobs,
        territories=1,
        overload=OVERLOAD_OF_ONE,
        seconds_per_job=60 * minutes / jobs,
        processes=1,
        cores=task.processes,
    )
    tasks = (short, replace(short, seconds_per_job=short.seconds_per_job * longer))
    planned = [_measured(console, one) for one in tasks]
    title = f"{task.engine}, {60 * minutes:g} s on {short.cores} cores, then {longer:g} times as long"
    _show(console, planned, title)
    soon, late = (one.cost_ms for one in planned)
    console.print(f"The first plan costs {100 * (soon / late - 1):.2f} % more than the second.")
    return planned


def _measured(console: Console, task: Task) -> Planned:
    """Measure, and say at once what was found: the next may take long."""
    one = measure(task)
    console.print(
        f"{one.jobs:,} jobs in {one.territories} territories: {one.elapsed_s:.0f} s, {one.together_mb} MB, "
        f"{one.unserved} left out, {one.travel_s / 3600:.0f} h of travel, cost {one.cost_ms / 3_600_000:.1f} h, "
        f"{one.violations} faults",
        highlight=False,
    )
    return one


def _show(console: Console, planned: Sequence[Planned], title: str) -> None:
    table = Table(*COLUMNS, title=title)
    for one in planned:
        table.add_row(*map(str, _figures(one)))
    show(console, table)


def _figures(one: Planned) -> tuple[object, ...]:
    return (
        f"{one.jobs:,}",
        f"{one.technicians:,}",
        one.territories,
        f"{one.elapsed_s / 60:.2f}",
        f"{1000 * one.elapsed_s / one.jobs:.1f}",
        f"{1000 * one.beside_s / one.jobs:.1f}",
        f"{100 * one.unserved / one.jobs:.1f} %",
        f"{100 * one.unserved_value / one.value:.2f} %",
        f"{one.travel_s / 60 / max(1, one.jobs - one.unserved):.2f}",
        one.violations,
        f"{one.largest_mb:,}",
        f"{one.together_mb:,}",
        round(one.sent_bytes / one.jobs),
        round(one.answer_bytes / one.jobs),
    )


def _draw(planned: Sequence[Planned], file: Path) -> None:
    try:
        plot(planned, file)
    except NoMatplotlib as missing:
        raise click.ClickException(str(missing)) from missing
