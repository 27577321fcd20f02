"""Watching real processes solve: a day on which they have enough to do, and who they are."""

from __future__ import annotations

import time
from datetime import timedelta

import psutil
import pytest

from dispatch.clocks import MachineClock
from dispatch.db import Database
from tests.planning import PlanningDay


def busy_day(database: Database) -> PlanningDay:
    """Now, by the clock of this machine, with enough work tomorrow to search for minutes."""
    day = PlanningDay.begin(database)
    day.now = MachineClock().now()
    for _ in range(3):
        day.technician(day=tomorrow(day))
    for number in range(40):
        day.customer(minutes=30, north=0.003 * (number * 7 % 40))
    return day


def tomorrow(day: PlanningDay) -> str:
    """The date of tomorrow, local to the operator."""
    return f"{(day.now + timedelta(days=1)).astimezone(day.world.zone):%Y-%m-%d}"


def solving(parent: int, *, cpu_s: float = 3.0) -> list[psutil.Process]:
    """The process and its children, once one of them has worked for longer than it takes to start."""
    give_up_at = time.monotonic() + 120
    while time.monotonic() < give_up_at:
        family = [psutil.Process(parent), *psutil.Process(parent).children(recursive=True)]
        if any(_solves(child, cpu_s) for child in family[1:]):
            return family
        time.sleep(0.05)
    pytest.fail("nobody solves")


def _solves(child: psutil.Process, cpu_s: float) -> bool:
    """Whether the child is a solver and has worked for so long."""
    return "spawn_main" in " ".join(child.cmdline()) and child.cpu_times().user >= cpu_s


def wait_until_gone(processes: list[psutil.Process]) -> None:
    """Fails if any of them is still there after ten seconds."""
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
