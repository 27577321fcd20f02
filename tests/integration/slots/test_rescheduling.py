"""Rescheduling: in one step, or nothing changes; the customer's choice moves the promise (R11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Event, Visit
from dispatch.rules.events import TimeAgreed, VisitAccepted, VisitSent
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from dispatch.services.hold_slot import NothingToBook, SlotExpired, SlotTaken
from dispatch.services.reschedule_visit import reschedule_visit
from tests.booking import DAY, BookingDay

NEXT = "2026-11-25"


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before two days with one technician."""
    day = BookingDay.evening_before(database)
    technician = day.technician("08:00-12:00")
    day.shift(technician, "08:00-12:00", day=NEXT)
    day.world.ids["technician"] = technician
    return day


@pytest.mark.parametrize(("to", "window"), [(DAY, "10:00-12:00"), (NEXT, "08:00-10:00")])
def test_moving_frees_the_old_place(day: BookingDay, to: str, window: str) -> None:
    visit, other = day.booked("08:00-10:00", minutes=140), day.customer(minutes=140)
    assert day.windows(other) == []
    day.reschedule(day.shown(visit, window, day=to))
    assert day.start(visit) in (f"{to} {window[:5]}", f"{to} 08:00")
    assert day.status(visit) == "scheduled"
    assert len(day.places()) == 1
    if to == NEXT:
        assert day.windows(other) == ["08:00-10:00", "10:00-12:00"]
    assert day.violations() == day.violations(NEXT) == []


def test_the_arrival_promise_moves_with_the_customers_choice(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    day.reschedule(day.shown(visit, "10:00-12:00", day=NEXT))
    assert day.arrival(visit) == ("running", f"{NEXT} 10:00", f"{NEXT} 12:00")
    assert len(day.world.promises(PromiseKind.ARRIVAL, visit_id=visit)) == 1
    assert day.world.local(day.visit(visit).booked_from_at) == f"{NEXT} 10:00"


def test_the_log_tells_a_move_in_its_order(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    before = len(day.world.log())
    day.reschedule(day.shown(visit, "10:00-12:00"))
    told = [kind for kind in day.world.log()[before:] if not kind.startswith("promise_")]
    assert told == ["visit_booked", "window_chosen", "visit_scheduled"]


def test_if_the_new_window_cannot_be_kept_the_visit_keeps_what_it_had(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00", minutes=100)
    offer = day.shown(visit, "08:00-10:00", day=NEXT)
    rivals = [day.booked("08:00-10:00", day=NEXT, minutes=130), day.booked("10:00-12:00", day=NEXT, minutes=100)]
    was = everything(day)
    with pytest.raises(SlotTaken):
        day.reschedule(offer)
    assert everything(day) == was
    assert day.start(visit) == f"{DAY} 08:00"
    assert day.arrival(visit) == ("running", f"{DAY} 08:00", f"{DAY} 10:00")
    assert len(rivals) == 2


def everything(day: BookingDay) -> tuple[object, ...]:
    """What a refused move must leave as it was."""
    with day.database.read_session() as session:
        visits = [(row.id, row.version, row.status) for row in session.scalars(select(Visit).order_by(Visit.id))]
    return day.places(), day.versions(), visits, day.world.log()


def test_a_failure_in_the_middle_leaves_what_there_was(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    offer = day.shown(visit, "10:00-12:00", day=NEXT)
    was = everything(day)

    def fails(session: Session) -> None:
        reschedule_visit(session, offer, now=day.now, machine_now=day.machine, travel=day.travel)
        raise LookupError

    with pytest.raises(LookupError):
        day.world.do(fails)
    assert everything(day) == was


def test_rescheduling_twice_is_rescheduling_once(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    offer = day.shown(visit, "10:00-12:00", day=NEXT)
    day.reschedule(offer)
    was = everything(day)
    day.later(machine=timedelta(hours=1))
    assert day.reschedule(offer).id == visit
    assert everything(day) == was


def test_the_own_place_counts_as_free(day: BookingDay) -> None:
    """A visit that fills the morning may start later in it."""
    visit = day.booked("08:00-10:00", minutes=150)
    assert day.windows(visit) == ["08:00-10:00", "10:00-12:00"]
    day.reschedule(day.shown(visit, "10:00-12:00"))
    assert day.start(visit) == f"{DAY} 10:00"


def test_an_offer_that_is_over_moves_nothing(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    offer = day.shown(visit, "10:00-12:00")
    day.later(machine=timedelta(minutes=5))
    with pytest.raises(SlotExpired):
        day.reschedule(offer)


@pytest.mark.parametrize("status", [VisitStatus.EN_ROUTE, VisitStatus.ON_SITE])
def test_a_visit_that_has_begun_cannot_be_rescheduled(day: BookingDay, status: VisitStatus) -> None:
    visit = day.booked("08:00-10:00")
    offer = day.shown(visit, "10:00-12:00", day=NEXT)
    day.reach(visit, status)
    was = everything(day)
    with pytest.raises(MoveRefused):
        day.reschedule(offer)
    assert everything(day) == was


def test_a_cancelled_visit_cannot_be_rescheduled(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    offer = day.shown(visit, "10:00-12:00", day=NEXT)
    day.cancel(visit)
    with pytest.raises(NothingToBook):
        day.reschedule(offer)


# --- on a phone -------------------------------------------------------------------------


def send(day: BookingDay, visit: int, *, accepted: bool) -> None:
    """The visit is on the technician's phone at 07:30, accepted or not."""
    day.now = day.world.at(f"{DAY} 07:30")
    about: dict[str, Any] = {
        "order_id": day.visit(visit).order_id,
        "visit_id": visit,
        "technician_id": day.world.ids["technician"],
    }
    day.reach(visit, VisitStatus.ACCEPTED if accepted else VisitStatus.SENT)
    day.world.happens(VisitSent, f"{DAY} 07:30", **about)
    if accepted:
        day.world.happens(VisitAccepted, f"{DAY} 07:30", **about)


@pytest.mark.parametrize("accepted", [False, True])
def test_a_visit_on_a_phone_is_taken_from_it(day: BookingDay, accepted: bool) -> None:
    """What the technician owed for it ends with the customer's own choice, and begins anew with the next sending."""
    visit = day.booked("08:00-10:00")
    send(day, visit, accepted=accepted)
    day.reschedule(day.shown(visit, "10:00-12:00", day=NEXT))
    row = day.visit(visit)
    assert (row.status, row.accepted_at, row.status_reason) == (VisitStatus.SCHEDULED, None, "customer_chose")
    with day.database.read_session() as session:
        unsent = session.scalars(select(Event).where(Event.kind == "visit_unsent")).one()
    assert (unsent.technician_id, unsent.payload["reason"]) == (day.world.ids["technician"], "customer_chose")
    day.world.work(f"{DAY} 14:00")
    acceptance = day.world.promise(PromiseKind.ACCEPTANCE, visit_id=visit)
    assert acceptance.status.value == ("kept" if accepted else "void")
    if accepted:
        assert day.world.promise(PromiseKind.CONTACT, visit_id=visit).status.value == "void"


def test_a_contact_that_was_missed_already_stays_missed(day: BookingDay) -> None:
    """Choosing a new window excuses nobody for the hours before."""
    visit = day.booked("10:00-12:00")
    send(day, visit, accepted=True)
    due = day.world.promise(PromiseKind.CONTACT, visit_id=visit).due_at
    day.now = due + timedelta(minutes=1)
    day.reschedule(day.shown(visit, "10:00-12:00", day=NEXT))
    day.world.work(f"{DAY} 16:00")
    assert day.world.promise(PromiseKind.CONTACT, visit_id=visit).status.value == "broken"


def test_an_agreed_time_is_given_up_with_the_window(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    send(day, visit, accepted=True)
    at = day.world.at(f"{DAY} 09:00")
    day.world.happens(
        TimeAgreed,
        f"{DAY} 07:40",
        order_id=day.visit(visit).order_id,
        visit_id=visit,
        time_at=at,
        by_customer=False,
    )

    def agree(session: Session) -> None:
        row = session.get_one(Visit, visit)
        row.move_to(VisitStatus.AGREED, at=day.now, by="technician:1")
        row.appointed_at = row.agreed_at = at

    day.world.do(agree)
    day.now = day.world.at(f"{DAY} 07:45")
    day.reschedule(day.shown(visit, "10:00-12:00", day=NEXT))
    row = day.visit(visit)
    assert (row.appointed_at, row.agreed_at) == (None, None)
    assert day.arrival(visit) == ("running", f"{NEXT} 10:00", f"{NEXT} 12:00")


def test_a_pinned_stop_follows_the_customer_and_is_pinned_no_more(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    day.pin(visit)
    day.reschedule(day.shown(visit, "10:00-12:00"))
    stop = day.stop(visit)
    assert stop is not None
    assert not stop.is_pinned


def test_a_page_moves_a_booked_visit_in_one_step(day: BookingDay) -> None:
    visit = day.booked("08:00-10:00")
    choice = day.choose(day.shown(visit, "10:00-12:00"))
    assert (choice.refused, day.start(visit), day.status(visit)) == (None, f"{DAY} 10:00", "scheduled")
