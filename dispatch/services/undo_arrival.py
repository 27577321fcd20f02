"""An arrival was reported by mistake and is taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.rules.events import ArrivalUndone
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record


def undo_arrival(
    session: Session, visit_id: int, technician_id: int, report_id: int, *, at: datetime, now: datetime
) -> bool:
    """Take back the arrival of the field report `report_id`, within five minutes of it; False if nobody is there.

    The technician is on the way again. Raises VisitNotInHand, and MoveRefused when it is too late.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if visit.status is not VisitStatus.ON_SITE and visit.arrived_at is None:
        return False
    visit.move_to(VisitStatus.EN_ROUTE, at=at, by=f"technician:{technician_id}")
    visit.arrived_at = None
    session.flush()
    about = {"order_id": visit.order_id, "visit_id": visit.id, "technician_id": technician_id}
    record(session, ArrivalUndone(occurred_at=at, **about, report_id=report_id), now=now)
    return True
