"""Cancelling: the place is free, and promises are void only with the customer's consent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Route, Stop
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.hold_slot import SlotExpired
from tests.booking import DAY, BookingDay


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before a day with one technician."""
    day = BookingDay.evening_before(database)
    day.technician("08:00-12:00")
    return day


def test_a_cancelled_visit_frees_its_place(day: BookingDay) -> None:
    visit, other = day.booked("08:00-10:00", minutes=140), day.customer(minutes=140)
    assert day.windows(other) == []
    day.cancel(visit)
    assert day.windows(other) == ["08:00-10:00", "10:00-12:00"]
    assert (day.status(visit), day.places()) == ("cancelled", [])
    assert day.world.log("visit_cancelled") == ["visit_cancelled"]


def test_cancelling_twice_is_cancelling_once(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    day.cancel(visit)
    log = day.world.log()
    day.cancel(visit)
    assert day.world.log() == log


@pytest.mark.parametrize(("with_consent", "status"), [(True, "void"), (False, "broken")])
def test_only_consent_voids_the_promise_to_arrive(day: BookingDay, with_consent: bool, status: str) -> None:
    visit = day.booked("08:00-10:00")
    day.now = day.world.at(f"{DAY} 07:55")
    day.cancel(visit, with_consent=with_consent)
    day.world.work(f"{DAY} 14:00")
    assert day.arrival(visit)[0] == status


def test_what_is_held_for_a_cancelled_visit_is_given_back(day: BookingDay) -> None:
    visit, other = day.customers(2, minutes=140)
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)
    day.cancel(visit)
    assert (day.offer_status(offer), day.places()) == ("released", [])
    assert day.windows(other) == ["08:00-10:00", "10:00-12:00"]
    with pytest.raises(SlotExpired):
        day.book(offer)
    day.later(machine=timedelta(hours=2))
    day.tick()
    assert day.world.log("slot_given_up") == ["slot_given_up"]


def test_nobody_on_site_is_cancelled(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    day.reach(visit, VisitStatus.ON_SITE)
    with pytest.raises(MoveRefused):
        day.cancel(visit)
    assert (day.status(visit), len(day.places())) == ("on_site", 1)


@pytest.mark.parametrize("status", [VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.EN_ROUTE])
def test_until_then_it_can_be_cancelled(day: BookingDay, status: VisitStatus) -> None:
    visit = day.booked("08:00-10:00")
    day.reach(visit, status)
    day.cancel(visit)
    assert (day.status(visit), day.places()) == ("cancelled", [])


def test_the_stops_behind_keep_their_times_and_their_way_is_no_shorter_than_it_is(day: BookingDay) -> None:
    """Nobody is told anything new because somebody else cancelled."""
    first = day.booked("08:00-10:00", north=0.05, minutes=30)
    second = day.booked("08:00-10:00", north=0.1, minutes=30)
    third = day.booked("10:00-12:00", north=0.0, minutes=30)
    starts = [day.start(first), day.start(third)]
    way = way_of(day)
    day.cancel(second)
    assert [day.start(first), day.start(third)] == starts
    assert way_of(day) == way
    assert day.violations() == []


def way_of(day: BookingDay) -> int:
    """Seconds on the road on the only route, as it is written."""
    with day.database.read_session() as session:
        route = session.scalars(select(Route)).one()
        return route.return_travel_s + sum(stop.travel_s for stop in route.stops)


def test_who_books_next_gets_a_route_that_is_timed_anew(day: BookingDay) -> None:
    day.booked("08:00-10:00", north=0.05, minutes=30)
    second = day.booked("08:00-10:00", north=0.1, minutes=30)
    day.booked("10:00-12:00", minutes=30)
    day.cancel(second)
    day.booked("10:00-12:00", minutes=30)
    with day.database.read_session() as session:
        stops = session.scalars(select(Stop).order_by(Stop.position)).all()
    assert [stop.position for stop in stops] == [1, 2, 3]
    assert day.violations() == []
