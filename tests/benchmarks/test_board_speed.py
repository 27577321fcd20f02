"""How fast the board is, for 30 technicians and for 90; figures only, no verdict.

`pytest -s tests/benchmarks/test_board_speed.py`. The bound is the time that the database needs
for the same statements without anything being made of their rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Eta, Route, Shift, Stop, Visit
from dispatch.rules.lifecycles import VisitStatus
from tests.watching import WatchedDay, begin

SIZES = ((30, 250), (90, 1_000))
RUNS = 9


def busy(database: Database, technicians: int, visits: int) -> WatchedDay:
    """A morning on which everybody has about as many visits."""
    day = begin(database, "2026-11-24 10:00")
    people = [day.technician("08:00-18:00", north=0.002 * number) for number in range(technicians)]
    wanted = [
        day.customers(visits // technicians + 1, minutes=45, north=0.002 * number) for number in range(technicians)
    ]
    day.world.do(lambda session: _place(session, day, people, wanted))
    return day


def _place(session: Session, day: WatchedDay, people: list[int], wanted: list[list[int]]) -> None:
    begins = day.world.at("2026-11-24 08:00")
    for technician, visits in zip(people, wanted, strict=True):
        shift = session.query(Shift).filter_by(technician_id=technician).one()
        about = {"technician_id": technician, "territory_id": shift.territory_id, "day_on": shift.day_on}
        route = Route(shift_id=shift.id, **about)
        session.add(route)
        for position, visit_id in enumerate(visits, 1):
            start_at = begins + timedelta(minutes=50 * (position - 1))
            times = {"arrive_at": start_at, "start_at": start_at, "finish_at": start_at + timedelta(minutes=45)}
            route.stops.append(Stop(visit_id=visit_id, position=position, travel_s=300, **times))
            visit = session.get_one(Visit, visit_id)
            for status in (VisitStatus.BOOKED, VisitStatus.SCHEDULED):
                visit.move_to(status, at=day.now, by="test")
            session.add(Eta(visit_id=visit_id, arrive_at=start_at, computed_at=day.now))
        session.flush()


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """The best of some runs, by the clock on the wall and in time of this process: others may be at work too."""
    taken = []
    for _ in range(RUNS):
        began, began_busy = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - began, time.process_time() - began_busy))
    wall, busy = (1000 * min(column) for column in zip(*taken, strict=True))
    return wall, busy


def statements_of(database: Database, work: Callable[[], object]) -> list[tuple[str, Any]]:
    """What is asked of the database."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    work()
    event.remove(database.engine, "before_cursor_execute", note)
    return asked


def bare(database: Database, asked: list[tuple[str, Any]]) -> None:
    """The same statements, their rows fetched and forgotten."""
    with database.engine.connect() as connection:
        for statement, parameters in asked:
            connection.exec_driver_sql(statement, parameters).fetchall()


@pytest.mark.parametrize(("technicians", "visits"), SIZES)
def test_speed_of_the_board(database: Database, technicians: int, visits: int) -> None:
    day = busy(database, technicians, visits)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    client = day.client()
    asked = statements_of(database, lambda: client.get("/console/day.json"))
    tag = client.get("/console/day.json").headers["ETag"]
    figures = {
        "bare SQL (bound)": milliseconds(lambda: bare(database, asked)),
        "query": milliseconds(day.board),
        "day.json": milliseconds(lambda: client.get("/console/day.json")),
        "day.json unchanged": milliseconds(lambda: client.get("/console/day.json", headers={"If-None-Match": tag})),
        "page": milliseconds(lambda: client.get("/console/")),
    }
    size = len(client.get("/console/day.json").data) // 1024
    dialect, selects = database.engine.dialect.name, len(asked)
    print(f"\n{dialect}, {technicians} technicians, {visits} visits: {selects} SELECTs, {size} KiB")
    for name, (wall, at_work) in figures.items():
        print(f"  {name:<20} {wall:8.1f} ms, of it at work here {at_work:8.1f} ms")
