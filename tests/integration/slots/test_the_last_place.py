"""Capacity is never sold twice: two hundred customers, one place."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.models import SlotOffer, Visit
from dispatch.rules.lifecycles import SlotOfferStatus, VisitStatus
from dispatch.services.choose_slot import Choice
from dispatch.services.hold_slot import SlotTaken
from tests.booking import DAY, BookingDay

T = TypeVar("T")
CUSTOMERS = 200


@pytest.fixture
def day(database: Database) -> Iterator[BookingDay]:
    """The evening before; whoever waits for a lock waits two minutes at most, on a busy machine too."""
    day = BookingDay.evening_before(database)
    day.patient = Database(database.url, lock_timeout_s=120)
    yield day
    day.patient.dispose()


def all_at_once(work: Callable[[int], T], items: Sequence[int]) -> list[T]:
    """Do the same for every item, all beginning at the same moment, each in a thread of its own."""
    ready = threading.Barrier(len(items))

    def begin(item: int) -> T:
        ready.wait(60)
        return work(item)

    with ThreadPoolExecutor(max_workers=len(items)) as pool:
        return list(pool.map(begin, items))


def test_of_two_hundred_customers_for_the_last_place_exactly_one_books(day: BookingDay) -> None:
    """All have been shown the same place; each other is told that it is taken, and why nothing is left."""
    day.technician("13:00-14:00")
    visits = day.customers(CUSTOMERS)
    shown = {visit: day.shown(visit, "13:00-15:00") for visit in visits}

    def choose_and_book(visit: int) -> Choice:
        choice = day.choose(shown[visit])
        if choice.kept is not None:
            day.book(choice.kept.id)
        return choice

    choices = dict(zip(visits, all_at_once(choose_and_book, visits), strict=True))
    winners = [visit for visit, choice in choices.items() if choice.kept]
    losers = [choice for choice in choices.values() if not choice.kept]
    assert len(winners) == 1
    assert len(losers) == CUSTOMERS - 1
    assert all(isinstance(choice.refused, SlotTaken) for choice in losers)
    assert all(choice.instead == () and choice.reasons == ("no_room_in_routes",) for choice in losers)
    assert [visit for visit, _ in day.places()] == winners
    assert day.status(winners[0]) == "scheduled"
    assert day.violations() == []
    with day.database.read_session() as session:
        taken = session.scalars(select(SlotOffer.visit_id).where(SlotOffer.status == SlotOfferStatus.TAKEN)).all()
        moved = session.scalars(select(Visit.id).where(Visit.status != VisitStatus.REQUESTED)).all()
    assert list(taken) == list(moved) == winners
    assert day.world.log("slot_held", "visit_booked") == ["slot_held", "visit_booked"]


@dataclass(frozen=True)
class Ended:
    """What became of one customer."""

    booked: str | None
    tries: int
    reasons: tuple[str, ...] = ()


def test_whoever_loses_a_place_gets_the_next_best_until_none_is_left(day: BookingDay) -> None:
    """Sixty customers, all shown the same first window; every place there is gets sold, once."""
    day.technician("08:00-11:00")
    day.technician("13:00-16:00")
    visits = day.customers(60, minutes=55)
    shown = {visit: day.shown(visit, "08:00-10:00") for visit in visits}

    def until_booked(visit: int) -> Ended:
        offer = shown[visit]
        for tries in range(1, 60):
            choice = day.choose(offer)
            if choice.kept is not None:
                day.book(choice.kept.id)
                return Ended(day.window(choice.kept), tries)
            if not choice.instead:
                return Ended(None, tries, choice.reasons)
            offer = choice.instead[0].id
        raise AssertionError(visit)

    ended = all_at_once(until_booked, visits)
    booked = Counter(one.booked for one in ended if one.booked)
    assert booked.total() == len(day.places()) == len({visit for visit, _ in day.places()})
    assert booked.total() >= 6
    assert any(one.booked and one.tries > 1 for one in ended)
    assert {one.reasons for one in ended if not one.booked} == {("no_room_in_routes",)}
    assert day.windows(day.customer(minutes=55)) == []
    assert day.violations() == []


def test_the_same_offer_chosen_by_many_clicks_is_one_hold_and_one_booking(day: BookingDay) -> None:
    """Twenty impatient clicks on two windows of different days, all of one customer."""
    technician = day.technician("08:00-12:00")
    day.shift(technician, "08:00-12:00", day="2026-11-25")
    visit = day.customer(minutes=140)
    offers = [day.shown(visit, "08:00-10:00"), day.shown(visit, "08:00-10:00", day="2026-11-25")]

    def click(number: int) -> str:
        try:
            day.hold(offers[number % 2])
        except Refusal as refusal:
            return refusal.code
        return "held"

    said = Counter(all_at_once(click, range(20)))
    assert set(said) <= {"held", "slot_expired"}
    assert [place for place, _ in day.places()] == [visit]
    held = [offer for offer in offers if day.offer_status(offer) == "held"]
    assert len(held) == 1
    booked = all_at_once(lambda _number: day.book(held[0]).id, range(10))
    assert set(booked) == {visit}
    assert day.world.log("visit_booked") == ["visit_booked"]


def test_holding_booking_moving_cancelling_and_expiring_at_once_sells_nothing_twice(day: BookingDay) -> None:
    """Forty customers of a day with room for a few do everything there is, against each other and the clock."""
    day.technician("08:00-12:00")
    day.technician("13:00-17:00")
    standing = [day.booked(window, minutes=50) for window in ("08:00-10:00", "10:00-12:00", "13:00-15:00")]
    visits = day.customers(40, minutes=50)
    shown = {visit: [offer.id for offer in day.offer(visit)] for visit in [*visits, *standing]}

    def act(visit: int) -> str:
        try:
            if visit == standing[0]:
                day.cancel(visit)
                return "cancelled"
            if visit in standing:
                day.reschedule(shown[visit][-1])
                return "moved"
            offer = shown[visit][visit % len(shown[visit])]
            day.hold(offer)
            if visit % 4 == 0:
                return "held"
            if visit % 4 == 1:
                day.cancel(visit)
                return "cancelled"
            day.book(offer)
        except Refusal as refusal:
            return refusal.code
        return "booked"

    said = Counter(all_at_once(act, [*visits, *standing]))
    assert set(said) <= {"held", "booked", "moved", "cancelled", "slot_taken"}
    assert said["booked"] >= 1
    assert day.violations() == []
    day.later(machine=timedelta(minutes=6))
    day.tick()
    with day.database.read_session() as session:
        on_routes = {visit for visit, _ in day.places()}
        scheduled = set(session.scalars(select(Visit.id).where(Visit.status == VisitStatus.SCHEDULED)))
        held = session.scalars(select(SlotOffer.id).where(SlotOffer.status == SlotOfferStatus.HELD)).all()
    assert on_routes == scheduled
    assert list(held) == []
    assert day.violations() == []
    assert day.start(standing[0]) is None
    assert all((day.start(visit) or "").startswith(DAY) for visit in standing[1:])
