"""How fast a day is repaired, and whom it concerns, beside planning it from nothing; figures only, no verdict.

`pytest -s tests/benchmarks/test_repair_speed.py`: 30 technicians, 250 visits with told
windows, one falls ill at 08:10. From the report to the published repair, solver and all,
beside a worker that has got ready as it does when it starts; REPAIR_DAY=90,810 takes a larger day.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass, replace

from dispatch.db import Database
from dispatch.ready_solver import ready_solver
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.settings import Settings
from dispatch.solving import SolverPool
from optimizer.budget import WallClock
from optimizer.solution import Solution
from tests.upset_day import UpsetDay
from web.worker import Worker

TECHNICIANS, VISITS = map(int, os.environ.get("REPAIR_DAY", "30,250").split(","))
BUDGET_S = 1
HOURS = ("08:30", "09:20", "10:10", "11:00", "11:50", "13:00", "13:50", "14:40", "15:30")


@dataclass(frozen=True)
class Noticed:
    """Customers who would hear of something: another technician, a time outside the told window, nobody at all."""

    technician: int
    window: int
    dropped: int


def routes_of(day: UpsetDay) -> list[int]:
    """Technicians a mile or so apart with about as many visits each near their homes, every window told."""
    technicians = [day.technician(north=0.01 * number) for number in range(TECHNICIANS)]
    visits = iter([day.customer(minutes=35, north=0.01 * (number * TECHNICIANS // VISITS)) for number in range(VISITS)])
    for number, technician in enumerate(technicians):
        count = VISITS // TECHNICIANS + (number < VISITS % TECHNICIANS)
        route = [(next(visits), start) for start in HOURS[:count]]
        day.place(technician, route, minutes=35)
        for visit, start in route:
            hour, minute = int(start[:2]), start[3:]
            day.tell(visit, f"{hour - 1:02}:{minute}", f"{hour + 1:02}:{minute}")
    return technicians


def noticed(before: dict[int, tuple[int, str]], after: dict[int, tuple[int, str]]) -> Noticed:
    """What customers would notice of other routes."""
    kept = [(before[visit], after[visit]) for visit in before if visit in after]
    return Noticed(
        sum(old[0] != new[0] for old, new in kept),
        sum(not _inside(old[1], new[1]) for old, new in kept),
        len(before.keys() - after.keys()),
    )


def _inside(planned: str, start: str) -> bool:
    low, high = f"{int(planned[:2]) - 1:02}{planned[2:]}", f"{int(planned[:2]) + 1:02}{planned[2:]}"
    return low <= start <= high


def places(day: UpsetDay) -> dict[int, tuple[int, str]]:
    """Technician and local start of every visit."""
    return {visit: (day.whose(visit) or 0, day.starts(visit) or "") for visit, _ in day.places()}


def from_nothing(day: UpsetDay) -> tuple[Solution, float]:
    """The same day planned with the same budget as if nobody had been told anything."""
    problem = day.snapshot().problem
    jobs = tuple(replace(job, announced=None, pin=None) for job in problem.jobs)
    pool = SolverPool(1)
    began = time.perf_counter()
    solution = pool.solve(replace(problem, jobs=jobs, base_routes=()), WallClock(BUDGET_S), 0)
    took = time.perf_counter() - began
    pool.close()
    return solution, took


def is_open(day: UpsetDay, disruption: int) -> bool:
    """Whether the disruption still waits for its repair."""
    return day.disruption(disruption)[0] in ("reported", "repairing")


def test_a_sick_technician_among_thirty(database: Database) -> None:
    day = UpsetDay.morning(database)
    technicians = routes_of(day)
    day.clock("08:10")
    before = places(day)
    url = database.url.render_as_string(hide_password=False)
    pool = SolverPool(1)
    ready_solver(pool)
    worker = Worker(database, Settings(database_url=url, repair_budget_s=BUDGET_S), now=day.now, pool=pool)
    while worker.advance_log():
        continue
    disruption = day.report(DisruptionKind.ABSENT, technician=technicians[3])
    planned, anew_s = from_nothing(day)
    spent: dict[str, float] = defaultdict(float)
    began, cpu_began = time.perf_counter(), time.process_time()
    while is_open(day, disruption):
        for tick in (worker.repair_days, worker.solve_plans, worker.advance_log):
            if is_open(day, disruption):
                tick_began = time.perf_counter()
                tick()
                spent[tick.__name__] += time.perf_counter() - tick_began
    took, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    pool.close()
    anew = {
        int(stop.job): (int(route.technician), _clock(stop.start_s)) for route in planned.routes for stop in route.stops
    }
    print(f"\n{database.engine.dialect.name}, {TECHNICIANS} technicians, {len(before)} visits told, one absent:")
    print(f"  {day.disruption(disruption)} in {took:.1f} s, beside the search {cpu_s:.1f} s of CPU time")
    print(f"    {noticed(before, places(day))}")
    print(f"    of these {', '.join(f'{name} {seconds:.1f} s' for name, seconds in spent.items())}")
    print(f"  planned from nothing in {anew_s:.1f} s: {noticed(before, anew)}")


def _clock(seconds: int) -> str:
    """The horizon begins at midnight."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
