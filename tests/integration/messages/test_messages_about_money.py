"""What is said of promises not kept and of what makes up for them (R36): never too early, never twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Compensation, Message, Promise, Visit
from dispatch.rules import events as e
from dispatch.rules.lifecycles import CompensationStatus, MessageStatus
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import BreakCause, OrderKind, PromiseKind
from dispatch.services.attribute_cause import attribute_cause
from notifications.after_telling import on_accepted
from tests.saying import DAY, Saying
from tests.world import World

LATE = "2026-11-25 11:00"
_MONEY = ("promise_broken", "promise_corrected", "compensation_told")


@pytest.fixture
def saying(database: Database) -> Saying:
    """A repair due at 09:12 of the next day, whose technician's phone is never heard."""
    return Saying.begin(World(database))


def attribute(saying: Saying, cause: BreakCause, at: str) -> None:
    promise_id = saying.world.promise(PromiseKind.REPAIR, order_id=saying.order).id
    now = saying.world.at(at)
    saying.world.do(lambda s: attribute_cause(s, promise_id, cause, user_id=1, now=now))


def test_nothing_is_said_before_the_grace_is_over(saying: Saying) -> None:
    """A silent phone may yet report that it was done in time."""
    saying.work("2026-11-25 10:11")
    assert saying.world.log("promise_due_passed") == ["promise_due_passed"]
    assert saying.wanted(*_MONEY) == []


def test_a_broken_promise_is_told_with_its_money(saying: Saying) -> None:
    saying.work(LATE)
    assert saying.values("compensation_told", LATE) == {
        "template": "compensation_told",
        "kind": OrderKind.REPAIR,
        "order": "1001",
        "due": "2026-11-25 09:12",
        "amount": Money(1000, "CNY"),
        "credited_by": date(2026, 11, 28),
    }
    assert saying.why_not("promise_broken", LATE) == "compensated"
    assert saying.personal() == []


def test_who_came_too_early_is_not_said_to_have_missed_the_window(saying: Saying) -> None:
    about: dict[str, Any] = {"order_id": saying.order, "visit_id": saying.visit}
    technician = saying.world.ids["technician"]
    time_at = saying.world.at(f"{DAY} 15:00")
    saying.world.happens(e.TimeAgreed, f"{DAY} 10:00", **about, time_at=time_at, by_customer=False)
    saying.world.happens(e.TechnicianArrived, f"{DAY} 14:20", **about, technician_id=technician, report_id=1)
    saying.work(f"{DAY} 14:25")
    told = saying.values("compensation_told", f"{DAY} 14:25")
    assert (told["template"], told["arrived_at"]) == ("compensation_told_early", f"{DAY} 14:20")


def test_the_money_is_told_of_even_if_nobody_has_counted_it_yet(saying: Saying) -> None:
    """The apology without money does not overtake it."""
    saying.world.hear("2026-11-25 09:30")
    saying.world.happens(e.ServiceSeenWorking, "2026-11-25 09:20", known="2026-11-25 09:31", order_id=saying.order)
    saying.read("2026-11-25 09:31")
    assert saying.wanted("compensation_told") == []
    assert saying.why_not("promise_broken", "2026-11-25 09:31") == "compensated"


def test_once_told_it_stands(saying: Saying) -> None:
    saying.work(LATE)
    saying.tell("compensation_told", LATE)
    assert saying.world.compensations(PromiseKind.REPAIR) == [(1, 1000, "told")]
    assert saying.world.log("compensation_told") == ["compensation_told"]
    saying.world.happens(e.ServiceSeenWorking, f"{DAY} 20:00", known="2026-11-25 12:00", order_id=saying.order)
    saying.work("2026-11-25 12:00")
    assert saying.world.compensations(PromiseKind.REPAIR) == [(1, 1000, "told")]
    said = saying.values("promise_corrected", "2026-11-25 12:01")
    assert (said["due"], said["met_at"]) == ("2026-11-25 09:12", f"{DAY} 20:00")


def test_kept_after_all_before_anybody_was_told(saying: Saying) -> None:
    saying.work(LATE)
    saying.world.happens(e.ServiceSeenWorking, f"{DAY} 20:00", known="2026-11-25 11:30", order_id=saying.order)
    saying.work("2026-11-25 11:30")
    assert saying.why_not("compensation_told", "2026-11-25 11:31") == "promise_kept"
    assert saying.why_not("promise_broken", "2026-11-25 11:31") == "promise_kept"
    assert saying.why_not("promise_corrected", "2026-11-25 11:31") == "not_told_otherwise"


def test_withdrawn_while_it_was_on_its_way_is_owed_again(saying: Saying) -> None:
    """What was said counts."""
    saying.work(LATE)
    saying.says("compensation_told", LATE)

    def withdraw(session: Session) -> None:
        row = session.get_one(Compensation, 1)
        row.move_to(CompensationStatus.WITHDRAWN, at=saying.world.at(LATE), by="ledger", reason="kept_after_all")

    def told(session: Session) -> None:
        on_accepted(session, saying.message("compensation_told"), saying.world.at(LATE))

    saying.world.do(withdraw)
    saying.world.do(told)
    assert saying.world.compensations(PromiseKind.REPAIR) == [(1, 1000, "told")]
    saying.read("2026-11-25 11:01")
    assert saying.why_not("compensation_told", "2026-11-25 11:01") == "nothing_approved"


def test_days_that_were_counted_together_are_told_together(saying: Saying) -> None:
    saying.work(LATE)
    saying.work("2026-11-26 11:00")
    assert saying.wanted("compensation_told") == ["compensation_told", "compensation_told"]
    assert saying.values("compensation_told", "2026-11-26 11:00")["amount"] == Money(2000, "CNY")
    saying.tell("compensation_told", "2026-11-26 11:00")
    assert saying.world.compensations(PromiseKind.REPAIR) == [(1, 1000, "told"), (2, 1000, "told")]
    assert saying.why_not("compensation_told", "2026-11-26 11:01") == "nothing_approved"


def test_another_day_is_told_by_itself(saying: Saying) -> None:
    saying.work(LATE)
    saying.tell("compensation_told", LATE)
    saying.work("2026-11-26 11:00")
    assert saying.values("compensation_told", "2026-11-26 11:00")["amount"] == Money(1000, "CNY")


def test_without_money_there_is_an_apology(saying: Saying) -> None:
    attribute(saying, BreakCause.FORCE_MAJEURE, f"{DAY} 20:00")
    saying.work(LATE)
    assert saying.wanted(*_MONEY) == ["promise_broken"]
    assert saying.values("promise_broken", LATE)["due"] == "2026-11-25 09:12"
    saying.tell("promise_broken", LATE)
    attribute(saying, BreakCause.THIRD_PARTY, "2026-11-25 11:30")
    attribute(saying, BreakCause.FORCE_MAJEURE, "2026-11-25 11:31")
    saying.read("2026-11-25 11:31")
    assert saying.why_not("promise_broken", "2026-11-25 11:31") == "told_already"


def test_no_apology_for_what_the_customer_did(saying: Saying) -> None:
    attribute(saying, BreakCause.CUSTOMER, f"{DAY} 20:00")
    saying.work(LATE)
    assert saying.why_not("promise_broken", LATE) == "customers_doing"


def test_internal_promises_are_not_told(saying: Saying) -> None:
    saying.world.happens(e.VisitSent, f"{DAY} 09:20", **saying.by_technician)
    saying.world.hear(f"{DAY} 10:00")
    saying.work(f"{DAY} 11:00")
    assert saying.world.promise(PromiseKind.ACCEPTANCE, visit_id=saying.visit).status.value == "broken"
    assert saying.wanted(*_MONEY) == []


def test_a_call_that_was_not_made_is_told(saying: Saying) -> None:
    """The promise is about the visit; the subscriber of its order is told."""
    saying.world.happens(e.VisitAccepted, f"{DAY} 09:38", **saying.by_technician)
    saying.work(f"{DAY} 12:39")
    assert saying.values("promise_broken", f"{DAY} 12:40")["due"] == f"{DAY} 11:38"
    assert saying.handset("promise_broken") == "+8613900000001"


def test_a_call_that_was_not_answered_was_made(saying: Saying) -> None:
    saying.world.happens(e.VisitAccepted, f"{DAY} 09:38", **saying.by_technician)
    saying.try_contact(f"{DAY} 10:00")
    saying.work(f"{DAY} 12:39")
    assert saying.why_not("promise_broken", f"{DAY} 12:40") == "called_in_time"


def test_two_promises_of_the_same_minute_are_regretted_once(saying: Saying) -> None:
    """Two visits of an order, both accepted at once, and nobody called."""
    other = saying.world.do(lambda s: _second_visit(s, saying.visit))
    saying.world.happens(e.VisitAccepted, f"{DAY} 09:38", **saying.by_technician)
    saying.world.happens(e.VisitAccepted, f"{DAY} 09:38", **{**saying.by_technician, "visit_id": other})
    saying.work(f"{DAY} 12:39")
    assert saying.wanted(*_MONEY) == ["promise_broken", "promise_broken"]
    assert saying.values("promise_broken", f"{DAY} 12:40")["due"] == f"{DAY} 11:38"
    with saying.world.database.read_session() as session:
        first = session.scalars(select(Message).where(Message.kind == "promise_broken").order_by(Message.id)).first()
    assert first is not None
    sent(saying, first.id, f"{DAY} 12:40")
    assert saying.why_not("promise_broken", f"{DAY} 12:40") == "told_already"


def _second_visit(session: Session, first_id: int) -> int:
    first = session.get_one(Visit, first_id)
    visit = Visit(
        at=first.status_at,
        by="test",
        order_id=first.order_id,
        number=2,
        purpose=first.purpose,
        premises_id=first.premises_id,
        territory_id=first.territory_id,
        duration_s=first.duration_s,
    )
    session.add(visit)
    session.flush()
    return visit.id


def sent(saying: Saying, message_id: int, at: str) -> None:
    """The message went out."""

    def write(session: Session) -> None:
        message = session.get_one(Message, message_id)
        message.sent_at = saying.world.at(at)
        for status in (MessageStatus.SENDING, MessageStatus.ACCEPTED):
            message.move_to(status, at=saying.world.at(at), by="test")

    saying.world.do(write)


def test_money_for_a_missed_window_is_told_too(saying: Saying) -> None:
    window: dict[str, Any] = {"from_at": saying.world.at(f"{DAY} 14:00"), "until_at": saying.world.at(f"{DAY} 16:00")}
    saying.world.happens(e.WindowTold, f"{DAY} 09:39", **saying.about, announcement=1, **window)
    saying.work(f"{DAY} 17:01")
    assert saying.values("compensation_told", f"{DAY} 17:02")["due"] == f"{DAY} 16:00"


def test_a_silent_promise_is_silent(database: Database) -> None:
    saying = Saying.begin(World(database), received="2026-11-20 09:00", now=f"{DAY} 09:12")
    saying.work(LATE)
    with saying.world.database.read_session() as session:
        promise = session.get_one(Promise, saying.world.promise(PromiseKind.REPAIR, order_id=saying.order).id)
        assert (promise.is_silent, promise.status.value) == (True, "broken")
    assert saying.wanted(*_MONEY) == []


def test_money_is_worth_telling_for_three_days(saying: Saying) -> None:
    saying.work(LATE)
    message = saying.message("compensation_told")
    assert message.expires_at - message.wanted_at == timedelta(hours=72)
