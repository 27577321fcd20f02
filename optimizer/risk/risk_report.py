"""Forecasts for people to read."""

from __future__ import annotations

from datetime import timedelta

from rich.console import Console
from rich.table import Table

from optimizer.problem import Problem
from optimizer.risk.simulate import Simulated, StopRisk
from optimizer.risk.windows import window_for

#: so many stops are shown one by one, the least sure first
MOST_SHOWN = 20


def print_risks(console: Console, simulated: Simulated, level: float) -> None:
    """How many windows are kept as surely as asked for, and of the stops that are not the window that would be."""
    problem, starts_s = simulated.problem, simulated.starts_by_job()
    told = [one for one in simulated.risks() if one.kept_probability is not None]
    unsure = sorted((_kept(one), one.job, one) for one in told if _kept(one) < level)
    if unsure:
        table = Table(title=f"Windows kept with less than {level:.0%}")
        for column in ("job", "technician", "kept", "planned", "5 %", "half", "95 %", "sure window"):
            table.add_column(column, justify="left" if column in ("job", "technician") else "right")
        for kept, _, one in unsure[:MOST_SHOWN]:
            window = window_for(starts_s[one.job], level)
            sure = f"{_clock(problem, window.start_s)}-{_clock(problem, window.end_s)}"
            times = (one.planned_start_s, one.early_start_s, one.median_start_s, one.late_start_s)
            table.add_row(one.job, one.technician, f"{kept:.0%}", *(_clock(problem, at_s) for at_s in times), sure)
        console.print(table)
    words = f"{len(told) - len(unsure)} of {len(told)} windows are kept with at least {level:.0%}"
    expected = sum(map(_kept, told))
    console.print(f"{words}; {expected:.1f} can be expected to be kept.", highlight=False)


def _kept(one: StopRisk) -> float:
    return one.kept_probability or 0.0


def _clock(problem: Problem, at_s: int) -> str:
    return f"{problem.horizon_start_at + timedelta(seconds=at_s):%H:%M}"
