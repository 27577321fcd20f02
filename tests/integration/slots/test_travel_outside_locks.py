"""Nobody waits for a road server while a transaction is open: travel is asked for before."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import event

from dispatch.db import Database, run_use_case
from dispatch.great_circle import GreatCircleTravel
from dispatch.rules.datum import Coordinate
from dispatch.services.hold_slot import hold_slot
from dispatch.services.know_places import TRIES, with_places_known
from dispatch.travel import TravelMatrix, TravelModel
from dispatch.travel_memory import PlacesUnknown, RememberedTravel
from tests.booking import DAY, BookingDay


@dataclass
class RoadServer:
    """Stands in for a road server far away: fails if it is asked while this thread has a transaction open."""

    straight: GreatCircleTravel = field(default_factory=GreatCircleTravel)
    questions: list[int] = field(default_factory=list)
    own: threading.local = field(default_factory=threading.local)
    formula: None = None

    def watch(self, database: Database) -> None:
        """See transactions begin and end."""
        event.listen(database.engine, "begin", lambda _connection: self._count(1))
        event.listen(database.engine, "commit", lambda _connection: self._count(-1))
        event.listen(database.engine, "rollback", lambda _connection: self._count(-1))

    def _count(self, change: int) -> None:
        self.own.open = max(0, getattr(self.own, "open", 0) + change)

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """As the crow flies; raises AssertionError inside a transaction."""
        assert getattr(self.own, "open", 0) == 0, "asked while a transaction is open"
        self.questions.append(len(coordinates))
        return self.straight.matrix(coordinates)

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """No rush hour."""
        return np.ones(24)


@pytest.fixture
def roads() -> RoadServer:
    """A road server that has not been asked yet."""
    return RoadServer()


@pytest.fixture
def day(database: Database, roads: RoadServer) -> BookingDay:
    """Two technicians, two days, and a watched database."""
    day = BookingDay.evening_before(database)
    for number in (0, 1):
        technician = day.technician("08:00-12:00", north=0.05 * number)
        day.shift(technician, "08:00-12:00", day="2026-11-25")
    roads.watch(database)
    day.travel = RememberedTravel(roads)
    return day


def test_the_stand_in_does_fail_inside_a_transaction(day: BookingDay, roads: RoadServer) -> None:
    """Otherwise the tests below prove nothing."""
    offer = day.shown(day.customer(), "08:00-10:00")
    with pytest.raises(AssertionError, match="asked while a transaction is open"):
        run_use_case(
            day.database,
            lambda session: hold_slot(session, offer, now=day.now, machine_now=day.machine, travel=roads),
        )


def test_offering_asks_outside_any_transaction(day: BookingDay, roads: RoadServer) -> None:
    assert day.windows(day.customer(north=0.02)) == ["08:00-10:00", "10:00-12:00"]
    assert roads.questions == [3]


def test_choosing_asks_nothing_when_the_places_are_known(day: BookingDay, roads: RoadServer) -> None:
    offer = day.shown(day.customer(north=0.02), "08:00-10:00")
    asked = list(roads.questions)
    choice = day.choose(offer)
    assert choice.kept is not None
    day.book(offer)
    assert roads.questions == asked


def test_choosing_in_a_process_that_knows_nothing_asks_before_it_locks(day: BookingDay, roads: RoadServer) -> None:
    """Shown by one server, chosen on another."""
    offer = day.shown(day.customer(north=0.02), "08:00-10:00")
    day.travel = RememberedTravel(roads)
    assert day.choose(offer).kept is not None


def test_moving_to_another_day_asks_before_it_locks(day: BookingDay, roads: RoadServer) -> None:
    visit = day.customer(north=0.02)
    first = day.shown(visit, "08:00-10:00")
    day.choose(first)
    day.book(first)
    offer = day.shown(visit, "10:00-12:00", day="2026-11-25")
    day.travel = RememberedTravel(roads)
    assert day.choose(offer).kept is not None
    assert day.start(visit) == "2026-11-25 10:00"


def test_a_lock_never_waits_for_a_place_that_came_onto_the_routes_meanwhile(day: BookingDay, roads: RoadServer) -> None:
    """Between asking and locking somebody from far away has booked: it is asked again, outside, and then held."""
    visit, stranger = day.customer(north=0.02), day.customer(north=0.03)
    offer, rival = day.shown(visit, "08:00-10:00"), day.shown(stranger, "08:00-10:00")
    memory = RememberedTravel(roads)
    tries: list[bool] = []

    def hold(known: TravelModel) -> bool:
        if not tries:
            tries.append(False)
            day.choose(rival)
        held = run_use_case(
            day.database,
            lambda session: hold_slot(session, offer, now=day.now, machine_now=day.machine, travel=known),
        )
        tries.append(True)
        return held.id == offer

    assert with_places_known(day.database, [visit], [day.now.date().replace(day=24)], memory, hold)
    assert tries == [False, True]
    assert len(day.places()) == 2


def test_places_that_stay_unknown_are_given_up_after_some_tries(day: BookingDay) -> None:
    visit = day.customer()
    tries: list[int] = []

    def never(_known: TravelModel) -> None:
        tries.append(1)
        raise PlacesUnknown("places", places=1)

    with pytest.raises(PlacesUnknown):
        with_places_known(day.database, [visit], [day.now.date()], day.travel, never)
    assert len(tries) == TRIES


def test_forty_new_customers_at_once_share_one_memory_and_lock_nobody_out(day: BookingDay, roads: RoadServer) -> None:
    """Everybody lives elsewhere; no answer is lost to another thread's."""
    visits = [day.customer(north=0.001 * number, minutes=10) for number in range(40)]
    day.travel = RememberedTravel(roads)

    def choose(visit: int) -> bool:
        offers = day.offer(visit)
        return bool(offers) and day.choose(offers[0].id).kept is not None

    with ThreadPoolExecutor(max_workers=20) as pool:
        kept = list(pool.map(choose, visits))
    assert sum(kept) == len(day.places()) >= 10
    assert day.violations() == []
    asked = len(roads.questions)
    day.offer(visits[-1], DAY)
    assert len(roads.questions) == asked
