"""What needs a dispatcher, on both databases: each kind when it does, and not when it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Conversation, Disruption, Message, Visit
from dispatch.rules.access import Scope
from dispatch.rules.lifecycles import DisruptionStatus, MessageStatus, VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel, DisruptionKind
from dispatch.services.open_case import open_case
from dispatch.services.report_disruption import report_disruption
from tests.watching import WatchedDay, begin
from web.console.attention_words import AttentionWords


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database)


def heard_now(day: WatchedDay, *technicians: int) -> None:
    for technician in technicians:
        day.heard(technician, f"{day.now.astimezone(day.world.zone):%H:%M}")


def test_a_quiet_day_needs_nobody(day: WatchedDay) -> None:
    ann = day.technician()
    day.place(ann, [(day.customer(), "10:00")])
    heard_now(day, ann)
    assert day.kinds() == []


def test_the_most_urgent_stands_first(day: WatchedDay) -> None:
    ann = day.technician("08:00-18:00")
    tight, late = day.customers(2)
    day.place(ann, [(late, "14:00"), (tight, "16:00")])
    day.tell(late, "12:00", "13:00")
    heard_now(day, ann)
    assert day.kinds() == ["will_break", "tight"]
    assert [one.visit_id for one in day.attention()] == [late, tight]
    assert [one.is_urgent for one in day.attention()] == [True, False]


def test_a_visit_that_is_not_accepted(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "12:00")])
    day.sent(visit)
    heard_now(day, ann)
    assert day.kinds() == []
    day.later(business=timedelta(minutes=15))
    assert day.kinds() == ["unaccepted"]

    def accept(session: Session) -> None:
        session.get_one(Visit, visit).move_to(VisitStatus.ACCEPTED, at=day.now, by="technician:1")

    day.world.do(accept)
    assert day.kinds() == []


def test_a_phone_that_says_nothing(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "14:00")])
    day.clock("09:00")
    assert day.kinds() == []  # the shift began an hour ago
    day.clock("09:01")
    assert day.kinds() == ["silent"]
    day.heard(ann, "08:30")
    assert day.kinds() == []
    day.clock("09:31")
    assert day.kinds() == ["silent"]
    day.absent(ann, "09:00", "17:00")
    assert "silent" not in day.kinds()


def test_nobody_listens_for_a_phone_that_has_nothing_to_say(day: WatchedDay) -> None:
    day.technician()
    day.clock("12:00")
    assert day.kinds() == []


def test_visits_without_a_technician_are_counted_those_in_danger_named(day: WatchedDay) -> None:
    day.technician()
    day.customers(2)
    (together,) = day.attention()
    assert (together.kind, together.count) == ("unplaced", 2)
    day.clock("14:00")  # three and a half hours before the repair is due
    assert [(one.kind, one.order_number is not None) for one in day.attention()] == [("tight", True)] * 2


def test_a_repair_that_somebody_decides(day: WatchedDay) -> None:
    ann = day.technician()
    day.place(ann, [(day.customer(), "14:00")])
    heard_now(day, ann)

    def upset(session: Session) -> None:
        disruption = report_disruption(
            session,
            DisruptionKind.ABSENT,
            territory_id=day.world.ids["territory"],
            technician_id=ann,
            occurred_at=day.now,
            now=day.now,
            by="test",
        )
        disruption.move_to(DisruptionStatus.REPAIRING, at=day.now, by="test")

    def leave(session: Session) -> None:
        disruption = session.scalars(select(Disruption)).one()
        disruption.move_to(DisruptionStatus.UNDECIDED, at=day.now, by="test", reason="would_lose")

    day.world.do(upset)
    (first,) = day.attention()
    assert (first.kind, first.is_urgent, first.technician_id) == ("repairing", False, ann)
    assert first.disruption_id is None  # there is nothing to decide yet
    day.world.do(leave)
    first = day.attention()[0]
    assert (first.kind, first.disruption_kind, first.technician_id) == ("undecided", DisruptionKind.ABSENT, ann)
    assert first.has_lost_repair  # what there was to decide about is not there any more
    assert "was discarded, or other changes came first" in notes(day)[0]
    assert "undecided" not in day.kinds(Scope(contractor_ids=frozenset({day.contractor(day.technician())})))


def notes(day: WatchedDay) -> list[str]:
    """What should be known before something is decided, as the board says it."""
    words = AttentionWords("en", day.world.zone, day.now)
    return [note for one in day.attention() if (note := words.note(one)) is not None]


def test_a_repair_that_nobody_could_make_is_not_called_lost(day: WatchedDay) -> None:
    ann = day.technician()

    def leave(session: Session) -> None:
        about = {"territory_id": day.world.ids["territory"], "technician_id": ann, "occurred_at": day.now}
        disruption = Disruption(kind=DisruptionKind.ABSENT, at=day.now, by="test", **about)
        session.add(disruption)
        disruption.move_to(DisruptionStatus.REPAIRING, at=day.now, by="test")
        disruption.move_to(DisruptionStatus.UNDECIDED, at=day.now, by="test", reason="no_repair")

    day.world.do(leave)
    assert notes(day) == ["No repair could be made. The routes stay as they are until somebody decides."]


def test_a_case_that_nobody_has_taken(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "14:00")])
    heard_now(day, ann)

    def ask(session: Session) -> None:
        order_id = day.visit(visit).order_id
        open_case(session, CaseKind.QUESTION, channel=Channel.SMS, next_step="answer", now=day.now, order_id=order_id)

    day.world.do(ask)
    assert day.kinds() == []
    day.later(business=timedelta(minutes=15))
    (case,) = day.attention()
    assert (case.kind, case.order_id, case.case_kind) == ("unowned", day.visit(visit).order_id, CaseKind.QUESTION)


def test_a_message_that_has_not_arrived(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "14:00")])
    heard_now(day, ann)
    order = day.visit(visit).order_id

    def send(session: Session, number: int, ended: MessageStatus) -> None:
        thread = session.scalar(select(Conversation).filter_by(handset="+8613800000099"))
        if thread is None:
            thread = Conversation(handset="+8613800000099", language="zh_Hans_CN")
            session.add(thread)
            session.flush()
        message = Message(
            at=day.now,
            by="test",
            conversation_id=thread.id,
            order_id=order,
            kind="order_received",
            occasion=f"test:{number}",
            dedupe_key=f"test:{number}",
            language="zh_Hans_CN",
            channel=Channel.SMS,
            wanted_at=day.now,
            expires_at=day.now + timedelta(hours=1),
        )
        session.add(message)
        message.move_to(MessageStatus.SENDING, at=day.now, by="test")
        message.move_to(MessageStatus.ACCEPTED, at=day.now, by="test")
        message.move_to(ended, at=day.now, by="test")

    day.world.do(lambda s: send(s, 1, MessageStatus.UNDELIVERED))
    assert day.kinds() == ["untold"]
    day.world.do(lambda s: send(s, 2, MessageStatus.DELIVERED))
    assert day.kinds() == []
