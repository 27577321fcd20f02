"""The messages of one transaction with everything that they are about, in a few statements however many they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from dispatch.db import lock
from dispatch.models import Announcement, Base, Conversation, Message, Operator, Order, Visit


@dataclass(frozen=True)
class MessagesAtHand:
    """Locked messages by id; keep it as long as they are worked on.

    A session forgets a row that nobody refers to, and loads it anew: `about` refers to all of them.
    """

    messages: Mapping[int, Message]
    about: tuple[Base, ...]


def messages_at_hand(session: Session, message_ids: Collection[int]) -> MessagesAtHand:
    """These messages as they are now, locked after their conversations; those that do not exist are left out."""
    named = Message.id.in_(message_ids)
    conversations = lock(session, Conversation, session.scalars(select(Message.conversation_id).where(named)))
    locked = select(Message).where(named).order_by(Message.id).with_for_update(of=Message)
    fresh = locked.options(selectinload(Message.attempts)).execution_options(populate_existing=True)
    messages = session.scalars(fresh).all()
    return MessagesAtHand({message.id: message for message in messages}, (*conversations, *_about(session, messages)))


def _about(session: Session, messages: Collection[Message]) -> tuple[Base, ...]:
    """Operator, visits, orders with their territories, and announcements."""
    order_ids = {message.order_id for message in messages if message.order_id is not None}
    visit_ids = {message.visit_id for message in messages if message.visit_id is not None}
    told_ids = {message.announcement_id for message in messages if message.announcement_id is not None}
    rows: list[Base] = list(session.scalars(select(Operator)))
    if order_ids:
        rows += session.scalars(select(Order).where(Order.id.in_(order_ids)).options(joinedload(Order.territory)))
    if visit_ids:
        rows += session.scalars(select(Visit).where(Visit.id.in_(visit_ids)))
    if told_ids:
        rows += session.scalars(select(Announcement).where(Announcement.id.in_(told_ids)))
    return tuple(rows)
