"""The technician is on the way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Promise, Visit
from dispatch.queries.unanswered_tries import unanswered_tries
from dispatch.rules.events import TechnicianSetOff
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Priority, PromiseKind
from dispatch.services.catch_up_visit import catch_up_visit, has_reached
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record


class NobodyExpectsYou(Refusal):
    """The customer knows of no time, was not called, and it is no emergency: call first."""


def set_off(session: Session, visit_id: int, technician_id: int, *, at: datetime, now: datetime) -> bool:
    """On the way since `at`; False if that was known.

    Without an agreed time only if a window is booked or told, the customer was called in vain,
    or it is an emergency: raises NobodyExpectsYou. A report that comes after the arrival
    puts right when that journey began. Raises VisitNotInHand, and MoveRefused without a stop.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if not has_reached(visit, VisitStatus.EN_ROUTE):
        if not _is_expected(session, visit):
            raise NobodyExpectsYou("visit_id")
        catch_up_visit(session, visit, VisitStatus.EN_ROUTE, technician_id, at=at, now=now)
        return True
    if not _was_left_out(visit, at):
        return False
    visit.set_off_at = at
    session.flush()
    about = {"order_id": visit.order_id, "visit_id": visit.id, "technician_id": technician_id}
    record(session, TechnicianSetOff(occurred_at=at, **about), now=now)
    return True


def _is_expected(session: Session, visit: Visit) -> bool:
    if visit.appointed_at is not None or visit.booked_from_at is not None:
        return True
    if visit.order.priority is Priority.EMERGENCY or unanswered_tries(session, visit.id).tried:
        return True
    arrival = select(Promise.id).where(Promise.visit_id == visit.id, Promise.kind == PromiseKind.ARRIVAL)
    return session.scalars(arrival).first() is not None


def _was_left_out(visit: Visit, at: datetime) -> bool:
    """Whether all that was known is the arrival, which is later."""
    return visit.set_off_at is not None and visit.set_off_at == visit.arrived_at and at < visit.set_off_at
