"""`python -m optimizer.benchmarks scale`: many territories on a few processes, or one large one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from optimizer.benchmarks.race_plot import NoMatplotlib
from optimizer.benchmarks.scale_plot import plot
from optimizer.benchmarks.several import Several
from optimizer.benchmarks.territories import Planned, Task, measure
from optimizer.solve import ENGINES, default_engine

JOBS = (1_000, 5_000, 20_000, 50_000)
#: with this much more work than time, 5,000 jobs have 450 technicians
OVERLOAD_OF_ONE = 1.25
COLUMNS = (
    "jobs",
    "people",
    "areas",
    "seconds",
    "unserved",
    "value",
    "travel h",
    "faults",
    "peak MB",
    "all MB",
    "B/job out",
    "B/job back",
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
    help="Territories of the largest number of jobs; smaller numbers have territories of the same size.",
)
@click.option("--one-territory", type=click.IntRange(min=1), help="Instead, plan one territory of so many jobs, twice.")
@click.option(
    "--minutes",
    default=13.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Search time for all territories of the largest number, shared equally; or for the one territory.",
)
@click.option(
    "--longer", default=10.0, show_default=True, help="How much longer the second plan of one territory takes."
)
@click.option("--processes", default=2, show_default=True, type=click.IntRange(min=1), help="Processes that solve.")
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
    """Plan more and more jobs, then show how time and memory grow; every plan is checked."""
    common = Task(
        jobs=max(jobs),
        territories=territories,
        seconds_each=60 * minutes * processes / territories,
        seed=seed,
        engine=engine,
        processes=processes,
        cluster=cluster,
    )
    if one_territory is not None:
        _one_territory(replace(common, jobs=one_territory, seconds_each=60 * minutes), longer)
        return
    planned = [measure(_of(common, count)) for count in sorted(jobs)]
    where = cluster or f"{processes} processes"
    _show(planned, f"{engine or default_engine()}, {common.seconds_each:.1f} s a territory on {where}")
    if plot_file is not None:
        try:
            plot(planned, plot_file)
        except NoMatplotlib as missing:
            raise click.ClickException(str(missing)) from missing


def _of(largest: Task, jobs: int) -> Task:
    """The same with fewer jobs, in territories of the same size."""
    return replace(largest, jobs=jobs, territories=max(1, round(jobs * largest.territories / largest.jobs)))


def _one_territory(task: Task, longer: float) -> None:
    """One large territory in a time, and in one so many times longer: how much is left to gain?"""
    short = replace(task, territories=1, overload=OVERLOAD_OF_ONE)
    planned = [measure(short), measure(replace(short, seconds_each=short.seconds_each * longer))]
    _show(planned, f"{task.engine or default_engine()}, {short.seconds_each:g} s, then {longer:g} times as long")
    soon, late = (one.cost_ms for one in planned)
    Console().print(f"The first plan costs {100 * (soon / late - 1):.2f} % more than the second.")


def _show(planned: Sequence[Planned], title: str) -> None:
    table = Table(*COLUMNS, title=title)
    for one in planned:
        table.add_row(*map(str, _figures(one)))
    Console(width=130).print(table)


def _figures(one: Planned) -> tuple[object, ...]:
    return (
        one.jobs,
        one.technicians,
        one.territories,
        f"{one.elapsed_s:.1f}",
        one.unserved,
        one.unserved_value,
        round(one.travel_s / 3600),
        one.violations,
        one.largest_mb,
        one.together_mb,
        round(one.sent_bytes / one.jobs),
        round(one.answer_bytes / one.jobs),
    )
