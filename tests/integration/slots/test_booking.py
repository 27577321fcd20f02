"""Booking: the held place becomes the visit's, and the chosen window a promise (R11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Event, Visit
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import OrderKind, Priority, PromiseKind
from dispatch.services.hold_slot import SlotExpired
from tests.booking import DAY, BookingDay


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before a day with one technician."""
    day = BookingDay.evening_before(database)
    day.technician()
    return day


def hold(day: BookingDay, visit: int, window: str = "10:00-12:00") -> int:
    """A window held; the offer's id."""
    offer = day.shown(visit, window)
    day.hold(offer)
    return offer


def test_a_booked_visit_has_its_window_its_stop_and_its_status(day: BookingDay) -> None:
    visit = day.customer()
    offer = hold(day, visit)
    day.book(offer)
    booked, stop = day.visit(visit), day.stop(visit)
    assert day.world.local(booked.booked_from_at) == f"{DAY} 10:00"
    assert day.world.local(booked.booked_until_at) == f"{DAY} 12:00"
    assert (day.offer_status(offer), day.status(visit)) == ("taken", "scheduled")
    assert stop is not None
    assert not stop.is_tentative
    assert day.violations() == []


def test_the_log_tells_a_booking_in_its_order(day: BookingDay) -> None:
    visit = day.customer()
    day.book(hold(day, visit))
    told = ("slot_held", "visit_booked", "window_chosen", "visit_scheduled")
    assert day.world.log(*told) == list(told)
    with day.database.read_session() as session:
        booked = session.scalars(select(Event).where(Event.kind == "visit_booked")).one()
        scheduled = session.scalars(select(Event).where(Event.kind == "visit_scheduled")).one()
    assert booked.payload["by_customer"] is True
    assert (booked.visit_id, scheduled.visit_id) == (visit, visit)
    assert scheduled.technician_id is not None


def test_the_chosen_window_is_a_promise_to_arrive(day: BookingDay) -> None:
    visit = day.customer()
    offer = hold(day, visit)
    assert day.world.promises(PromiseKind.ARRIVAL, visit_id=visit) == []
    day.book(offer)
    assert day.arrival(visit) == ("running", f"{DAY} 10:00", f"{DAY} 12:00")


def test_the_statuses_follow_the_life_cycle(day: BookingDay) -> None:
    """From booked a technician cannot be on the way without having been sent."""
    visit = day.customer()
    offer = hold(day, visit)
    assert day.status(visit) == "requested"
    day.book(offer)
    with pytest.raises(MoveRefused):
        day.world.do(lambda s: s.get_one(Visit, visit).move_to(VisitStatus.EN_ROUTE, at=day.now, by="test"))
    day.reach(visit, VisitStatus.ON_SITE)
    assert day.status(visit) == "on_site"


def test_booking_twice_is_booking_once(day: BookingDay) -> None:
    visit = day.customer()
    offer = hold(day, visit)
    day.book(offer)
    version, log = day.visit(visit).version, day.world.log()
    day.later(machine=timedelta(minutes=30))
    assert day.book(offer).id == visit
    assert (day.visit(visit).version, day.world.log()) == (version, log)
    assert len(day.places()) == 1


def test_booking_again_what_was_cancelled_since_is_refused(day: BookingDay) -> None:
    visit = day.customer()
    offer = hold(day, visit)
    day.book(offer)
    day.cancel(visit)
    with pytest.raises(SlotExpired):
        day.book(offer)
    assert day.status(visit) == "cancelled"


def test_what_was_only_shown_cannot_be_booked(day: BookingDay) -> None:
    visit = day.customer()
    with pytest.raises(SlotExpired):
        day.book(day.shown(visit, "10:00-12:00"))
    assert day.places() == []


def test_a_window_that_is_over_is_not_booked(day: BookingDay) -> None:
    """The hold stands on the machine clock, but no technician can be there any more."""
    visit = day.customer()
    offer = hold(day, visit)
    day.now = day.world.at(f"{DAY} 12:00")
    with pytest.raises(SlotExpired):
        day.book(offer)
    assert day.world.promises(PromiseKind.ARRIVAL, visit_id=visit) == []


def test_every_booking_is_a_new_version_of_the_route_and_of_the_day(day: BookingDay) -> None:
    visit = day.customer()
    offer = hold(day, visit)
    before = day.versions()
    day.book(offer)
    assert {route: version + 1 for route, version in before.items()} == day.versions()


def test_a_full_day_is_booked_without_a_violation_until_nothing_is_left(day: BookingDay) -> None:
    booked = 0
    while offers := day.offer(day.customer(minutes=45, north=0.01 * (booked % 3)), most=1):
        day.hold(offers[0].id)
        day.book(offers[0].id)
        booked += 1
    assert booked >= 8
    assert day.violations() == []
    assert len({visit for visit, _ in day.places()}) == booked


@pytest.mark.parametrize("kind", [OrderKind.REPAIR, OrderKind.INSTALL])
def test_an_emergency_finds_the_places_that_are_left_and_moves_no_booking(day: BookingDay, kind: OrderKind) -> None:
    """R15 goes first where there is a choice; what was promised to others stands (R16)."""
    first = day.booked("08:00-10:00", minutes=120)
    emergency = day.customer(kind=kind, priority=Priority.EMERGENCY)
    for offer in day.offer(emergency):
        day.hold(offer.id)
        assert day.violations() == []
    assert day.start(first) is not None
    assert day.arrival(first) == ("running", f"{DAY} 08:00", f"{DAY} 10:00")
