"""What providers report of a message afterwards: late, twice, out of order, and only ever forward."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Conversation, Message
from dispatch.rules.lifecycles import MESSAGE, MessageStatus
from notifications.gateway import Accepted, SendRefused
from notifications.settle_sending import BY, handset_failed, latest_attempt, settle_accepted, settle_refused
from notifications.untold import leave_untold

_M = MessageStatus
_UNSETTLED = (_M.SENDING, _M.UNKNOWN)
NOT_DELIVERED = "not_delivered"


def take_receipt(
    session: Session,
    *,
    our_id: int,
    status: MessageStatus,
    provider_id: str | None,
    reason: str | None,
    now: datetime,
    machine_now: datetime,
) -> bool:
    """Move the message on to what the provider says of it; False if that says nothing new, or nothing of ours.

    A receipt may come before the answer to our call, or when its answer was lost: then it
    is the answer. A receipt under another provider id than the one known is about an
    earlier try and says nothing of this one.
    """
    message = session.get(Message, our_id)
    if message is None:
        return False
    lock(session, Conversation, [message.conversation_id])
    message = session.get_one(Message, our_id, with_for_update=True, populate_existing=True)
    if message.provider_id is not None and provider_id is not None and message.provider_id != provider_id:
        return False
    was = message.status
    if was is _M.QUEUED and latest_attempt(message) is not None:
        message.move_to(_M.SENDING, at=now, by=BY)  # given up too early: the try before was taken after all
    if message.status in _UNSETTLED:
        _settle(session, message, status, provider_id, reason, now, machine_now)
    if (message.status, status) in MESSAGE.moves:
        _move_on(session, message, status, reason, now)
    return message.status is not was


def _settle(
    session: Session,
    message: Message,
    status: MessageStatus,
    provider_id: str | None,
    reason: str | None,
    now: datetime,
    machine_now: datetime,
) -> None:
    """The receipt is the answer that we never had."""
    if status is _M.FAILED:
        refused = SendRefused("message", reason=reason or NOT_DELIVERED)
        settle_refused(session, message, refused, now=now, machine_now=machine_now)
    else:
        settle_accepted(session, message, Accepted(provider_id or "receipt"), now=now, machine_now=machine_now)


def _move_on(session: Session, message: Message, status: MessageStatus, reason: str | None, now: datetime) -> None:
    why = (reason or NOT_DELIVERED) if status in (_M.UNDELIVERED, _M.FAILED) else None
    message.move_to(status, at=now, by=BY, reason=why)
    if why is not None:
        handset_failed(session, message.conversation, why, now=now)
        leave_untold(session, message, why, now=now)
    elif status is _M.DELIVERED:
        message.conversation.unreachable_since = None
