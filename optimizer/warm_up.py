"""`python -m optimizer.warm_up`: compile all that is compiled, so that the first plan need not wait for it."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from optimizer.budget import Iterations
from optimizer.compiled import IS_COMPILED, KEPT, folder_of
from optimizer.problem import Break, Job, Place, Problem, Promise, Shift, Technician, TravelPeriod, Weights, Window
from optimizer.quote import quote
from optimizer.quoting.reach import bounded_reach, globe_of
from optimizer.risk.simulate import risks
from optimizer.solve import FAST, solve
from optimizer.travel_model import SpeedModel

HOUR = 3600


def warm_up() -> None:
    """Plan, quote and forecast a tiny day that has everything in it."""
    day = tiny_day()
    plan = solve(day, Iterations(400), engine=FAST)
    alone = replace(day, weights=Weights())  # without unfairness prices are worked out, not timed
    for job in day.jobs:
        quote(day, [], job.id)
        quote(alone, [], job.id)
    risks(day, plan, samples=10)
    bounded_reach(SpeedModel(), globe_of(day.places), day.places[0])


def tiny_day() -> Problem:
    """Six jobs and two technicians, with breaks, windows, promises, targets, parts, overtime and a rush hour."""
    places = tuple(Place(id=str(number), lat=22.5 + number / 100, lon=114.0) for number in range(7))
    shift = Shift(
        start_s=0,
        end_s=4 * HOUR,
        start_place="0",
        end_place="0",
        breaks=(Break(duration_s=1800, earliest_start_s=HOUR, latest_start_s=3 * HOUR),),
        overtime_limit_s=HOUR,
        parts={"router": 3},
    )
    return Problem(
        horizon_start_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        places=places,
        technicians=tuple(Technician(id=name, shifts=(shift,), crew="north") for name in ("A", "B")),
        jobs=tuple(
            Job(
                id=f"job {place.id}",
                place=place.id,
                duration_s=2400,
                windows=(Window(start_s=0, end_s=3 * HOUR),),
                target_s=2 * HOUR,
                promises=(Promise(due_s=HOUR, measure="start", late_price_ms_per_s=500, broken_price_s=600),),
                parts={"router": 1},
            )
            for place in places[1:]
        ),
        travel_periods=(TravelPeriod(start_s=HOUR, end_s=2 * HOUR, percent=150),),
        weights=Weights(unfairness_price_ms_per_s=100),
    )


def forget_old_code() -> None:
    """Delete compiled code that nothing has been added to for a day and that belongs to no source as it stands."""
    here = Path(__file__).parent
    current = {folder_of(path) for path in here.rglob("*.py")}
    for folder in KEPT.glob("*-*/"):
        if folder not in current and time.time() - folder.stat().st_mtime > 24 * HOUR:
            shutil.rmtree(folder)


def main() -> None:
    """Warm up, and say how long it took."""
    if not IS_COMPILED:
        sys.stdout.write("numba is not installed: there is nothing to compile\n")
        return
    started = time.monotonic()
    warm_up()
    forget_old_code()
    sys.stdout.write(f"The compiled code is ready ({time.monotonic() - started:.1f} s)\n")


if __name__ == "__main__":
    main()
