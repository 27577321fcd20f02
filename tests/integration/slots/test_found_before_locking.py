"""A place is found while nothing is locked; under the lock it is only seen to be there still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.live_routes import Place, PlaceMovedOn
from dispatch.models import Absence, Route, Shift, SlotOffer, TerritoryDay, Visit
from dispatch.rules.lifecycles import OrderStatus
from dispatch.services import choose_slot as choosing
from dispatch.services.find_place import find_place
from dispatch.services.hold_slot import NothingToBook, SlotTaken, hold_slot
from dispatch.services.reschedule_visit import reschedule_visit
from tests.booking import BookingDay

LONG = 140


@pytest.fixture
def day(database: Database) -> BookingDay:
    """A morning with room for one long visit, and another technician far away."""
    day = BookingDay.evening_before(database)
    day.technician("08:00-12:00")
    day.technician("08:00-12:00", north=0.2)
    return day


def find(day: BookingDay, offer: int) -> Place | None:
    """Look for the offer's place, as the routes are now."""
    with day.database.read_session() as session:
        return find_place(session, offer, now=day.now, machine_now=day.machine, travel=day.travel)


def found(day: BookingDay, offer: int) -> Place:
    """The offer's place, which there is."""
    place = find(day, offer)
    assert place is not None
    return place


def hold(day: BookingDay, offer: int, place: Place) -> SlotOffer:
    """Hold the place that was found."""
    return day.world.do(
        lambda s: hold_slot(s, offer, now=day.now, machine_now=day.machine, travel=day.travel, place=place)
    )


def stands(day: BookingDay, place: Place) -> bool:
    with day.database.read_session() as session:
        return place.stands(session)


def route_of(day: BookingDay, visit: int) -> int:
    stop = day.stop(visit)
    assert stop is not None
    return stop.route_id


def test_looking_changes_nothing(day: BookingDay) -> None:
    place = found(day, day.shown(day.customer(), "08:00-10:00"))
    assert stands(day, place)
    assert day.places() == []
    with day.database.read_session() as session:
        assert session.scalars(select(TerritoryDay)).all() == []


def test_what_happens_on_other_routes_takes_nothing_from_the_place(day: BookingDay) -> None:
    visit, far = day.customer(minutes=LONG), day.customer(minutes=LONG, north=0.2)
    offer = day.shown(visit, "08:00-10:00")
    place = found(day, offer)
    day.hold(day.shown(far, "08:00-10:00"))
    assert stands(day, place)
    hold(day, offer, place)
    assert route_of(day, visit) != route_of(day, far)
    assert day.violations() == []


def test_where_the_route_has_changed_and_has_room_the_place_is_found_on_it_anew(day: BookingDay) -> None:
    """Somebody else is served first now: what was found would have driven over them."""
    visit, other = day.customer(minutes=40), day.customer(minutes=40)
    offer = day.shown(visit, "08:00-10:00")
    place = found(day, offer)
    day.hold(day.shown(other, "08:00-10:00"))
    assert not stands(day, place)
    hold(day, offer, place)
    assert route_of(day, visit) == route_of(day, other)
    assert day.start(visit) != day.start(other)
    assert day.violations() == []


def test_where_the_route_has_no_room_any_more_it_is_looked_again_elsewhere(day: BookingDay) -> None:
    visit, other = day.customer(minutes=LONG, north=0.001), day.customer(minutes=LONG)
    offer = day.shown(visit, "08:00-10:00")
    place = found(day, offer)
    day.hold(day.shown(other, "08:00-10:00"))
    with pytest.raises(PlaceMovedOn):
        hold(day, offer, place)
    assert (day.offer_status(offer), [one for one, _ in day.places()]) == ("shown", [other])
    kept = day.choose(offer).kept
    assert kept is not None
    assert route_of(day, visit) != route_of(day, other)


@pytest.mark.parametrize("what", ["absence", "shift", "visit"])
def test_a_place_is_not_taken_where_something_else_has_changed(day: BookingDay, what: str) -> None:
    visit = day.customer(minutes=LONG)
    offer = day.shown(visit, "08:00-10:00")
    place = found(day, offer)

    def change(session: Session) -> None:
        shift = session.get_one(Shift, place.shift_id)
        if what == "absence":
            session.add(
                Absence(technician_id=shift.technician_id, from_at=day.now, until_at=shift.ends_at, reason="ill")
            )
        elif what == "shift":
            shift.ends_at = shift.starts_at + timedelta(hours=1)
        else:
            session.get_one(Visit, visit).duration_s = 6 * 3600

    day.world.do(change)
    assert not stands(day, place)
    with pytest.raises(PlaceMovedOn):
        hold(day, offer, place)
    assert day.places() == []


def test_no_place_is_said_without_a_lock(day: BookingDay) -> None:
    first, second, late = day.customers(3, minutes=LONG)
    offer = day.shown(late, "08:00-10:00")
    day.hold(day.shown(first, "08:00-10:00"))
    day.hold(day.shown(second, "08:00-10:00"))
    before = day_version(day)
    with pytest.raises(SlotTaken):
        find(day, offer)
    assert isinstance(day.choose(offer).refused, SlotTaken)
    assert day_version(day) == before


def day_version(day: BookingDay) -> int:
    with day.database.read_session() as session:
        return session.scalars(select(TerritoryDay.version)).one()


def test_what_only_the_lock_can_tell_is_left_to_it(day: BookingDay) -> None:
    """Of an offer that is over, or an order, the reason is said, not that there is no place."""
    over, withdrawn = day.customers(2)
    offers = [day.shown(visit, "08:00-10:00") for visit in (over, withdrawn)]
    day.later(machine=timedelta(minutes=4))

    def withdraw(session: Session) -> None:
        order = session.get_one(Visit, withdrawn).order
        order.move_to(OrderStatus.WITHDRAWING, at=day.now, by="test", reason="moved_away")

    day.world.do(withdraw)
    assert find(day, offers[1]) is None
    with pytest.raises(NothingToBook):
        day.choose(offers[1])
    day.later(machine=timedelta(minutes=2))
    assert find(day, offers[0]) is None
    refused = day.choose(offers[0]).refused
    assert refused is not None
    assert refused.code == "slot_expired"


def test_a_held_place_is_found_as_free_for_the_same_customer(day: BookingDay) -> None:
    """Choosing another window of the same route: the own tentative stop goes first."""
    visit = day.customer(minutes=LONG)
    first, second = day.shown(visit, "08:00-10:00"), day.shown(visit, "10:00-12:00")
    day.choose(first)
    hold(day, second, found(day, second))
    assert (day.offer_status(first), day.offer_status(second)) == ("released", "held")
    assert [one for one, _ in day.places()] == [visit]
    assert day.violations() == []


def test_moving_a_visit_takes_the_place_that_was_found(day: BookingDay) -> None:
    visit, other = day.booked("08:00-10:00", minutes=LONG), day.customer(minutes=LONG)
    offer = day.shown(visit, "10:00-12:00")
    place = found(day, offer)
    day.now += timedelta(seconds=1)
    day.world.do(
        lambda s: reschedule_visit(s, offer, now=day.now, machine_now=day.machine, travel=day.travel, place=place)
    )
    assert (day.start(visit) or "")[-5:] == "10:00"
    assert "08:00-10:00" in day.windows(other)
    assert day.violations() == []


def test_a_route_that_moves_on_again_and_again_is_held_still_in_the_end(
    day: BookingDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every time a place is found, a rival takes it before it can be held."""
    visit, *rivals = day.customers(1 + choosing.OPTIMISTIC_TRIES, minutes=LONG, north=0.1)
    for _ in range(choosing.OPTIMISTIC_TRIES):
        day.technician("08:00-10:00", north=0.1)
    offer = day.shown(visit, "08:00-10:00")
    shown = [day.shown(rival, "08:00-10:00") for rival in rivals]
    looked: list[int] = []
    real = find_place

    def find_then_lose(session: Session, offer_id: int, **also: object) -> Place | None:
        place = real(session, offer_id, **also)  # type: ignore[arg-type]
        looked.append(offer_id)
        with without_rivals():
            assert day.hold(shown[len(looked) - 1]).status.value == "held"
        return place

    @contextmanager
    def without_rivals() -> Iterator[None]:
        monkeypatch.setattr(choosing, "find_place", real)
        yield
        monkeypatch.setattr(choosing, "find_place", find_then_lose)

    monkeypatch.setattr(choosing, "find_place", find_then_lose)
    kept = day.choose(offer).kept
    assert kept is not None
    assert looked == [offer] * choosing.OPTIMISTIC_TRIES
    assert len({route for _, route in day.places()}) == 1 + choosing.OPTIMISTIC_TRIES
    assert day.violations() == []
    with day.database.read_session() as session:
        assert len(session.scalars(select(Route)).all()) == 1 + choosing.OPTIMISTIC_TRIES
