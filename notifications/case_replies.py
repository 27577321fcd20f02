"""When a person is wanted, or needed: a case with an owner, and the customer knows its number (R40 to R48)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from dispatch.models import Case, InboundMessage
from dispatch.queries.case_in_hand import case_in_hand
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.add_remark import add_remark
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.open_case import open_case
from dispatch.services.promise_callback import promise_callback
from notifications.reading import Meaning
from notifications.reply import Reply

#: the next step where the customer has been answered, and has said more
READ_REMARK = "read_remark"
#: the same text again and again is a machine's, or somebody's who waits: it is kept, not answered
ANSWERED_TWICE, WITHIN = 2, timedelta(hours=1)


def call_person(reply: Reply) -> None:
    """The customer wants a person: who it is, and by when they call."""
    if reply.reading.is_grumble:
        return complain(reply)
    if not reply.orders:
        return hand_over(reply, "nothing_open")
    case = _in_hand(reply)
    if case is None:
        case = _open(reply, CaseKind.QUESTION)
    else:
        add_remark(reply.session, case.id, reply.inbound.text, now=reply.now)
        promise_callback(reply.session, case, now=reply.now)
    return reply.say("case_taken", case_id=case.id)


def complain(reply: Reply) -> None:
    """A grumble is a complaint (R47)."""
    complaint = _in_hand(reply, CaseKind.COMPLAINT)
    if complaint is not None:
        _add(reply, complaint)
    else:
        complaint = _open(reply, CaseKind.COMPLAINT)
        reply.say("case_taken", case_id=complaint.id, occasion="complaint")
    reply.heard_in.add(complaint.id)


def take_remark(reply: Reply) -> None:
    """What is not understood goes to a person, or to the one who cares already."""
    if reply.reading.is_grumble:
        return complain(reply)
    return hand_over(reply, "not_understood" if reply.orders else "nothing_open")


def hand_over(reply: Reply, kind: str) -> None:
    """Add the message to the case in hand, else open one and answer with a message of `kind`."""
    case = _in_hand(reply)
    if case is not None:
        return _add(reply, case)
    return reply.say(kind, case_id=_open(reply, CaseKind.QUESTION).id)


def keep_words(reply: Reply) -> None:
    """What is answered without them is read by a person all the same; the third time is an alarm (R48)."""
    if reply.reading.is_grumble:
        return
    case = _in_hand(reply)
    if case is not None:
        add_remark(reply.session, case.id, reply.inbound.text, now=reply.now)
        return
    order = reply.order
    open_case(
        reply.session,
        CaseKind.EXCEPTION,
        channel=Channel.SMS,
        next_step=READ_REMARK,
        order_id=order.order_id if order is not None else None,
        remark=reply.inbound.text,
        now=reply.now,
    )


def _add(reply: Reply, case: Case) -> None:
    add_remark(reply.session, case.id, reply.inbound.text, now=reply.now)
    promise_callback(reply.session, case, now=reply.now)
    if reply.reading.meaning is not Meaning.OURS and not _comes_again_and_again(reply):
        reply.say("remark_added", case_id=case.id)


def _open(reply: Reply, kind: CaseKind) -> Case:
    order = reply.order
    return ask_for_person(
        reply.session,
        kind,
        channel=Channel.SMS,
        order_id=order.order_id if order is not None else None,
        visit_id=reply.intent.visit_id,
        said=reply.inbound.text,
        now=reply.now,
    )


def _in_hand(reply: Reply, *kinds: CaseKind) -> Case | None:
    order = reply.order
    order_ids = [order.order_id] if order is not None else [one.order_id for one in reply.alive]
    asked = {"kinds": kinds} if kinds else {}
    return case_in_hand(reply.session, reply.conversation.id, order_ids, **asked)


def _comes_again_and_again(reply: Reply) -> bool:
    statement = select(func.count()).where(
        InboundMessage.conversation_id == reply.conversation.id,
        InboundMessage.id < reply.inbound.id,
        InboundMessage.text == reply.inbound.text,
        InboundMessage.received_at >= reply.inbound.received_at - WITHIN,
    )
    return (reply.session.scalar(statement.select_from(InboundMessage)) or 0) >= ANSWERED_TWICE
