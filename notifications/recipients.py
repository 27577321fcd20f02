"""Who is told, on which handset, in which language (R28)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Contact, Conversation
from dispatch.rules.vocabulary import Channel, ContactRole
from dispatch.upsert import insert_or_update
from notifications.kinds import Kind, To

#: who is asked first
_ROLES = {
    To.SUBSCRIBER: (ContactRole.SUBSCRIBER,),
    To.ON_SITE: (ContactRole.ON_SITE, ContactRole.SUBSTITUTE, ContactRole.SUBSCRIBER),
}


def recipient(session: Session, order_id: int, kind: Kind) -> Contact | None:
    """Who of the order is told: the first who can read it, else the first; None if their data are gone (R84)."""
    asked = _asked(session, order_id, kind)
    return next((contact for contact in asked if _can_read(session, contact, kind)), asked[0] if asked else None)


def reader(session: Session, order_id: int, kind: Kind) -> Contact | None:
    """The first person of the order who can read a message of this kind; None if nobody can."""
    return next((one for one in _asked(session, order_id, kind) if _can_read(session, one, kind)), None)


def _asked(session: Session, order_id: int, kind: Kind) -> list[Contact]:
    people = session.scalars(select(Contact).where(Contact.order_id == order_id, Contact.redacted_at.is_(None)))
    by_role = {contact.role: contact for contact in people}
    return [by_role[role] for role in _ROLES[kind.to] if role in by_role]


def _can_read(session: Session, contact: Contact, kind: Kind) -> bool:
    """Whether an SMS reaches them; one that must is not left with a handset that takes none (R32)."""
    if contact.is_landline or contact.channel is not Channel.SMS:
        return False
    if not kind.must_reach:
        return True
    takes_none = Conversation.opted_out_at.is_not(None) | Conversation.unreachable_since.is_not(None)
    statement = select(Conversation.id).where(Conversation.handset == contact.phone, takes_none)
    return session.scalars(statement).first() is None


def conversation_with(session: Session, contact: Contact) -> Conversation:
    """The thread of the contact's handset, begun if there is none."""
    return conversation_on(session, contact.phone, language=contact.language, channel=contact.channel)


def conversation_on(session: Session, handset: str, *, language: str, channel: Channel = Channel.SMS) -> Conversation:
    """The thread of a handset (E.164), begun if there is none."""
    thread = select(Conversation).where(Conversation.handset == handset)
    known = session.scalars(thread).one_or_none()
    if known is not None:
        return known
    values = {"handset": handset, "language": language, "channel": channel, "open_choices": {}}
    insert_or_update(session, Conversation, values, unique=("handset",))
    return session.scalars(thread).one()
