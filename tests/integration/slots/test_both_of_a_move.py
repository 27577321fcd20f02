"""Both visits of a move get their times at once, or neither does: on both databases (R02, R16)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.live_routes import PlaceMovedOn
from dispatch.models import Community, Event, Promise, Shift, SlotOffer, Stop, Technician, Territory, Visit
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.rules.vocabulary import Channel, OrderKind, PromiseKind
from dispatch.services.book_pair import book_pair
from dispatch.services.choose_both import PairGone, choose_both
from dispatch.services.hold_slot import AlreadyBooked
from dispatch.services.offer_pairs import offer_pairs
from dispatch.services.offer_slots import as_offer
from dispatch.standing_pairs import Pair
from tests.booking import DAY, BookingDay
from tests.order_visitor import order_of

NEXT = "2026-11-25"
MORNING, AFTERNOON, EVENING = "08:00", "13:00", "17:00"


@pytest.fixture
def day(database: Database) -> BookingDay:
    return BookingDay.evening_before(database)


@dataclass(frozen=True)
class Mover:
    """Who moves, and what they do on the page."""

    day: BookingDay
    set_up: int
    recover: int

    @classmethod
    def of(cls, day: BookingDay, **places: float) -> Mover:
        return cls(day, *day.move(**places))

    @property
    def order(self) -> int:
        return order_of(self.day, self.set_up)

    def pairs(self, *days: str) -> list[Pair]:
        return offer_pairs(self.day.database, self.order, _dates(days), now=self.day.now, travel=self.day.travel)

    def shown(self, *days: str) -> list[str]:
        """The starts of each pair."""
        return [" ".join(self.start(quote.from_at) for quote in pair.quotes) for pair in self.pairs(*days)]

    def choose(self, set_up: str, recover: str, *days: str) -> None:
        starts = self.day.world.at(set_up), self.day.world.at(recover)
        choose_both(
            self.day.database,
            self.order,
            starts,
            _dates(days),
            channel=Channel.PAGE,
            now=self.day.now,
            machine_now=self.day.machine,
            travel=self.day.travel,
        )

    def choose_today(self, set_up: str, recover: str) -> None:
        self.choose(f"{DAY} {set_up}", f"{DAY} {recover}")

    def put_on_offer(self, pair: Pair) -> list[int]:
        """Both windows as offers, on their own so far."""
        windows = zip((self.set_up, self.recover), pair.quotes, strict=True)
        about = (Channel.PAGE, self.day.now, self.day.machine)
        offers = [as_offer(self.order, visit, quote, *about) for visit, quote in windows]
        self.day.world.do(lambda session: session.add_all(offers))
        return [offer.id for offer in offers]

    def book(self, offers: Sequence[int], pair: Pair | None) -> None:
        """In one transaction."""
        times = {"now": self.day.now, "machine_now": self.day.machine}
        run_use_case(
            self.day.database,
            lambda session: book_pair(session, offers, pair=pair, travel=self.day.travel.recalled, **times),
        )

    def booked(self) -> list[str | None]:
        return [self.day.world.local(self.day.visit(visit).booked_from_at) for visit in (self.set_up, self.recover)]

    def is_untouched(self) -> bool:
        return {self.day.status(visit) for visit in (self.set_up, self.recover)} == {"requested"} and not {
            self.set_up,
            self.recover,
        } & {visit for visit, _ in self.day.places()}

    def start(self, at: datetime) -> str:
        """The day of the month and the hour."""
        return f"{at.astimezone(self.day.world.zone):%d-%H}"


def _dates(days: Sequence[str]) -> list[date]:
    return [date.fromisoformat(one) for one in days or (DAY,)]


def test_each_window_for_the_new_place_comes_with_one_for_the_old_place_after_it(day: BookingDay) -> None:
    technician = day.technician("08:00-20:00", skills=["fibre"])
    day.shift(technician, "08:00-20:00", day=NEXT)
    mover = Mover.of(day, old_north=0.05)
    assert mover.shown(DAY, NEXT) == ["24-08 24-13", "24-13 24-17", "24-17 25-08", "25-08 25-13", "25-13 25-17"]


def test_the_partner_is_the_one_with_the_least_way(day: BookingDay) -> None:
    """Who lives near the old place works in the evening."""
    day.technician("08:00-16:30", skills=["fibre"])
    day.technician("17:10-20:00", skills=["fibre"], north=0.1)
    mover = Mover.of(day, old_north=0.1)
    assert mover.shown() == ["24-08 24-17", "24-13 24-17"]


def test_two_that_each_fit_alone_but_not_beside_each_other_are_no_pair(day: BookingDay) -> None:
    """A short day has room for either visit; together they are kept on the next day."""
    technician = day.technician("11:30-13:35", skills=["fibre"])
    mover = Mover.of(day, old_north=0.2)
    assert "13:00-17:00" in day.windows(mover.recover)
    assert "08:00-12:00" in day.windows(mover.set_up)
    assert mover.shown() == []
    day.shift(technician, "08:00-18:00", day=NEXT)
    assert mover.shown(DAY, NEXT)[0] == "24-08 25-08"


def test_both_are_booked_at_once(day: BookingDay) -> None:
    day.technician("08:00-18:00", skills=["fibre"])
    mover = Mover.of(day, old_north=0.05)
    mover.choose_today(MORNING, AFTERNOON)
    assert mover.booked() == [f"{DAY} 08:00", f"{DAY} 13:00"]
    assert {day.status(mover.set_up), day.status(mover.recover)} == {"scheduled"}
    assert [visit for visit, _ in day.places()] == [mover.set_up, mover.recover]
    assert day.violations() == []
    with day.database.read_session() as session:
        assert not session.scalars(select(Stop).where(Stop.is_tentative)).all()
        offers = session.scalars(select(SlotOffer).order_by(SlotOffer.id)).all()
    assert [(one.visit_id, one.status) for one in offers] == [
        (mover.set_up, SlotOfferStatus.TAKEN),
        (mover.recover, SlotOfferStatus.TAKEN),
    ]
    assert mover.pairs() == []


def test_promises_and_the_log_say_what_they_would_after_choosing_one_by_one(day: BookingDay) -> None:
    """Two days alike: on one of them both are chosen at once, on the other one after the other."""
    technician = day.technician("08:00-18:00", skills=["fibre"])
    day.shift(technician, "08:00-18:00", day=NEXT)
    together, one_by_one = Mover.of(day, old_north=0.05), Mover.of(day, old_north=0.05)
    together.choose_today(MORNING, AFTERNOON)
    for visit, window in ((one_by_one.set_up, "08:00-12:00"), (one_by_one.recover, "13:00-17:00")):
        offer = day.shown(visit, window, day=NEXT)
        day.hold(offer)
        day.book(offer)
    for first, second in ((together.set_up, one_by_one.set_up), (together.recover, one_by_one.recover)):
        assert said_of(day, first) == said_of(day, second)
        assert promised(day, first, DAY) == promised(day, second, NEXT) != []
    assert promised_to_be_done(day, together) == promised_to_be_done(day, one_by_one)


def said_of(day: BookingDay, visit: int) -> list[str]:
    with day.database.read_session() as session:
        return list(session.scalars(select(Event.kind).where(Event.visit_id == visit).order_by(Event.id)))


def promised(day: BookingDay, visit: int, on: str) -> list[tuple[PromiseKind, str, timedelta]]:
    """The visit's promises, each with its time since the midnight before that day."""
    with day.database.read_session() as session:
        found = session.scalars(select(Promise).where(Promise.visit_id == visit).order_by(Promise.id))
        return [(one.kind, one.status.value, one.due_at - day.world.at(f"{on} 00:00")) for one in found]


def promised_to_be_done(day: BookingDay, mover: Mover) -> tuple[str, str | None]:
    """R02: counted until the new place works, and nothing else moves it."""
    promise = day.world.promise(PromiseKind.MOVE, order_id=mover.order)
    return promise.status.value, day.world.local(promise.due_at)


@pytest.mark.parametrize("is_found_before", [True, False])
def test_others_are_served_later_to_make_room_for_both(day: BookingDay, is_found_before: bool) -> None:
    """Who comes after the new place on the same route starts later, inside the window that they have."""
    day.technician("08:00-18:00", skills=["fibre"])
    norths = (0.1, -0.1)
    others = [day.booked("08:00-12:00", kind=OrderKind.INSTALL, north=north) for north in norths]
    starts = [day.start(visit) for visit in others]
    first = starts.index(min(starts, key=str))
    later, before = others[1 - first], starts[1 - first]
    mover = Mover.of(day, north=norths[first], old_north=0.05)
    if is_found_before:
        mover.choose_today(MORNING, AFTERNOON)
    else:
        mover.book(mover.put_on_offer(mover.pairs()[0]), None)
    assert mover.booked() == [f"{DAY} 08:00", f"{DAY} 13:00"]
    assert str(before) < str(day.start(later)) <= f"{DAY} 12:00"
    assert day.violations() == []


def test_choosing_twice_is_choosing_once(day: BookingDay) -> None:
    day.technician("08:00-18:00", skills=["fibre"])
    mover = Mover.of(day)
    mover.choose_today(MORNING, AFTERNOON)
    before = day.versions()
    mover.choose_today(MORNING, AFTERNOON)
    assert day.versions() == before
    assert day.world.log("visit_booked") == ["visit_booked"] * 2
    with pytest.raises(AlreadyBooked):
        mover.choose_today(AFTERNOON, EVENING)
    assert mover.booked() == [f"{DAY} 08:00", f"{DAY} 13:00"]


@pytest.mark.parametrize(
    ("set_up", "recover"), [(AFTERNOON, MORNING), (MORNING, MORNING), ("09:00", AFTERNOON), (MORNING, "14:30")]
)
def test_what_was_never_on_offer_is_not_booked(day: BookingDay, set_up: str, recover: str) -> None:
    """The old place before the new one, both at once, or a window that is none."""
    day.technician("08:00-18:00", skills=["fibre"])
    mover = Mover.of(day)
    with pytest.raises(PairGone):
        mover.choose_today(set_up, recover)
    assert mover.is_untouched()


def test_days_that_are_not_on_offer_are_not_booked(day: BookingDay) -> None:
    day.technician("08:00-18:00", skills=["fibre"])
    mover = Mover.of(day)
    with pytest.raises(PairGone):
        mover.choose(f"{DAY} 08:00", f"{DAY} 13:00", NEXT)
    assert mover.is_untouched()


def test_no_pair_for_what_is_no_move_or_has_one_time_already(day: BookingDay) -> None:
    day.technician("08:00-18:00", skills=["fibre"])
    repair = day.customer()
    assert offer_pairs(day.database, order_of(day, repair), _dates([]), now=day.now, travel=day.travel) == []
    mover = Mover.of(day)
    offer = day.shown(mover.recover, "13:00-17:00")
    day.hold(offer)
    day.book(offer)
    assert mover.pairs() == []
    with pytest.raises(AlreadyBooked):
        mover.choose_today(MORNING, EVENING)
    assert day.status(mover.set_up) == "requested"
    with pytest.raises(PairGone):
        choose_both(
            day.database,
            order_of(day, repair),
            (day.world.at(f"{DAY} 08:00"), day.world.at(f"{DAY} 13:00")),
            _dates([]),
            channel=Channel.PAGE,
            now=day.now,
            machine_now=day.machine,
            travel=day.travel,
        )


def test_a_place_that_was_held_for_one_of_them_is_given_back(day: BookingDay) -> None:
    day.technician("08:00-18:00", skills=["fibre"])
    mover = Mover.of(day)
    held = day.shown(mover.recover, "08:00-12:00")
    day.hold(held)
    mover.choose_today(MORNING, AFTERNOON)
    assert mover.booked() == [f"{DAY} 08:00", f"{DAY} 13:00"]
    assert day.offer_status(held) == "released"
    assert day.violations() == []


# Somebody else is quicker


def test_if_one_place_is_gone_meanwhile_neither_is_booked(day: BookingDay) -> None:
    day.technician("08:00-18:00", skills=["fibre"])
    mover = Mover.of(day)
    assert "24-08 24-13" in mover.shown()
    day.pin(day.booked("13:00-15:00", minutes=290))
    with pytest.raises(PairGone):
        mover.choose_today(MORNING, AFTERNOON)
    assert mover.is_untouched()
    assert day.world.log("slot_held", "visit_booked") == ["slot_held", "visit_booked"]
    assert mover.shown() == ["24-08 24-17"]


def test_a_place_taken_between_finding_and_taking_it(day: BookingDay) -> None:
    """On the routes that were found there is no room for one of them: nothing is left of the other."""
    day.technician("08:00-18:00", skills=["fibre"])
    further_away = day.technician("12:30-18:00", skills=["fibre"], north=0.2)
    mover = Mover.of(day)
    (pair,) = [pair for pair in mover.pairs() if mover.start(pair.quotes[0].from_at) == "24-08"]
    offers = mover.put_on_offer(pair)
    day.pin(day.booked("13:00-15:00", minutes=290))
    with pytest.raises(PlaceMovedOn):
        mover.book(offers, pair)
    assert mover.is_untouched()
    assert {day.offer_status(offer) for offer in offers} == {"shown"}
    mover.book(offers, None)  # all routes are looked through
    stop = day.stop(mover.recover)
    assert stop is not None
    with day.database.read_session() as session:
        assert session.get_one(Stop, stop.id).route.technician_id == further_away
    assert day.violations() == []


def test_of_many_who_want_the_last_two_places_one_gets_both_and_the_others_nothing(day: BookingDay) -> None:
    day.patient = Database(day.world.database.url, lock_timeout_s=30)
    day.technician("08:00-09:10", skills=["fibre"])
    day.technician("13:00-13:25", skills=["fibre"])
    movers = [Mover.of(day) for _ in range(12)]
    ready = threading.Barrier(len(movers))

    def choose(mover: Mover) -> str:
        ready.wait(60)
        try:
            mover.choose_today(MORNING, AFTERNOON)
        except Refusal as refusal:
            return refusal.code
        return "booked"

    with ThreadPoolExecutor(max_workers=len(movers)) as pool:
        said = list(pool.map(choose, movers))
    day.patient.dispose()
    winners = [mover for mover, one in zip(movers, said, strict=True) if one == "booked"]
    assert sorted(said) == ["booked"] + ["pair_gone"] * (len(movers) - 1)
    assert [visit for visit, _ in day.places()] == [winners[0].set_up, winners[0].recover]
    assert all(mover.is_untouched() for mover in movers if mover not in winners)
    assert day.violations() == []


def test_a_double_tap_and_a_single_choice_at_the_same_moment_book_each_visit_once(day: BookingDay) -> None:
    """Ten taps on the pair, ten on another window for the old place alone: one of the two is had."""
    day.patient = Database(day.world.database.url, lock_timeout_s=30)
    technician = day.technician("08:00-18:00", skills=["fibre"])
    day.shift(technician, "08:00-18:00", day=NEXT)
    mover = Mover.of(day)
    offer = day.shown(mover.recover, "08:00-12:00", day=NEXT)
    ready = threading.Barrier(20)

    def tap(number: int) -> str:
        ready.wait(60)
        try:
            if number % 2:
                mover.choose_today(MORNING, AFTERNOON)
            else:
                day.hold(offer)
                day.book(offer)
        except Refusal as refusal:
            return refusal.code
        return "booked"

    with ThreadPoolExecutor(max_workers=20) as pool:
        said = list(pool.map(tap, range(20)))
    day.patient.dispose()
    both, alone = [f"{DAY} 08:00", f"{DAY} 13:00"], [None, f"{NEXT} 08:00"]
    assert mover.booked() in (both, alone)
    is_both = mover.booked() == both
    alone_said, both_said = said[::2], said[1::2]
    assert set(both_said) == ({"booked"} if is_both else {"already_booked"})
    assert ("booked" in alone_said) != is_both
    assert day.world.log("visit_booked") == ["visit_booked"] * (2 if is_both else 1)
    assert len(day.places()) == (2 if is_both else 1)
    assert day.violations(DAY, NEXT) == []


def test_the_old_place_may_lie_in_another_territory(day: BookingDay) -> None:
    """Other crews go there, so that neither visit is in the other's way."""
    here = day.technician("08:00-09:10", skills=["fibre"])
    mover = Mover.of(day)
    elsewhere = another_territory(day, mover.recover)
    assert mover.shown() == []  # nobody works there
    there = day.technician("13:00-13:25", skills=["fibre"])
    with_shift_in(day, there, elsewhere)
    assert mover.shown() == ["24-08 24-13"]
    mover.choose_today(MORNING, AFTERNOON)
    with day.database.read_session() as session:
        stops = session.scalars(select(Stop).order_by(Stop.visit_id)).all()
        assert [stop.route.technician_id for stop in stops] == [here, there]
        assert [stop.route.territory_id for stop in stops] == [day.world.ids["territory"], elsewhere]


def another_territory(day: BookingDay, visit: int) -> int:
    """A territory in which the visit is from now on."""

    def make(session: Session) -> int:
        other = Territory(code="other", name="Beyond the river", time_zone=day.world.time_zone)
        session.add(other)
        session.flush()
        community = Community(territory_id=other.id, name="Far")
        session.add(community)
        session.flush()
        row = session.get_one(Visit, visit)
        row.premises.community_id, row.territory_id = community.id, other.id
        return other.id

    return day.world.do(make)


def with_shift_in(day: BookingDay, technician: int, territory: int) -> None:
    """The technician's shifts are there."""

    def lend(session: Session) -> None:
        session.get_one(Technician, technician).territory_id = territory
        for shift in session.scalars(select(Shift).where(Shift.technician_id == technician)):
            shift.territory_id = territory

    day.world.do(lend)
