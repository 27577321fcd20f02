"""Trying to reach the customer: which tries count, when the clock stands, and when it runs again (R10, R12, R51)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import ContactAttempt, Event, Promise
from dispatch.rules.vocabulary import OrderKind, Priority, PromiseKind, ReportOutcome
from dispatch.services.confirm_visit import confirm_visit
from tests.field_day import FieldDay, FieldPhone

TRIES = ("08:41", "10:15", "12:05", "18:20")


@pytest.fixture
def visit(day: FieldDay) -> int:
    """A repair booked for the afternoon, accepted at 08:10."""
    return accepted(day)


def accepted(day: FieldDay, **wants: Any) -> int:
    wang = day.technician("08:00-20:30")
    visit = day.booked("13:00-15:00", **wants)
    phone(day).say("08:10", "accepted", visit)
    assert wang == 2
    return visit


def phone(day: FieldDay) -> FieldPhone:
    """The phone of the one technician who goes out; it goes on counting."""
    made = day.world.ids.setdefault("reports", 0)
    one = day.phone(2)
    one.reports.extend([None] * made)  # type: ignore[list-item]
    one.acknowledged = made
    day.world.ids["reports"] = made + 1
    return one


def call(
    day: FieldDay, at: str, visit: int, *, reached: bool = False, record: str | None = "", **also: object
) -> ReportOutcome | None:
    """One call; its record is named after its time."""
    payload = {"reached": reached, "channel": "voice", **also}
    if record is not None:
        payload["call_record"] = record or f"call-{at.replace(':', '')}"
    return phone(day).say(at, "contact_tried", visit, **payload).outcome


def order_promise(day: FieldDay, visit: int) -> Promise:
    return day.world.promise(PromiseKind.REPAIR, order_id=day.visit(visit).order_id)


def pauses(day: FieldDay) -> list[tuple[str, str | None]]:
    """Every stop and start of a clock, with its local time."""
    with day.database.read_session() as session:
        statement = select(Event).where(Event.kind.in_(("clock_paused", "clock_resumed"))).order_by(Event.id)
        return [(event.kind, day.world.local(event.occurred_at)) for event in session.scalars(statement)]


def causes(day: FieldDay, visit: int) -> list[tuple[str, str]]:
    """What was put down to whom."""
    with day.database.read_session() as session:
        statement = select(Event).where(Event.kind == "cause_attributed", Event.visit_id == visit).order_by(Event.id)
        return [(event.payload["promise_kind"], event.payload["cause"]) for event in session.scalars(statement)]


def test_a_customer_who_answers_was_contacted_in_time(day: FieldDay, visit: int) -> None:
    assert call(day, "09:30", visit, reached=True) is ReportOutcome.APPLIED
    assert day.promised(PromiseKind.CONTACT, visit) == ("kept", "2026-11-24 10:10", "2026-11-24 09:30")
    with day.database.read_session() as session:
        attempt = session.scalars(select(ContactAttempt)).one()
    assert (attempt.band and attempt.band.value, attempt.call_record, attempt.technician_id) == (
        "morning",
        "call-0930",
        2,
    )


def test_after_the_last_try_the_clock_stands_from_that_try(database: Database) -> None:
    """R12: never backdated; R51: proven by the call record."""
    day = FieldDay.morning(database)
    visit = accepted(day)
    for at in TRIES[:3]:
        call(day, at, visit)
    assert pauses(day) == []
    call(day, TRIES[3], visit)
    assert pauses(day) == [("clock_paused", "2026-11-24 18:20")]
    assert order_promise(day, visit).status.value == "broken"  # promised for 17:30: what is over is not paused


def test_the_clock_of_an_order_that_is_not_due_stands(day: FieldDay) -> None:
    visit = accepted(day, kind=OrderKind.INSTALL)
    for at in TRIES:
        call(day, at, visit)
    order = day.visit(visit).order_id
    assert day.world.promise(PromiseKind.INSTALL, order_id=order).status.value == "paused"


def test_without_a_call_record_no_clock_stands(day: FieldDay, visit: int) -> None:
    for at in TRIES:
        call(day, at, visit, record=None)
    assert pauses(day) == []


def test_four_calls_in_a_row_are_one_try(day: FieldDay, visit: int) -> None:
    for at in ("08:41", "08:45", "08:50", "08:55"):
        call(day, at, visit)
    assert pauses(day) == []
    call(day, "09:41", visit)  # an hour after the first, in the morning band: the second
    call(day, "11:00", visit)  # that band has had its try
    call(day, "12:00", visit)  # the third
    assert pauses(day) == []
    call(day, "17:30", visit)
    assert pauses(day) == [("clock_paused", "2026-11-24 17:30")]


def test_a_call_at_night_is_kept_and_counts_for_nothing(day: FieldDay, visit: int) -> None:
    assert call(day, "06:00", visit) is ReportOutcome.APPLIED
    for at in TRIES[:3]:
        call(day, at, visit)
    assert pauses(day) == []
    with day.database.read_session() as session:
        assert session.scalars(select(ContactAttempt.band).order_by(ContactAttempt.tried_at)).first() is None


def test_an_emergency_knows_no_night(day: FieldDay) -> None:
    """R15: around the clock; the tries still stand an hour apart."""
    visit = accepted(day, priority=Priority.EMERGENCY, kind=OrderKind.INSTALL)
    for at in ("20:30", "21:30", "22:30", "23:30"):
        call(day, at, visit)
    assert pauses(day) == [("clock_paused", "2026-11-24 23:30")]


def test_the_clock_runs_again_when_the_customer_answers(database: Database) -> None:
    day = FieldDay.morning(database)
    visit = accepted(day, kind=OrderKind.INSTALL)
    for at in TRIES:
        call(day, at, visit)
    call(day, "19:05", visit, reached=True)
    day.work("19:06")
    assert pauses(day) == [("clock_paused", "2026-11-24 18:20"), ("clock_resumed", "2026-11-24 19:05")]
    promise = day.world.promise(PromiseKind.INSTALL, order_id=day.visit(visit).order_id)
    assert (promise.status.value, promise.paused_s) == ("running", 45 * 60)


def test_the_clock_runs_again_when_the_customer_says_come(day: FieldDay) -> None:
    visit = accepted(day, kind=OrderKind.INSTALL)
    for at in TRIES:
        call(day, at, visit)
    day.world.do(lambda s: confirm_visit(s, visit, now=day.at("18:30")))
    day.work("18:31")
    day.work("18:32")
    assert pauses(day)[1:] == [("clock_resumed", "2026-11-24 18:30")]


def test_what_falls_due_before_the_next_try_is_the_customers_doing(day: FieldDay, visit: int) -> None:
    """The window is over before the next call: nothing is credited for who could not be reached."""
    for at in TRIES[:2]:
        call(day, at, visit)
    assert causes(day, visit) == [("contact", "customer")]
    call(day, TRIES[2], visit)
    assert causes(day, visit)[1:] == [("arrival", "customer")]
    day.phone(2).hand_over("15:30", [])
    day.work("16:30")
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "broken"
    assert day.world.promise(PromiseKind.ARRIVAL, visit_id=visit).cause == "customer"
    assert day.world.compensations(PromiseKind.ARRIVAL) == []


def test_who_answers_in_time_is_owed_the_visit_again(day: FieldDay, visit: int) -> None:
    for at in TRIES[:3]:
        call(day, at, visit)
    day.world.do(lambda s: confirm_visit(s, visit, now=day.at("12:30")))
    day.work("12:31")
    assert causes(day, visit)[-1] == ("arrival", "ours")
    day.phone(2).hand_over("15:30", [])
    day.work("16:30")
    assert day.world.promise(PromiseKind.ARRIVAL, visit_id=visit).cause == "ours"
    assert len(day.world.compensations(PromiseKind.ARRIVAL)) == 1


def test_one_call_record_is_one_call(day: FieldDay, visit: int) -> None:
    assert call(day, "09:00", visit, record="c1") is ReportOutcome.APPLIED
    assert call(day, "09:30", visit, record="c1") is ReportOutcome.KNOWN
    other = day.booked("15:00-17:00")
    assert call(day, "09:40", other, record="c1") is ReportOutcome.CONFLICT


def test_somebody_of_another_order_was_not_called(day: FieldDay, visit: int) -> None:
    assert call(day, "09:00", visit, contact_id=999) is ReportOutcome.CONFLICT
    assert day.outcomes()[-1][2] == "no_such_contact"


def test_calls_about_a_visit_under_way_stop_no_clock(day: FieldDay, visit: int) -> None:
    phone(day).say("09:00", "arrived", visit)
    for at in TRIES[1:]:
        call(day, at, visit)
    call(day, "19:30", visit)
    assert pauses(day) == []
