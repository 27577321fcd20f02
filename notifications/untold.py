"""When a message will not reach its customer: it is in the log, and somebody else is told what must be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, Message
from dispatch.rules.events import CustomerNotTold
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.append_event import append_event
from dispatch.services.open_case import open_case
from notifications.daily_limit import KEPT
from notifications.kinds import KINDS, To
from notifications.recipients import reader
from notifications.want_message import want_message

CALL_CUSTOMER = "call_customer"
#: nobody knows whether it has arrived
IN_DOUBT = "unknown"


def leave_untold(session: Session, message: Message, reason: str, *, now: datetime) -> None:
    """Record that the customer was not told, and why.

    What must reach them goes to the next person of the order who can read it, else becomes
    somebody's case; so does what is `IN_DOUBT`, since only a person can find out. What gave
    its place to more important messages (R38) is nobody's errand. There is
    one such case an order at a time: whoever calls tells everything.
    """
    fact = CustomerNotTold(
        occurred_at=now,
        message_id=message.id,
        message_kind=message.kind,
        order_id=message.order_id,
        visit_id=message.visit_id,
        case_id=message.case_id,
        promise_id=message.promise_id,
        reason=reason,
    )
    append_event(session, fact, now=now)
    must_reach = KINDS[message.kind].must_reach and reason != KEPT
    if not (must_reach or reason == IN_DOUBT) or (must_reach and _is_told_to_another(session, message, now)):
        return
    if not _is_with_somebody(session, message):
        open_case(
            session,
            CaseKind.EXCEPTION,
            channel=Channel.SMS,
            next_step=CALL_CUSTOMER,
            order_id=message.order_id,
            visit_id=message.visit_id,
            said_by="notifications",
            now=now,
        )


def _is_told_to_another(session: Session, message: Message, now: datetime) -> bool:
    """Tell somebody else who waits at the site, or for whom it was ordered (R28, R32); False if there is nobody."""
    rule = KINDS[message.kind]
    if rule.to is not To.ON_SITE or message.order_id is None:
        return False
    contact = reader(session, message.order_id, rule)
    if contact is None or contact.phone == message.conversation.handset:
        return False
    want_message(
        session,
        message.kind,
        now=now,
        occasion=message.occasion,
        order_id=message.order_id,
        visit_id=message.visit_id,
        params=message.params,
    )
    return True


def _is_with_somebody(session: Session, message: Message) -> bool:
    statement = select(Case.id).where(
        Case.order_id == message.order_id,
        Case.next_step == CALL_CUSTOMER,
        Case.status.in_((CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.REOPENED)),
    )
    return session.scalars(statement).first() is not None
