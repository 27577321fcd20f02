"""May this message go now, and what does it say? Decided from what is true at this moment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import Secret
from dispatch.models import Conversation, Message, Operator, Order, SendAttempt
from dispatch.rules.contact_hours import CONTACT_HOURS, RATING_HOURS, next_opening
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import Channel, Priority
from dispatch.services.claim_due_work import Claim
from dispatch.services.perform_due_work import postpone_due_work, settle_due_work
from notifications.composing import COMPOSERS, Content, NotTrue, Telling
from notifications.daily_limit import KEPT, LIMIT, MORNING, has_room, next_morning
from notifications.gateway import Outgoing
from notifications.kinds import KINDS, Reach
from notifications.questions import open_question
from notifications.rendering import render, text_of
from notifications.settle_sending import latest_attempt
from notifications.signature import signature_for
from notifications.template_registry import approved_language
from notifications.templates import TEMPLATES
from notifications.untold import leave_untold
from notifications.wording import closest_language

BY = "notifications"
#: how long to wait for another message to the same handset that is being sent
TURN = timedelta(seconds=2)
#: kinds that go to a handset that wants nothing more
_OPTED_IN = "opted_in"


@dataclass(frozen=True)
class Moment:
    """Both clocks."""

    now: datetime
    machine_now: datetime


def begin_sending(
    session: Session, claim: Claim, message: Message, at: Moment, *, secret: Secret, gateway: str
) -> Outgoing | None:
    """Compose a queued message from what is true now and write down that it is being sent; None if it does not go.

    The caller holds the conversation and the message. What does not go is put off (quiet
    hours, another message to the handset under way, enough for today) or settled: expired,
    superseded because it is no longer true, or suppressed.
    """
    conversation = message.conversation
    end = _end(message, conversation, at.now)
    if end is not None:
        _settle_unsent(session, claim, message, end, at.now)
        return None
    if not _may_go_now(session, claim, message, at):
        return None
    content = _compose(session, claim, message, at, secret)
    if content is None:
        return None
    if not has_room(session, message, content, now=at.now, zone=zone_of(session, message)):
        _leave_for_today(session, claim, message, content, at.now)
        return None
    return _write_down(session, message, conversation, content, at, gateway)


def _may_go_now(session: Session, claim: Claim, message: Message, at: Moment) -> bool:
    """Whether nobody is disturbed and no other message to the handset is under way; else it is put off."""
    later = _not_before(session, message, at.now)
    if later is not None:
        postpone_due_work(session, claim, due_at=later)
        return False
    if _is_under_way(session, message):
        postpone_due_work(session, claim, machine_until=at.machine_now + TURN)
        return False
    return True


def _compose(session: Session, claim: Claim, message: Message, at: Moment, secret: Secret) -> Content | None:
    """What is true now, and no longer than that; None, and the message is settled, if nothing is."""
    content = COMPOSERS[message.kind](Telling(session, message, at.now, secret))
    if isinstance(content, NotTrue):
        _settle_unsent(session, claim, message, (MessageStatus.SUPERSEDED, content.reason), at.now)
        return None
    if content.until_at is not None:
        message.expires_at = min(message.expires_at, max(content.until_at, message.wanted_at))
    if message.expires_at <= at.now:
        _settle_unsent(session, claim, message, (MessageStatus.EXPIRED, "no_longer_true"), at.now)
        return None
    return content


def outgoing_again(session: Session, message: Message) -> Outgoing:
    """A message as it was handed over last, for asking what became of it."""
    operator = session.get_one(Operator, 1)
    language = _language(session, message, message.gateway or "", message.template or "")
    signature = signature_for(operator, language)
    attempt = latest_attempt(message)
    template = message.template or ""
    return Outgoing(
        our_id=message.id,
        attempt=1 if attempt is None else attempt.number,
        handset=message.conversation.handset,
        language=language,
        signature=signature,
        template=template,
        variables=message.variables,
        text=text_of(template, message.variables, language=language, signature=signature),
        valid_for=message.expires_at - (message.sent_at or message.wanted_at),
    )


def zone_of(session: Session, message: Message) -> ZoneInfo:
    """The clock of the premises, or the operator's where there are none."""
    if message.order_id is not None:
        return session.get_one(Order, message.order_id).territory.zone
    return ZoneInfo(session.get_one(Operator, 1).time_zone)


Ending = tuple[MessageStatus, str]


def _end(message: Message, conversation: Conversation, now: datetime) -> Ending | None:
    if message.expires_at <= now:
        return MessageStatus.EXPIRED, "not_sent_in_time"
    if message.channel is not Channel.SMS:
        return MessageStatus.SUPPRESSED, f"reached_by_{message.channel}"
    if conversation.opted_out_at is not None and message.kind != _OPTED_IN:
        return MessageStatus.SUPPRESSED, "opted_out"
    if conversation.unreachable_since is not None and KINDS[message.kind].reach is not Reach.ANSWER:
        return MessageStatus.SUPPRESSED, "unreachable"
    return None


def _not_before(session: Session, message: Message, now: datetime) -> datetime | None:
    """When it may go, if not now: nobody is disturbed at night but for an emergency."""
    reach = KINDS[message.kind].reach
    if reach in (Reach.ANSWER, Reach.LIVE) or _is_emergency(session, message):
        return None
    hours = RATING_HOURS if reach is Reach.RATING else CONTACT_HOURS
    opens_at = next_opening(now, hours, zone_of(session, message))
    return opens_at if opens_at > now else None


def _is_emergency(session: Session, message: Message) -> bool:
    if message.order_id is None:
        return False
    return session.get_one(Order, message.order_id).priority is Priority.EMERGENCY


def _is_under_way(session: Session, message: Message) -> bool:
    """Whether another message to the handset is being sent: what it says must be known first."""
    statement = select(Message.id).where(
        Message.conversation_id == message.conversation_id,
        Message.status == MessageStatus.SENDING,
        Message.id != message.id,
    )
    return session.scalars(statement).first() is not None


def _leave_for_today(session: Session, claim: Claim, message: Message, content: Content, now: datetime) -> None:
    """The handset has got enough today: next morning if that is soon enough, else not at all (R38)."""
    morning_at = next_morning(message, content, now=now, zone=zone_of(session, message))
    if morning_at is None:
        reason = KEPT if content.is_detail else LIMIT
        _settle_unsent(session, claim, message, (MessageStatus.SUPPRESSED, reason), now)
        return
    ends_at = morning_at + MORNING
    message.expires_at = max(message.expires_at, min(ends_at, content.until_at or ends_at))
    postpone_due_work(session, claim, due_at=morning_at)


def _settle_unsent(session: Session, claim: Claim, message: Message, ending: Ending, now: datetime) -> None:
    status, reason = ending
    message.move_to(status, at=now, by=BY, reason=reason)
    settle_due_work(session, claim)
    if status is not MessageStatus.SUPERSEDED:
        leave_untold(session, message, reason, now=now)


def _write_down(
    session: Session, message: Message, conversation: Conversation, content: Content, at: Moment, gateway: str
) -> Outgoing:
    operator = session.get_one(Operator, 1)
    language = _language(session, message, gateway, content.template)
    rendered = render(
        content.template,
        content.values,
        language=language,
        signature=signature_for(operator, language),
        zone=zone_of(session, message),
        now=at.now,
    )
    message.template = content.template
    message.variables = dict(rendered.variables)
    message.parts = rendered.parts
    message.text_hash = hashlib.sha256(rendered.text.encode()).hexdigest()
    message.gateway = gateway
    message.sent_at = at.now
    message.move_to(MessageStatus.SENDING, at=at.now, by=BY)
    before = latest_attempt(message)
    number = 1 if before is None else before.number + 1
    message.attempts.append(SendAttempt(number=number, begun_at=at.machine_now))
    question = TEMPLATES[content.template].question
    if question is not None:
        until_at = content.answer_until_at or message.expires_at
        open_question(conversation, question, message, content.choices, until_at=until_at)
    return Outgoing(
        our_id=message.id,
        attempt=number,
        handset=conversation.handset,
        language=rendered.language,
        signature=signature_for(operator, rendered.language),
        template=content.template,
        variables=rendered.variables,
        text=rendered.text,
        valid_for=message.expires_at - at.now,
    )


def _language(session: Session, message: Message, gateway: str, template: str) -> str:
    """The reader's, or the nearest in which a gateway with registered texts takes the template."""
    with session.no_autoflush:  # what is being written down is of no matter here
        approved = approved_language(session, gateway, template, message.language)
    return approved or closest_language(message.language)
