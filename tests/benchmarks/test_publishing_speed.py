"""How fast a plan of 1,000 visits is published, and what phones notice of it; figures only, no verdict.

`pytest -s tests/benchmarks/test_publishing_speed.py`: 90 technicians of one territory; 20
phones sync five times a second each, which is what 1,000 phones do that sync every ten
seconds; a customer books every two seconds. The plan is published by a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import event

from dispatch.db import Database
from dispatch.great_circle import GreatCircleTravel
from dispatch.services.publish_plan import publish_plan
from dispatch.travel_memory import RememberedTravel
from tests.busy_day import BusyDay

TECHNICIANS, VISITS, PHONES = 90, 1_000, 20
EVERY_S, BOOKING_EVERY_S, QUIET_S = 0.2, 2.0, 10.0


@dataclass
class Transaction:
    """One transaction: how long it was open, behind the wait for SQLite's lock, and what it sent."""

    began: float
    statements: int = 0
    writes: bool = False
    held_s: float = 0.0


@dataclass
class Watch:
    """The transactions of one database's engine, which one thread uses."""

    database: Database
    seen: list[Transaction] = field(default_factory=list)

    def __post_init__(self) -> None:
        event.listen(self.database.engine, "begin", lambda _connection: self.seen.append(Transaction(_now())))
        event.listen(self.database.engine, "before_cursor_execute", self._sent)
        event.listen(self.database.engine, "checkin", self._over)

    def _sent(self, _connection: object, _cursor: object, statement: str, *_more: Any) -> None:
        if self.seen:
            self.seen[-1].statements += 1
            self.seen[-1].writes |= statement.startswith(("INSERT", "UPDATE"))

    def _over(self, *_connection: object) -> None:
        if self.seen:
            self.seen[-1].held_s = self.seen[-1].held_s or _now() - self.seen[-1].began


@dataclass(frozen=True)
class Published:
    """What publishing took; `held_s` are the writing transactions, the last of which has published."""

    seconds: float
    held_s: Sequence[float]
    statements: int
    added: int


def _now() -> float:
    return time.perf_counter()


def _publish(url: str, plan: int, now: datetime) -> Published:
    """Publish in this process, which has nothing else to do."""
    database = Database(url)
    watch = Watch(database)
    began = _now()
    try:
        travel = RememberedTravel(GreatCircleTravel())
        written = publish_plan(database, plan, now=now, by="dispatcher:1", travel=travel)
    finally:
        database.dispose()
    writing = [one for one in watch.seen if one.writes]
    return Published(_now() - began, [one.held_s for one in writing], writing[-1].statements, written.added)


@contextmanager
def _another_process() -> Iterator[ProcessPoolExecutor]:
    """A process that has imported everything already."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(_now).result()
        yield pool


def _figures(busy: BusyDay, began: float, ended: float) -> str:
    took = sorted(took for phone in busy.phones for at, took in phone.syncs if began <= at < ended)
    p50, p99, most = (1000 * took[index] for index in (len(took) // 2, len(took) * 99 // 100, -1))
    return f"{p50:6.0f} ms {p99:6.0f} ms {most:6.0f} ms ({len(took)} syncs)"


@pytest.mark.parametrize("customers", [0, 20])
def test_publishing_while_phones_report(database: Database, customers: int) -> None:
    busy = BusyDay.begin(database, technicians=TECHNICIANS, visits=VISITS, phones=PHONES, browsing=customers)
    plan = busy.draft()
    url = database.url.render_as_string(hide_password=False)
    with _another_process() as pool, busy.under_load(every_s=EVERY_S, booking_every_s=BOOKING_EVERY_S):
        began = _now()
        time.sleep(QUIET_S)
        asked = _now()
        published = pool.submit(_publish, url, plan, busy.day.now).result()
        ended = _now()
    held = ", ".join(f"{seconds:.2f}" for seconds in published.held_s)
    print(
        f"\n{database.engine.dialect.name}, {len(busy.booked)} booked meanwhile: {published.added} visits published"
        f" in {published.seconds:.1f} s; lock held {held} s, {published.statements} statements"
        f"\n  phones wait, median, p99 and longest: without {_figures(busy, began, asked)}"
        f"\n                                           with {_figures(busy, asked, ended)}"
    )
