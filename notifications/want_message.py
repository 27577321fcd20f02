"""Wanting something said: it waits in the queue until it may go, or is no longer worth saying."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, Contact, Conversation, Message, Visit
from dispatch.rules.vocabulary import Channel
from dispatch.services.schedule_work import schedule_work
from notifications.kinds import KINDS, Kind, To
from notifications.recipients import conversation_with, recipient

SEND_MESSAGE = "send_message"


def want_message(
    session: Session,
    kind: str,
    *,
    now: datetime,
    occasion: str,
    order_id: int | None = None,
    visit_id: int | None = None,
    case_id: int | None = None,
    promise_id: int | None = None,
    conversation_id: int | None = None,
    params: Mapping[str, Any] | None = None,
    delay: timedelta = timedelta(0),
) -> Message | None:
    """Queue a message of `kind`, to go after `delay`; None if nobody can be told or it was wanted before.

    The recipient is found by the kind, in the order (or that of the visit or case);
    `conversation_id` names the thread instead, and must for answers to whoever has
    written. `occasion` tells apart what may be said twice; `params` is plain JSON for the
    composer: ids, codes and times.
    """
    rule = KINDS[kind]
    order_id = order_id if order_id is not None else _order_of(session, visit_id, case_id)
    thread = _thread(session, rule, order_id, conversation_id)
    if thread is None:
        return None
    conversation, contact = thread
    channel = _channel(conversation, contact)
    dedupe_key = f"{conversation.id}:{channel}:{kind}:{occasion}"
    if session.scalar(select(Message.id).where(Message.dedupe_key == dedupe_key)) is not None:
        return None
    message = Message(
        at=now,
        by="notifications",
        conversation_id=conversation.id,
        order_id=order_id,
        visit_id=visit_id,
        case_id=case_id,
        promise_id=promise_id,
        kind=kind,
        occasion=occasion,
        dedupe_key=dedupe_key,
        language=conversation.language if contact is None else contact.language,
        channel=channel,
        is_urgent=rule.is_urgent,
        params=dict(params or {}),
        wanted_at=now,
        expires_at=now + delay + rule.valid_for,
    )
    session.add(message)
    session.flush()
    schedule_work(session, SEND_MESSAGE, message.id, now + delay)
    return message


def _order_of(session: Session, visit_id: int | None, case_id: int | None) -> int | None:
    if visit_id is not None:
        return session.get_one(Visit, visit_id).order_id
    return None if case_id is None else session.get_one(Case, case_id).order_id


def _thread(
    session: Session, rule: Kind, order_id: int | None, conversation_id: int | None
) -> tuple[Conversation, Contact | None] | None:
    if conversation_id is not None:
        return session.get_one(Conversation, conversation_id), None
    if rule.to is To.SENDER or order_id is None:
        return None
    contact = recipient(session, order_id, rule)
    return None if contact is None else (conversation_with(session, contact), contact)


def _channel(conversation: Conversation, contact: Contact | None) -> Channel:
    """How they want to be reached; a landline cannot read."""
    if contact is None:
        return conversation.channel
    return Channel.VOICE if contact.is_landline and contact.channel is Channel.SMS else contact.channel
