"""What a handset was last told about a visit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Announcement, Message
from dispatch.rules.announcing import Told
from dispatch.rules.lifecycles import MessageStatus

#: the provider took it, whatever became of it then
_TAKEN = (MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNDELIVERED)
#: it may have been taken; so may what was sent again without knowing
_IN_DOUBT = (MessageStatus.SENDING, MessageStatus.UNKNOWN)


@dataclass(frozen=True)
class LastTold:
    """The latest message that may have told the handset technician and window, or took them back.

    `told` is None if it took them back. Nobody knows whether one `in_doubt` has arrived.
    """

    told: Told | None
    template: str
    in_doubt: bool


def last_told(session: Session, visit_id: int, conversation_id: int, *, besides: int | None = None) -> LastTold | None:
    """The latest such message to the handset about the visit, `besides` one; None if there was none."""
    statement = (
        select(Message)
        .where(Message.visit_id == visit_id, Message.conversation_id == conversation_id)
        .where(Message.status.in_((*_TAKEN, *_IN_DOUBT)) | (Message.repeats > 0))
        .where(Message.announcement_id.is_not(None) | (Message.kind == REPLANNED))
        .order_by(Message.id.desc())
        .limit(1)
    )
    if besides is not None:
        statement = statement.where(Message.id != besides)
    message = session.scalars(statement).first()
    if message is None:
        return None
    told = None if message.announcement_id is None else _told(session.get_one(Announcement, message.announcement_id))
    return LastTold(told, message.template or "", message.status not in _TAKEN)


def told_late(session: Session, visit_id: int, conversation_id: int) -> bool:
    """Whether the handset was told, after all else about the visit, that the technician will be late."""
    statement = (
        select(Message.kind)
        .where(Message.visit_id == visit_id, Message.conversation_id == conversation_id, Message.status.in_(_TAKEN))
        .where(Message.announcement_id.is_not(None) | Message.kind.in_((REPLANNED, LATE)))
        .order_by(Message.id.desc())
    )
    return session.scalars(statement.limit(1)).first() == LATE


#: the kind of message that says that what was told cannot be kept
LATE = "visit_late"
#: the kind of message that takes back what was told
REPLANNED = "visit_replanned"


def _told(row: Announcement) -> Told | None:
    if row.technician_id is None:
        return None
    return Told(row.technician_id, row.contact_by_at, (row.from_at, row.until_at))
