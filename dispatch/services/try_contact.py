"""The technician tries to reach the customer before coming (R10, R12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Contact, ContactAttempt, Promise, Territory, Visit
from dispatch.queries.latest_cause import latest_cause
from dispatch.queries.unanswered_tries import Tries, unanswered_tries
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.contact_hours import CONTACT_HOURS, next_opening
from dispatch.rules.contact_tries import band_of, pause_from
from dispatch.rules.events import ContactTried
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import (
    Band,
    BreakCause,
    Channel,
    ContactRole,
    PauseCause,
    Priority,
    PromiseKind,
    ProofKind,
)
from dispatch.services.attribute_cause import attribute_cause
from dispatch.services.catch_up_visit import catch_up_visit
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.pause_clock import PauseNotAllowed, pause_clock
from dispatch.services.record import record

#: whom a technician calls: the first there is (R28)
_CALLED = (ContactRole.ON_SITE, ContactRole.SUBSTITUTE, ContactRole.SUBSCRIBER)
#: promises that may still be met, or were broken while the customer could not be reached
_NOT_KEPT = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED, PromiseStatus.BROKEN)


class NoSuchContact(InvalidInput):
    """Nobody of this order was called under this id."""


class CallRecordUsed(InvalidInput):
    """The call record is that of another call."""


def try_contact(
    session: Session,
    visit_id: int,
    technician_id: int,
    *,
    reached: bool,
    channel: Channel,
    contact_id: int | None = None,
    call_record: str | None = None,
    at: datetime,
    now: datetime,
) -> bool:
    """Keep the try of time `at`; False if its call record is known. Who calls has accepted the visit.

    Without `contact_id` it was the person at the site, else the substitute, else the
    subscriber. A try outside of contact hours is kept and belongs to no band, unless it is an
    emergency. A promise to call or to come that falls due before the next try is the
    customer's doing if it breaks. After the last try the order's clock stands from that try on,
    if a call record proves it (R51). Raises VisitNotInHand, NoSuchContact, CallRecordUsed.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if call_record is not None and _is_known(session, visit_id, call_record):
        return False
    catch_up_visit(session, visit, VisitStatus.ACCEPTED, technician_id, at=at, now=now)
    attempt = ContactAttempt(
        visit_id=visit_id,
        contact_id=_called(session, visit, contact_id),
        technician_id=technician_id,
        channel=channel,
        tried_at=at,
        band=_band(session, visit, at),
        reached=reached,
        call_record=call_record,
    )
    session.add(attempt)
    session.flush()
    about = {"order_id": visit.order_id, "visit_id": visit_id}
    tried = ContactTried(occurred_at=at, **about, attempt_id=attempt.id, band=attempt.band, reached=reached)
    record(session, tried, now=now)
    if not reached and visit.status in MOVABLE and visit.order.status is OrderStatus.OPEN:
        tries = unanswered_tries(session, visit_id)
        if tries.place_of(attempt.id) == len(tries.tried):
            _in_vain(session, visit, attempt, tries, now)
    return True


def _is_known(session: Session, visit_id: int, call_record: str) -> bool:
    statement = select(ContactAttempt.visit_id).where(ContactAttempt.call_record == call_record)
    known = session.scalars(statement).first()
    if known is not None and known != visit_id:
        raise CallRecordUsed("call_record")
    return known is not None


def _called(session: Session, visit: Visit, contact_id: int | None) -> int:
    contacts = session.scalars(select(Contact).where(Contact.order_id == visit.order_id)).all()
    by_role = {contact.role: contact.id for contact in contacts}
    usual = next((by_role[role] for role in _CALLED if role in by_role), None)
    called = usual if contact_id is None else contact_id
    if called is None or called not in by_role.values():
        raise NoSuchContact("contact_id")
    return called


def _band(session: Session, visit: Visit, at: datetime) -> Band | None:
    zone = session.get_one(Territory, visit.territory_id).zone
    at_night = next_opening(at, CONTACT_HOURS, zone) != at
    if at_night and visit.order.priority is not Priority.EMERGENCY:
        return None
    return band_of(at, unanswered_tries(session, visit.id).rules, zone)


def _in_vain(session: Session, visit: Visit, attempt: ContactAttempt, tries: Tries, now: datetime) -> None:
    """What follows from the latest try: a window that ends before the next one is not ours to keep any more."""
    again = tries.next
    until_at = None if again is None else again.from_at
    for promise_id in _excused(session, visit.id, tries.tried[0][1], until_at):
        attribute_cause(session, promise_id, BreakCause.CUSTOMER, user_id=None, now=now)
    since = pause_from([at for _one, at in tries.tried], tries.rules)
    if since is not None and attempt.call_record is not None:
        _pause(session, visit, attempt, since, now)


def _excused(session: Session, visit_id: int, since: datetime, until_at: datetime | None) -> Sequence[int]:
    """The promises to call and to come that fall between the first try and the next, if there is one."""
    statement = (
        select(Promise)
        .where(Promise.visit_id == visit_id, Promise.status.in_(_NOT_KEPT), Promise.due_at >= since)
        .where(Promise.kind.in_((PromiseKind.CONTACT, PromiseKind.ARRIVAL)))
    )
    if until_at is not None:
        statement = statement.where(Promise.due_at <= until_at)
    found = session.scalars(statement.order_by(Promise.id))
    return [promise.id for promise in found if latest_cause(promise) is not BreakCause.CUSTOMER]


def _pause(session: Session, visit: Visit, attempt: ContactAttempt, since: datetime, now: datetime) -> None:
    try:
        pause_clock(
            session,
            visit.order,
            cause=PauseCause.CUSTOMER_UNREACHABLE,
            proof_kind=ProofKind.CALL_RECORD,
            proof_id=attempt.id,
            since=since,
            now=now,
        )
    except PauseNotAllowed:  # the operator's rule knows no such pause: the clock goes on
        return
