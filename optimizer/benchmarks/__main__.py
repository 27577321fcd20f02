"""`python -m optimizer.benchmarks days`: plan generated technician days and print what it took."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from optimizer.benchmarks.planning_days import Measured, measure
from optimizer.solve import ENGINES

COLUMNS = ("jobs", "technicians", "seconds", "unserved", "their value", "travel min", "violations", "peak MB")


@click.group()
def main() -> None:
    """Measurements of the optimizer."""


class _Several(click.Command):
    """Lets `--jobs 100 300 1000` be written as it is said."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        for one in args:
            after_jobs = len(spread) > 1 and spread[-2] == "--jobs" and one.isdigit()
            spread.extend(("--jobs", one) if after_jobs else (one,))
        return super().parse_args(ctx, spread)


@main.command(cls=_Several)
@click.option("--jobs", multiple=True, type=click.IntRange(min=1), default=(100, 300, 1000), show_default=True)
@click.option("--seconds", type=click.FloatRange(min=0), default=30.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--engine", default="reference", show_default=True, type=click.Choice(sorted(ENGINES)))
def days(*, jobs: tuple[int, ...], seconds: float, seed: int, engine: str) -> None:
    """Plan days of so many jobs, one after the other."""
    table = Table(*COLUMNS, title=f"{engine}, {seconds:g} s a day, seed {seed}")
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


if __name__ == "__main__":
    main()
