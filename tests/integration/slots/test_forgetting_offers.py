"""What nobody took is forgotten in the end; what was taken stays as long as the visit is booked for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dispatch.db import Database
from dispatch.models import SlotOffer
from dispatch.services import expire_offer as expiring
from dispatch.services.expire_offer import REMEMBERED
from dispatch.services.hold_slot import SlotExpired
from tests.booking import BookingDay

LIFETIME = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before a morning with room for all."""
    day = BookingDay.evening_before(database)
    day.technician("08:00-12:00")
    day.technician("08:00-12:00")
    return day


def offers(day: BookingDay) -> dict[int, str]:
    """The status of every offer there is."""
    with day.database.read_session() as session:
        rows = session.scalars(select(SlotOffer).order_by(SlotOffer.id))
        return {row.id: row.status.value for row in rows}


def test_offers_not_taken_are_forgotten_after_their_time(day: BookingDay) -> None:
    shown, held, changed = day.customers(3)
    day.shown(shown, "08:00-10:00")
    day.hold(day.shown(held, "08:00-10:00"))
    day.hold(day.shown(changed, "08:00-10:00"))
    day.hold(day.shown(changed, "10:00-12:00"))
    day.later(machine=LIFETIME)
    day.tick()
    assert set(offers(day).values()) == {"expired", "released"}
    day.later(machine=REMEMBERED - SECOND)
    day.tick()
    assert set(offers(day).values()) == {"expired", "released"}
    day.later(machine=SECOND)
    day.tick()
    assert offers(day) == {}


def test_business_time_forgets_nothing(day: BookingDay) -> None:
    day.shown(day.customer(), "08:00-10:00")
    day.later(machine=LIFETIME, business=100 * REMEMBERED)
    day.tick()
    assert set(offers(day).values()) == {"expired"}


def test_what_was_booked_stays_for_ever(day: BookingDay) -> None:
    visit = day.customer()
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)
    day.book(offer)
    day.later(machine=100 * REMEMBERED)
    day.tick()
    day.tick()
    assert offers(day) == {offer: "taken"}
    assert day.book(offer).id == visit  # booking twice is booking once, however late


def test_what_a_visit_was_booked_for_before_it_was_moved_goes_with_the_move(day: BookingDay) -> None:
    visit = day.customer()
    first = day.shown(visit, "08:00-10:00")
    day.hold(first)
    day.book(first)
    second = day.shown(visit, "10:00-12:00")
    day.reschedule(second)
    assert first not in offers(day)
    assert offers(day)[second] == "taken"
    assert day.reschedule(second).id == visit
    with pytest.raises(SlotExpired):
        day.reschedule(first)


def test_a_tick_forgets_one_batch_however_many_wait(day: BookingDay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "FORGOTTEN_AT_ONCE", 4)
    many = [offer.id for visit in day.customers(5) for offer in day.offer(visit)]
    assert len(many) == 10
    day.later(machine=LIFETIME + REMEMBERED)
    day.tick()
    assert list(offers(day)) == many[4:]
    day.tick()
    day.tick()
    assert offers(day) == {}


def test_a_day_is_not_touched_by_forgetting(day: BookingDay) -> None:
    visit, other = day.customers(2)
    day.hold(day.shown(visit, "08:00-10:00"))
    day.book(next(id_ for id_, status in offers(day).items() if status == "held"))
    day.offer(other)
    before, places = day.versions(), day.places()
    day.later(machine=LIFETIME + REMEMBERED)
    day.tick()
    assert (day.versions(), day.places()) == (before, places)
    assert list(offers(day).values()) == ["taken"]


def test_a_forgotten_offer_is_expired_for_whoever_still_has_it(day: BookingDay) -> None:
    offer = day.shown(day.customer(), "08:00-10:00")
    day.later(machine=LIFETIME + REMEMBERED)
    day.tick()
    with day.database.read_session() as session:
        assert session.scalar(select(func.count()).select_from(SlotOffer)) == 0
    choice = day.choose(offer)
    assert isinstance(choice.refused, SlotExpired)
    assert (choice.kept, choice.instead) == (None, ())
    for step in (day.hold, day.book, day.reschedule):
        with pytest.raises(SlotExpired):
            step(offer)
