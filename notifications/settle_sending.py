"""What the provider's answer does to a message that was being sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Conversation, Message, SendAttempt
from dispatch.rules.events import CustomerTold, HandsetOptedOut
from dispatch.rules.lifecycles import MessageStatus
from dispatch.services.append_event import append_event
from dispatch.services.schedule_work import schedule_work
from notifications.after_telling import on_accepted
from notifications.gateway import Accepted, SendRefused
from notifications.questions import close_question
from notifications.untold import leave_untold
from notifications.want_message import SEND_MESSAGE

BY = "gateway"
#: refusals that say that this handset cannot be told anything by SMS
UNREACHABLE = ("invalid_number", "landline", "unreachable")
OPTED_OUT = "opted_out"


def settle_accepted(
    session: Session, message: Message, accepted: Accepted, *, now: datetime, machine_now: datetime
) -> None:
    """The provider has taken it: the customer is told, as far as we can know."""
    message.move_to(MessageStatus.ACCEPTED, at=now, by=BY)
    message.provider_id = accepted.provider_id
    _end_attempt(message, "accepted", machine_now)
    schedule_work(session, SEND_MESSAGE, message.id, None)
    fact = CustomerTold(
        occurred_at=now,
        message_id=message.id,
        message_kind=message.kind,
        order_id=message.order_id,
        visit_id=message.visit_id,
        case_id=message.case_id,
        promise_id=message.promise_id,
    )
    append_event(session, fact, now=now)
    on_accepted(session, message, now)


def settle_refused(
    session: Session, message: Message, refused: SendRefused, *, now: datetime, machine_now: datetime
) -> None:
    """The provider will never take it."""
    reason = str(refused.values.get("reason", refused.code))
    message.move_to(MessageStatus.FAILED, at=now, by=BY, reason=reason)
    _end_attempt(message, f"refused:{reason}", machine_now)
    schedule_work(session, SEND_MESSAGE, message.id, None)
    handset_failed(session, message.conversation, reason, now=now)
    close_question_of(message)
    leave_untold(session, message, reason, now=now)


def settle_passed(_session: Session, message: Message, outcome: str, *, now: datetime, machine_now: datetime) -> None:
    """It was surely not sent, and may go later."""
    message.move_to(MessageStatus.QUEUED, at=now, by=BY)
    _end_attempt(message, outcome, machine_now)
    close_question_of(message)


def settle_unknown(_session: Session, message: Message, outcome: str, *, now: datetime, machine_now: datetime) -> None:
    """Nobody knows whether it was sent."""
    message.move_to(MessageStatus.UNKNOWN, at=now, by=BY)
    _end_attempt(message, outcome, machine_now)


def handset_failed(session: Session, conversation: Conversation, reason: str, *, now: datetime) -> None:
    """Remember what a failure says about the handset."""
    if reason == OPTED_OUT and conversation.opted_out_at is None:
        conversation.opted_out_at = now
        append_event(session, HandsetOptedOut(occurred_at=now, conversation_id=conversation.id), now=now)
    elif reason in UNREACHABLE and conversation.unreachable_since is None:
        conversation.unreachable_since = now


def close_question_of(message: Message) -> None:
    """What it asked was not asked, unless something else was asked since."""
    conversation = message.conversation
    if conversation.open_choices.get("message_id") == message.id:
        close_question(conversation)


def latest_attempt(message: Message) -> SendAttempt | None:
    """The last time that the message was handed to a provider."""
    return message.attempts[-1] if message.attempts else None


def _end_attempt(message: Message, outcome: str, machine_now: datetime) -> None:
    attempt = latest_attempt(message)
    if attempt is not None and attempt.ended_at is None:
        attempt.ended_at = machine_now
        attempt.outcome = outcome
