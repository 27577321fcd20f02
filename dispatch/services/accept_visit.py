"""The technician accepts a visit (R17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.rules.events import VisitAccepted
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.catch_up_visit import catch_up_visit, has_reached
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record


def accept_visit(session: Session, visit_id: int, technician_id: int, *, at: datetime, now: datetime) -> bool:
    """Accepted at `at`; False if that was known.

    Contact is due from then on, unless a time is agreed already (R10). One that was only
    on the route is sent and accepted at once. A report that comes after later ones may put
    the time of acceptance right. Raises VisitNotInHand, and MoveRefused without a stop.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if not has_reached(visit, VisitStatus.ACCEPTED):
        catch_up_visit(session, visit, VisitStatus.ACCEPTED, technician_id, at=at, now=now)
        return True
    if not _was_earlier(visit, at):
        return False
    visit.accepted_at = at
    if visit.sent_at is not None:
        visit.sent_at = min(visit.sent_at, at)
    session.flush()
    fact = VisitAccepted(
        occurred_at=at,
        order_id=visit.order_id,
        visit_id=visit.id,
        technician_id=technician_id,
        time_agreed=visit.appointed_at is not None,
    )
    record(session, fact, now=now)
    return True


def _was_earlier(visit: Visit, at: datetime) -> bool:
    return visit.accepted_at is not None and at < visit.accepted_at
