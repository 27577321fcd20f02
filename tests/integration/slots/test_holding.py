"""Holding: one place for one order, on the machine clock, seen by quotes and plans at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Absence, Shift, TerritoryDay, Visit
from dispatch.queries.planning_snapshot import planning_snapshot
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import Channel, VisitPurpose
from dispatch.services.book_visit import book_visit
from dispatch.services.hold_slot import AlreadyBooked, NothingToBook, SlotExpired, SlotTaken
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.solve import solve
from tests.booking import DAY, BookingDay

MINUTE = timedelta(minutes=1)


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before a morning with one place in each fine window."""
    day = BookingDay.evening_before(database)
    day.technician("08:00-12:00")
    return day


LONG = 100


def test_a_hold_is_a_tentative_stop_and_nobodys_news(day: BookingDay) -> None:
    visit = day.customer()
    offer = day.hold(day.shown(visit, "10:00-12:00"))
    stop = day.stop(visit)
    assert stop is not None
    assert stop.is_tentative
    assert (offer.status.value, day.status(visit), day.start(visit)) == ("held", "requested", f"{DAY} 10:00")
    assert day.visit(visit).booked_from_at is None
    assert day.world.log("slot_held", "visit_booked", "visit_scheduled") == ["slot_held"]
    assert day.violations() == []


def test_holding_twice_is_holding_once(day: BookingDay) -> None:
    visit = day.customer()
    offer = day.shown(visit, "10:00-12:00")
    first = day.hold(offer)
    day.later(machine=2 * MINUTE)
    assert day.hold(offer).expires_at == first.expires_at
    assert len(day.places()) == 1
    assert day.world.log("slot_held") == ["slot_held"]


def test_choosing_another_window_releases_the_first_and_frees_its_place(day: BookingDay) -> None:
    visit, other = day.customers(2, minutes=LONG)
    first, second = day.shown(visit, "08:00-10:00"), day.shown(visit, "10:00-12:00")
    day.hold(first)
    day.hold(second)
    assert (day.offer_status(first), day.offer_status(second)) == ("released", "held")
    assert [place for place, _ in day.places()] == [visit]
    assert day.start(visit) == f"{DAY} 10:00"
    assert day.windows(other) == ["08:00-10:00"]
    assert day.world.log("slot_held", "slot_given_up") == ["slot_held", "slot_given_up", "slot_held"]


def test_a_hold_on_another_day_is_given_back_there(day: BookingDay) -> None:
    day.technician("08:00-10:00", day="2026-11-25")
    visit, other = day.customers(2, minutes=LONG)
    tomorrow = day.shown(visit, "08:00-10:00", day="2026-11-25")
    day.hold(tomorrow)
    assert day.windows(other, "2026-11-25") == []
    before = versions_of_days(day)
    day.hold(day.shown(visit, "08:00-10:00"))
    after = versions_of_days(day)
    assert day.windows(other, "2026-11-25") == ["08:00-10:00"]
    assert {changed for changed in after if after[changed] != before.get(changed)} == {
        date(2026, 11, 24),
        date(2026, 11, 25),
    }


def versions_of_days(day: BookingDay) -> dict[date, int]:
    """The version of every day that was ever locked."""
    with day.database.read_session() as session:
        return {row.day_on: row.version for row in session.scalars(select(TerritoryDay))}


def test_who_cannot_have_another_window_keeps_the_one_held(day: BookingDay) -> None:
    visit, other = day.customers(2, minutes=LONG)
    first, second = day.shown(visit, "08:00-10:00"), day.shown(visit, "10:00-12:00")
    day.hold(first)
    day.hold(day.shown(other, "10:00-12:00"))
    with pytest.raises(SlotTaken):
        day.hold(second)
    assert (day.offer_status(first), day.offer_status(second)) == ("held", "shown")
    assert day.start(visit) == f"{DAY} 08:00"
    day.book(first)


def test_one_hold_an_order_though_it_has_two_visits(day: BookingDay) -> None:
    """A move sets up one place and recovers another; they are chosen one after the other."""
    first = day.customer()
    second = second_visit(day, first)
    one, other = day.shown(first, "08:00-10:00"), day.shown(second, "10:00-12:00")
    day.hold(one)
    day.book(one)
    day.hold(other)
    assert (day.offer_status(one), day.offer_status(other)) == ("taken", "held")
    third = second_visit(day, first, number=3)
    day.hold(day.shown(third, "08:00-10:00"))
    assert day.offer_status(other) == "released"
    assert [visit for visit, _ in day.places()] == [first, third]


def second_visit(day: BookingDay, first: int, number: int = 2) -> int:
    """Another visit of the same order."""

    def make(session: Session) -> int:
        row = session.get_one(Visit, first)
        visit = Visit(
            at=day.now,
            by="test",
            order_id=row.order_id,
            number=number,
            purpose=VisitPurpose.RECOVER,
            premises_id=row.premises_id,
            territory_id=row.territory_id,
            duration_s=1200,
        )
        session.add(visit)
        session.flush()
        return visit.id

    return day.world.do(make)


# --- time -------------------------------------------------------------------------------


def test_an_offer_is_chosen_in_time_or_not_at_all(day: BookingDay) -> None:
    page = day.shown(day.customer(), "08:00-10:00")
    sms = day.shown(day.customer(), "08:00-10:00", channel=Channel.SMS)
    day.later(machine=5 * MINUTE)
    with pytest.raises(SlotExpired):
        day.hold(page)
    day.later(machine=54 * MINUTE)
    day.hold(sms)


@pytest.mark.parametrize(("channel", "minutes"), [(Channel.PAGE, 5), (Channel.SMS, 60)])
def test_a_hold_expires_on_the_machine_clock_and_frees_its_place(
    day: BookingDay, channel: Channel, minutes: int
) -> None:
    visit, other = day.customers(2, minutes=140)
    offer = day.shown(visit, "08:00-10:00", channel=channel)
    day.hold(offer)
    day.later(machine=minutes * MINUTE - timedelta(seconds=1))
    day.tick()
    assert day.offer_status(offer) == "held"
    assert day.windows(other) == []
    day.later(machine=timedelta(seconds=1))
    day.tick()
    assert (day.offer_status(offer), day.places(), day.status(visit)) == ("expired", [], "requested")
    assert day.windows(other) == ["08:00-10:00", "10:00-12:00"]
    assert day.world.log("slot_given_up") == ["slot_given_up"]


def test_business_time_expires_no_hold(day: BookingDay) -> None:
    """In a demo that runs sixty times as fast, a customer still has five minutes."""
    visit = day.customer()
    offer = day.shown(visit, "10:00-12:00")
    day.hold(offer)
    day.later(business=timedelta(hours=12))
    day.tick()
    assert day.offer_status(offer) == "held"
    assert day.book(offer).status is VisitStatus.SCHEDULED


def test_what_was_only_shown_expires_without_touching_any_day(day: BookingDay) -> None:
    offers = [offer.id for visit in day.customers(3) for offer in day.offer(visit)]
    day.later(machine=6 * MINUTE)
    assert day.tick() == len(offers)
    assert {day.offer_status(offer) for offer in offers} == {"expired"}
    with day.database.read_session() as session:
        assert session.scalar(select(func.count()).select_from(TerritoryDay)) == 0


def test_an_expired_hold_that_the_clock_has_not_reached_holds_no_more(day: BookingDay) -> None:
    """No worker runs: the hold is over all the same, and choosing again gives the place back first."""
    visit = day.customer(minutes=LONG)
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)
    day.later(machine=5 * MINUTE)
    with pytest.raises(SlotExpired):
        day.hold(offer)
    with pytest.raises(SlotExpired):
        day.book(offer)
    day.hold(day.shown(visit, "10:00-12:00"))
    assert day.offer_status(offer) == "released"


def test_booking_an_expired_hold_is_refused_and_loses_nothing(day: BookingDay) -> None:
    visit = day.customer(minutes=LONG)
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)
    day.later(machine=5 * MINUTE)
    day.tick()
    with pytest.raises(SlotExpired):
        day.book(offer)
    assert (day.status(visit), day.places()) == ("requested", [])
    again = day.shown(visit, "08:00-10:00")
    day.hold(again)
    day.book(again)
    assert day.status(visit) == "scheduled"


# --- who may hold -----------------------------------------------------------------------


def test_a_booked_visit_is_rescheduled_not_held_a_second_place(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    offer = day.shown(visit, "10:00-12:00")
    with pytest.raises(AlreadyBooked):
        day.hold(offer)
    assert day.start(visit) == f"{DAY} 08:00"


def test_a_cancelled_visit_cannot_be_held(day: BookingDay) -> None:
    visit = day.customer()
    offer = day.shown(visit, "08:00-10:00")
    day.cancel(visit)
    with pytest.raises(NothingToBook):
        day.hold(offer)
    assert day.places() == []


def test_a_withdrawn_order_cannot_be_held_nor_booked(day: BookingDay) -> None:
    shown, held = day.customers(2)
    offers = [day.shown(visit, "08:00-10:00") for visit in (shown, held)]
    day.hold(offers[1])

    def withdraw(session: Session) -> None:
        for visit in (shown, held):
            session.get_one(Visit, visit).order.move_to(
                OrderStatus.WITHDRAWING, at=day.now, by="test", reason="moved_away"
            )

    day.world.do(withdraw)
    with pytest.raises(NothingToBook):
        day.hold(offers[0])
    with pytest.raises(NothingToBook):
        day.book(offers[1])


def test_a_place_that_was_lost_meanwhile_is_not_booked(day: BookingDay) -> None:
    """Somebody has taken the tentative stop out: the customer chooses anew."""
    visit = day.customer()
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)
    stop = day.stop(visit)
    day.world.do(lambda session: session.delete(session.merge(stop)))
    with pytest.raises(SlotTaken):
        day.book(offer)
    assert day.status(visit) == "requested"


def test_a_place_of_somebody_who_fell_ill_is_not_held(day: BookingDay) -> None:
    offer = day.shown(day.customer(), "08:00-10:00")

    def ill(session: Session) -> None:
        until = day.now + timedelta(days=2)
        for shift in session.scalars(select(Shift)):
            session.add(Absence(technician_id=shift.technician_id, from_at=day.now, until_at=until, reason="ill"))

    day.world.do(ill)
    with pytest.raises(SlotTaken):
        day.hold(offer)


# --- plans ------------------------------------------------------------------------------


def test_plans_keep_a_held_place_inside_its_window(day: BookingDay) -> None:
    """A tentative stop is mandatory, in the held window, wherever the plan puts it."""
    visit = day.customer()
    held = day.hold(day.shown(visit, "10:00-12:00"))
    waiting = day.customers(2)
    with day.database.read_session() as session:
        snapshot = planning_snapshot(
            session, day.world.ids["territory"], [date.fromisoformat(DAY)], now=day.now, travel=day.travel
        )
    job = snapshot.problem.jobs_by_id[str(visit)]
    assert job.mandatory
    assert [(snapshot.at(w.start_s), snapshot.at(w.end_s)) for w in job.windows] == [(held.from_at, held.until_at)]
    solution = solve(snapshot.problem, Iterations(200))
    assert check(snapshot.problem, solution).passed
    starts = {stop.job: snapshot.at(stop.start_s) for route in solution.routes for stop in route.stops}
    assert held.from_at <= starts[str(visit)] <= held.until_at
    assert {str(one) for one in waiting} <= set(starts)


def test_a_failure_after_holding_leaves_nothing_behind(day: BookingDay) -> None:
    visit = day.customer()
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)

    def fails(session: Session) -> None:
        book_visit(session, offer, now=day.now, machine_now=day.machine)
        raise LookupError

    with pytest.raises(LookupError):
        day.world.do(fails)
    assert (day.offer_status(offer), day.status(visit)) == ("held", "requested")
    assert day.world.log("visit_booked") == []
