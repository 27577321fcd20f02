"""At most six visit messages a handset a day, spent on what its reader needs most (R38)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import Message, Stop, Visit
from dispatch.rules.calendars import local_instant
from dispatch.rules.contact_hours import CONTACT_HOURS, RATING_HOURS
from dispatch.rules.lifecycles import MessageStatus
from notifications.composing import Content
from notifications.kinds import DETAIL_ROOM, KINDS, MOST_A_DAY, Reach

#: why a message is not sent: the day's six are used up, or what is left is kept for more
LIMIT, KEPT = "daily_limit", "place_kept"
#: so long at least is a message that waited for the morning worth saying then
MORNING = timedelta(hours=2)
_NOT_HANDED_OVER = (
    MessageStatus.QUEUED,
    MessageStatus.SUPERSEDED,
    MessageStatus.SUPPRESSED,
    MessageStatus.EXPIRED,
)


def has_room(session: Session, message: Message, content: Content, *, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the message may still go to its handset on this local day.

    On the day of the visit the last places are for what ends or moves it; a mere detail
    gives way first. What is about another day needs no place kept.
    """
    kind = KINDS[message.kind]
    if not kind.is_visit_message:
        return True
    room = DETAIL_ROOM if content.is_detail else kind.room
    if room < MOST_A_DAY and not _is_about(session, message, now.astimezone(zone).date(), zone):
        room = MOST_A_DAY
    return _sent_today(session, message, now, zone) < room


def next_morning(message: Message, content: Content, *, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When a message that has no room today goes instead, looked at anew; None if it is not worth saying by then."""
    kind = KINDS[message.kind]
    hours = RATING_HOURS if kind.reach is Reach.RATING else CONTACT_HOURS
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    morning_at = local_instant(tomorrow, hours[0], zone)
    is_true_then = content.until_at is not None and content.until_at > morning_at
    if kind.reach is Reach.LIVE or content.is_detail or not (kind.can_wait or is_true_then):
        return None
    return morning_at


def _is_about(session: Session, message: Message, day: date, zone: ZoneInfo) -> bool:
    """Whether the visit is planned or booked for this local day."""
    booked = select(Visit.booked_from_at).where(Visit.id == message.visit_id)
    planned = select(Stop.start_at).where(Stop.visit_id == message.visit_id)
    times = [*session.scalars(booked), *session.scalars(planned)]
    return any(at is not None and at.astimezone(zone).date() == day for at in times)


def _sent_today(session: Session, message: Message, now: datetime, zone: ZoneInfo) -> int:
    kinds = [kind.code for kind in KINDS.values() if kind.is_visit_message]
    statement = select(func.count()).where(
        Message.conversation_id == message.conversation_id,
        Message.kind.in_(kinds),
        Message.status.not_in(_NOT_HANDED_OVER),
        Message.sent_at >= local_instant(now.astimezone(zone).date(), "00:00", zone),
    )
    return session.scalar(statement.select_from(Message)) or 0
