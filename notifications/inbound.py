"""What customers write: stored first and once, then understood, carried out and answered, in order for each handset.

A message that needs nothing but the database is carried out, marked as handled and
answered in one transaction. One that needs travel times or several transactions is begun
(what was asked stands in its row), done by services that do nothing twice, and ended; after
a crash it is begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

import notifications.answers  # noqa: F401 - registers what the answers say
from dispatch.db import Database, lock, run_use_case
from dispatch.models import Conversation, InboundMessage, Operator
from dispatch.phones import read_phone
from dispatch.queries.handset_orders import handset_orders
from dispatch.rules.events import ReplyReceived
from dispatch.services.opt_in import opt_in
from dispatch.services.opt_out import opt_out
from dispatch.services.record import record
from dispatch.services.schedule_work import schedule_work
from dispatch.travel_memory import RememberedTravel
from dispatch.upsert import insert_or_update
from notifications import case_replies, order_replies, slot_replies
from notifications.questions import Action, asked_in, intend, snapshot
from notifications.reading import Meaning, read
from notifications.recipients import conversation_on
from notifications.reply import Ending, Errand, Reply, Tools
from notifications.want_message import want_message

ANSWER_INBOUND = "answer_inbound"


def take_inbound(
    session: Session, *, gateway: str, provider_id: str, handset: str, text: str, now: datetime
) -> InboundMessage | None:
    """Store what a provider has passed on, to be answered; None if it was stored before.

    Who wants no more messages, or wants them again, is obeyed at once. Raises InvalidPhone
    for a sender that is not a telephone number.
    """
    operator = session.get_one(Operator, 1)
    conversation = _conversation(session, read_phone(handset, operator.phone_region, field="handset"), operator)
    if _find(session, gateway, provider_id) is not None:
        return None
    values = {
        "conversation_id": conversation.id,
        "gateway": gateway,
        "provider_id": provider_id,
        "received_at": now,
        "text": text,
        "asked": snapshot(conversation),
    }
    insert_or_update(session, InboundMessage, values, unique=("gateway", "provider_id"))
    conversation.unreachable_since = None  # who writes can be reached
    inbound = _find(session, gateway, provider_id)
    if inbound is None or inbound.conversation_id != conversation.id:
        return None  # the same provider id from another handset is not this message
    reading = read(text, signatures=_signatures(operator), is_opted_out=conversation.opted_out_at is not None)
    if not _obey(session, conversation, inbound, reading.meaning, now):
        schedule_work(session, ANSWER_INBOUND, inbound.id, now)
    return inbound


def answer_inbound(
    database: Database, inbound_id: int, *, now: datetime, machine_now: datetime, travel: RememberedTravel
) -> None:
    """Carry out and answer a message, and before it what the handset has sent earlier and is not handled.

    It may be called again, and by several workers at once: nothing is done twice.
    """
    tools = Tools(database, travel, now, machine_now)
    with database.read_session() as session:
        waiting = _waiting(session, inbound_id)
    for waiting_id in waiting:
        errand = run_use_case(database, partial(_begin, inbound_id=waiting_id, now=now))
        if errand is not None:
            ending = errand(tools)
            run_use_case(database, partial(_end, inbound_id=waiting_id, ending=ending, now=now))


# --- taking -------------------------------------------------------------------------------


def _conversation(session: Session, handset: str, operator: Operator) -> Conversation:
    """The handset's thread, locked: what comes in at the same moment comes one after the other."""
    orders = handset_orders(session, handset)
    language = orders[0].language if orders else operator.language
    conversation = conversation_on(session, handset, language=language)
    return lock(session, Conversation, [conversation.id])[0]


def _find(session: Session, gateway: str, provider_id: str) -> InboundMessage | None:
    statement = select(InboundMessage).where(
        InboundMessage.gateway == gateway, InboundMessage.provider_id == provider_id
    )
    return session.scalars(statement).first()


def _obey(
    session: Session, conversation: Conversation, inbound: InboundMessage, meaning: Meaning, now: datetime
) -> bool:
    """Stop or start messages, which takes no more than this; False if that is not what is wanted."""
    if meaning is Meaning.OPT_OUT:
        opt_out(session, conversation, now=now)
    elif meaning is Meaning.OPT_IN and opt_in(session, conversation, now=now):
        occasion = f"inbound:{inbound.id}"
        want_message(session, "opted_in", now=now, occasion=occasion, conversation_id=conversation.id)
    else:
        return False
    inbound.meaning, inbound.handled_at = meaning.value, now
    fact = ReplyReceived(
        occurred_at=now, inbound_id=inbound.id, conversation_id=conversation.id, meaning=inbound.meaning
    )
    record(session, fact, now=now)
    return True


def _signatures(operator: Operator) -> list[str]:
    """How our own messages begin."""
    names = {operator.name, *map(str, operator.signatures.values())}
    return [bracketed for name in names for bracketed in (f"\u3010{name}\u3011", f"[{name}]") if name]


# --- answering ----------------------------------------------------------------------------


def _waiting(session: Session, inbound_id: int) -> list[int]:
    """The message, if it is not handled, after the earlier ones of its handset that are not."""
    inbound = session.get(InboundMessage, inbound_id)
    if inbound is None or inbound.handled_at is not None:
        return []
    statement = (
        select(InboundMessage.id)
        .where(InboundMessage.conversation_id == inbound.conversation_id, InboundMessage.handled_at.is_(None))
        .where(tuple_(InboundMessage.received_at, InboundMessage.id) <= (inbound.received_at, inbound.id))
        .order_by(InboundMessage.received_at, InboundMessage.id)
    )
    return list(session.scalars(statement))


def _begin(session: Session, *, inbound_id: int, now: datetime) -> Errand | None:
    """Carry the message out, if that takes no more than this transaction; else what is to be done outside of one."""
    reply = _reply(session, inbound_id, now)
    if reply is None:
        return None
    errand = _carry_out(reply)
    if errand is None:
        _complete(reply)
    return errand


def _end(session: Session, *, inbound_id: int, ending: Ending, now: datetime) -> None:
    reply = _reply(session, inbound_id, now)
    if reply is not None:
        ending(reply)
        _complete(reply)


def _reply(session: Session, inbound_id: int, now: datetime) -> Reply | None:
    """The message with its conversation locked; None if it was handled meanwhile."""
    conversation_id = session.get_one(InboundMessage, inbound_id).conversation_id
    (conversation,) = lock(session, Conversation, [conversation_id])
    inbound = session.get_one(InboundMessage, inbound_id, populate_existing=True)
    if inbound.handled_at is not None:
        return None
    signatures = _signatures(session.get_one(Operator, 1))
    reading = read(inbound.text, signatures=signatures)
    asked = asked_in(inbound.asked)
    intent = intend(asked, reading, received_at=inbound.received_at)
    orders = handset_orders(session, conversation.handset)
    reply = Reply(session, inbound, conversation, orders, asked, reading, intent, now)
    return _after_choosing_order(reply)


def _after_choosing_order(reply: Reply) -> Reply:
    """Which order was meant is known now: what was wanted of it goes on."""
    if reply.intent.action is not Action.CHOOSE_ORDER:
        return reply
    choice = reply.intent.choice
    return reply.about(action=Action(choice["then"]), order_id=choice["order_id"], visit_id=None, choice=None)


def _carry_out(reply: Reply) -> Errand | None:
    if reply.must_choose and reply.intent.action in _ABOUT_ONE_ORDER:
        order_replies.ask_which(reply)
        return None
    return _ACTIONS[reply.intent.action](reply)


def _complete(reply: Reply) -> None:
    """A grumble that came along is a complaint (R47), unless that is what was answered already."""
    if reply.reading.is_grumble and not reply.heard_in:
        case_replies.complain(reply)
    reply.finish()


def _nothing(_reply: Reply) -> None:
    """Thanks, or a machine: there is nothing to answer."""


_Handler = Callable[[Reply], Errand | None]
_ACTIONS: Mapping[Action, _Handler] = {
    Action.STATUS: order_replies.tell_status,
    Action.CHANGE: slot_replies.change,
    Action.PERSON: case_replies.call_person,
    Action.FAULT: order_replies.fault,
    Action.CONFIRM_VISIT: order_replies.confirm,
    Action.SUBSTITUTE: order_replies.ask_for_substitute,
    Action.CHOOSE_WINDOW: slot_replies.choose,
    Action.WAIT: order_replies.tell_status,
    Action.RATE: order_replies.rate,
    Action.NOT_FIXED: order_replies.rate,
    Action.DISPUTE: order_replies.dispute,
    Action.ASK_WITHDRAWAL: order_replies.ask_withdrawal,
    Action.WITHDRAW: order_replies.withdraw,
    Action.KEEP_ORDER: order_replies.keep_order,
    Action.REVOKE: order_replies.revoke,
    Action.ASK_AGAIN: order_replies.ask_again,
    Action.QUESTION_OVER: order_replies.tell_over,
    Action.REMARK: case_replies.take_remark,
    Action.PHONE: order_replies.take_phone,
    Action.NOTHING: _nothing,
}
_ABOUT_ONE_ORDER = frozenset({Action.STATUS, Action.CHANGE, Action.ASK_WITHDRAWAL})
