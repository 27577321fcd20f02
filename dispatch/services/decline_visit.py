"""The technician cannot take a visit, or gives it back before setting off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.queries.refused_visits import was_refused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.catch_up_visit import catch_up_visit
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.unsend_visit import unsend_visit


def decline_visit(
    session: Session, visit_id: int, technician_id: int, reason: str, *, at: datetime, now: datetime
) -> bool:
    """Declined at `at` for `reason` (see DECLINE_REASONS), so that somebody else gets it; False if that was known.

    Raises VisitNotInHand, and MoveRefused once the technician is on the way.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if visit.status is VisitStatus.SCHEDULED:
        if was_refused(session, visit_id, technician_id):
            return False
        catch_up_visit(session, visit, VisitStatus.SENT, technician_id, at=at, now=now)
    unsend_visit(session, visit, technician_id, reason=reason, at=at, now=now, by=f"technician:{technician_id}")
    return True
