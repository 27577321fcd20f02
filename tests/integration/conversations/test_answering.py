"""Messages from customers: stored once, carried out once, whoever works, and whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from dispatch.db import Database, run_use_case
from dispatch.models import Case, Contact, Conversation, Event, InboundMessage, Message, Order, SlotOffer, Visit
from dispatch.phones import InvalidPhone
from dispatch.rules.lifecycles import MessageStatus, OrderStatus, VisitStatus
from dispatch.services import request_withdrawal as withdrawing
from notifications import slot_replies
from notifications.inbound import answer_inbound, take_inbound
from notifications.kinds import Question
from notifications.questions import open_question
from notifications.want_message import want_message
from tests.booking import DAY, BookingDay

HANDSET = "+8613900000001"


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Desk:
    """A booking day with one customer, and what they write."""

    day: BookingDay
    visit: int
    sent: int = 0

    def receive(self, text: str, *, handset: str = HANDSET, provider_id: str | None = None) -> int | None:
        self.sent += 1
        inbound = self.day.world.do(
            lambda s: take_inbound(
                s,
                gateway="sandbox",
                provider_id=provider_id or f"in-{self.sent}",
                handset=handset,
                text=text,
                now=self.day.now,
            )
        )
        return None if inbound is None else inbound.id

    def answer(self, inbound_id: int | None) -> None:
        assert inbound_id is not None
        answer_inbound(
            self.day.database,
            inbound_id,
            now=self.day.now,
            machine_now=self.day.machine,
            travel=self.day.travel,
        )

    def offer(self, *windows: str) -> None:
        """The customer is asked to choose among windows of DAY."""

        def ask(session: Any) -> None:
            thread = session.scalars(select(Conversation)).one()
            message = want_message(
                session,
                "slots_offered",
                now=self.day.now,
                occasion=f"test:{windows}",
                visit_id=self.visit,
                conversation_id=thread.id,
            )
            assert message is not None
            message.move_to(MessageStatus.SUPERSEDED, at=self.day.now, by="test")
            choices = {}
            for number, window in enumerate(windows, start=1):
                from_time, until_time = window.split("-")
                choices[str(number)] = {
                    "visit_id": self.visit,
                    "from_at": self.day.world.at(f"{DAY} {from_time}").isoformat(),
                    "until_at": self.day.world.at(f"{DAY} {until_time}").isoformat(),
                }
            until_at = self.day.now + timedelta(hours=1)
            open_question(thread, Question.OFFERS, message, choices, until_at=until_at)

        self.day.world.do(ask)

    def count(self, model: Any, *where: Any) -> int:
        with self.day.database.read_session() as session:
            return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    def facts(self, kind: str) -> int:
        return self.count(Event, Event.kind == kind)

    def said(self) -> list[str]:
        with self.day.database.read_session() as session:
            return list(
                session.scalars(select(Message.kind).where(~Message.occasion.startswith("test")).order_by(Message.id))
            )


@pytest.fixture
def desk(database: Database) -> Desk:
    day = BookingDay.evening_before(database)
    day.technician("08:00-17:00")
    desk = Desk(day, day.customer())
    desk.answer(desk.receive("thanks"))  # the thread begins
    return desk


def test_a_message_is_stored_once(desk: Desk) -> None:
    assert desk.receive("1", provider_id="same") is not None
    assert desk.receive("1", provider_id="same") is None
    assert desk.receive("8", handset="+8613900000002", provider_id="same") is None
    assert desk.count(InboundMessage, InboundMessage.provider_id == "same") == 1


def test_a_handset_is_one_however_its_number_is_written(desk: Desk) -> None:
    desk.receive("1", handset="139 0000 0001")
    desk.receive("1", handset="008613900000001")
    assert desk.count(Conversation) == 1


def test_a_sender_without_a_number_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidPhone):
        desk.receive("1", handset="InfoSMS")


def test_answering_twice_is_answering_once(desk: Desk) -> None:
    inbound = desk.receive("8")
    desk.answer(inbound)
    desk.answer(inbound)
    assert desk.said() == ["case_taken"]
    assert (desk.count(Case), desk.facts("reply_received")) == (1, 2)


def test_the_earlier_message_is_answered_first_whoever_begins(desk: Desk) -> None:
    first, second = desk.receive("my dog bites"), desk.receive("8")
    desk.answer(second)
    assert desk.said() == ["not_understood", "case_taken"]
    desk.answer(first)
    assert desk.said() == ["not_understood", "case_taken"]
    assert desk.count(Case) == 1


def test_two_workers_answer_once(desk: Desk) -> None:
    inbounds = [desk.receive(text) for text in ("8", "1", "my dog bites", "8")]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(desk.answer, inbound) for inbound in inbounds * 2]:
            done.result()
    assert desk.count(Case) == 1
    assert desk.facts("reply_received") == 5
    with desk.day.database.read_session() as session:
        rows = session.scalars(select(InboundMessage).order_by(InboundMessage.id)).all()
        assert all(row.handled_at is not None for row in rows)
        assert session.scalars(select(Case)).one().contacts == 3


def test_two_workers_book_once(desk: Desk) -> None:
    desk.offer("08:00-10:00", "10:00-12:00")
    inbound = desk.receive("2")
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(desk.answer, inbound) for _ in range(2)]:
            done.result()
    assert desk.facts("visit_booked") == 1
    assert desk.day.status(desk.visit) == "scheduled"
    assert desk.day.violations() == []


@contextmanager
def dying_in(patcher: pytest.MonkeyPatch, module: ModuleType, name: str) -> Iterator[None]:
    """Whoever calls this function of the module dies once it is done."""
    call = getattr(module, name)
    deaths = []

    def dying(*args: Any, **kwargs: Any) -> None:
        call(*args, **kwargs)
        deaths.append(name)
        raise Killed

    with patcher.context() as patched, suppress(Killed):
        patched.setattr(module, name, dying)
        yield
    assert deaths == [name]


@pytest.mark.parametrize("step", ["offer_slots", "choose_slot", "book_visit"])
def test_a_choice_that_was_interrupted_books_once(desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.offer("08:00-10:00", "10:00-12:00")
    inbound = desk.receive("2")
    with dying_in(monkeypatch, slot_replies, step):
        desk.answer(inbound)
    desk.answer(inbound)
    booked = desk.day.visit(desk.visit)
    assert desk.day.world.local(booked.booked_from_at) == f"{DAY} 10:00"
    assert desk.facts("reply_received") == 2
    if step != "book_visit":  # there the transaction itself was undone or done
        assert desk.facts("visit_booked") == 1
    assert desk.day.places() == [(desk.visit, desk.day.places()[0][1])]


def test_an_interrupted_choice_still_counts_when_something_else_was_asked_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.offer("08:00-10:00", "10:00-12:00")
    inbound = desk.receive("2")
    with dying_in(monkeypatch, slot_replies, "offer_slots"):
        desk.answer(inbound)
    desk.offer("13:00-15:00", "15:00-17:00")
    desk.answer(inbound)
    assert desk.day.world.local(desk.day.visit(desk.visit).booked_from_at) == f"{DAY} 10:00"
    assert desk.count(SlotOffer, SlotOffer.status == "taken") == 1


def test_an_interrupted_withdrawal_is_carried_out_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.answer(desk.receive("I no longer want it"))

    def ask(session: Any) -> None:
        message = session.scalars(select(Message).where(Message.kind == "withdrawal_asked")).one()
        until_at = desk.day.now + timedelta(hours=1)
        open_question(message.conversation, Question.WITHDRAW, message, {}, until_at=until_at)

    run_use_case(desk.day.database, ask)
    inbound = desk.receive("1")
    with dying_in(monkeypatch, withdrawing, "cancel_visit"):
        desk.answer(inbound)
    desk.answer(inbound)
    assert desk.facts("withdrawal_requested") == 1
    assert desk.facts("visit_cancelled") == 1
    with desk.day.database.read_session() as session:
        assert session.scalars(select(Order)).one().status is OrderStatus.WITHDRAWING
        assert session.get_one(Visit, desk.visit).status is VisitStatus.CANCELLED


def test_nothing_personal_reaches_the_log(desk: Desk) -> None:
    text = "my name is Zhang San of Garden Road"
    desk.answer(desk.receive(text))
    desk.answer(desk.receive("+8613812345678"))
    with desk.day.database.read_session() as session:
        kept = " ".join(str(event.payload) for event in session.scalars(select(Event)))
        kept += " ".join(str(message.params) + message.dedupe_key for message in session.scalars(select(Message)))
        phones = session.scalars(select(Contact.phone)).all()
    assert not any(word in kept for word in (text, "Zhang", "13812345678", *phones))
