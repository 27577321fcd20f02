"""How fast windows are offered, held and booked; figures only, no verdict.

`pytest -s tests/benchmarks/test_slots.py`: a territory day of 40 technicians whose routes
fill as it goes, on both databases, for one customer at a time and for twenty; and how long
the day is locked to hold a place that was found before, or that is found under the lock.
Travel has the rush hours of an installation that says nothing else.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import pytest

from dispatch.db import Database
from dispatch.great_circle import GreatCircleTravel
from dispatch.services.find_place import find_place
from dispatch.services.hold_slot import hold_slot
from tests.booking import BookingDay

T = TypeVar("T")
TECHNICIANS = 40
CUSTOMERS = 60


@dataclass
class Figures:
    """Seconds of every call, by name."""

    calls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    began: float = field(default_factory=time.perf_counter)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """Do it and note how long it took."""
        began = time.perf_counter()
        try:
            return work()
        finally:
            self.calls[name].append(time.perf_counter() - began)

    def line(self, name: str) -> str:
        """Calls a second over all clients, and the median and the slowest tenth of one."""
        took = sorted(self.calls[name])
        tenth = took[-max(1, len(took) // 10)]
        return f"{name} {1000 * statistics.median(took):5.0f} ms (slowest tenth {1000 * tenth:5.0f} ms)"


@pytest.fixture
def day(database: Database) -> Iterator[BookingDay]:
    """A territory with its technicians."""
    day = BookingDay.evening_before(database, GreatCircleTravel())
    day.patient = Database(database.url, lock_timeout_s=30)
    for number in range(TECHNICIANS):
        day.technician("08:00-17:00", north=0.002 * (number - TECHNICIANS // 2), pause=("11:30", "13:00", 45))
    yield day
    day.patient.dispose()


@pytest.mark.parametrize("clients", [1, 20])
def test_offer_hold_and_book(day: BookingDay, clients: int) -> None:
    visits = [day.customer(north=0.001 * (number % 40 - 20)) for number in range(CUSTOMERS)]
    figures = Figures()

    def customer(visit: int) -> bool:
        offers = figures.timed("offer", lambda: day.offer(visit, most=6))
        choice = figures.timed("choose", lambda: day.choose(offers[visit % len(offers)].id))
        if choice.kept is None:
            return False
        kept = choice.kept.id
        figures.timed("book", lambda: day.book(kept))
        return True

    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=clients) as pool:
        booked = sum(pool.map(customer, visits))
    took = time.perf_counter() - began
    name = day.database.engine.dialect.name
    print(
        f"\n{name:>10}, {clients:2} at once: {booked / took:5.1f} customers booked a second;"
        f" {'; '.join(figures.line(step) for step in ('offer', 'choose', 'book'))}"
    )


def test_how_long_the_day_is_locked(day: BookingDay) -> None:
    visits = [day.customer(north=0.001 * (number % 40 - 20)) for number in range(CUSTOMERS)]
    figures = Figures()
    for number, visit in enumerate(visits):
        offers = day.offer(visit, most=6)
        offer = offers[visit % len(offers)].id
        with day.database.read_session() as session:
            place = find_place(session, offer, now=day.now, machine_now=day.machine, travel=day.travel)
        name, place = ("found before", place) if number % 2 else ("found there", None)
        with day.database.write_session() as session:
            hold = partial(hold_slot, session, offer, now=day.now, machine_now=day.machine, travel=day.travel)
            figures.timed(name, partial(hold, place=place))
    name = day.database.engine.dialect.name
    print(f"\n{name:>10}, under the lock: {'; '.join(figures.line(step) for step in ('found before', 'found there'))}")
