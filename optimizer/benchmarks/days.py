"""`python -m optimizer.benchmarks days`: plan generated technician days and print what it took."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from optimizer.benchmarks.planning_days import Measured, measure
from optimizer.benchmarks.several import Several
from optimizer.solve import ENGINES, default_engine

COLUMNS = ("jobs", "technicians", "seconds", "unserved", "their value", "travel min", "violations", "peak MB")


@click.command(cls=Several)
@click.option("--jobs", multiple=True, type=click.IntRange(min=1), default=(100, 300, 1000), show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0), default=30.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--engine", type=click.Choice(sorted(ENGINES)), help="Default: the fast one, where numba is installed.")
def days(*, jobs: tuple[int, ...], seconds: float, seed: int, engine: str | None) -> None:
    """Plan days of so many jobs, one after the other."""
    table = Table(*COLUMNS, title=f"{engine or default_engine()}, {seconds:g} s a day, seed {seed}")
    for count in jobs:
        table.add_row(*_cells(measure(count, seconds, seed, engine)))
    Console(width=100).print(table)


def _cells(day: Measured) -> list[str]:
    figures = (
        day.jobs,
        day.technicians,
        f"{day.elapsed_s:.1f}",
        day.unserved,
        day.unserved_value,
        round(day.travel_s / 60),
        day.violations,
        day.peak_mb,
    )
    return [str(one) for one in figures]
