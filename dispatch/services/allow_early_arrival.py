"""The customer says yes to an arrival before the window (R11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.rules.events import EarlyArrivalAllowed
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record


def allow_early_arrival(session: Session, visit_id: int, technician_id: int, *, at: datetime, now: datetime) -> bool:
    """The customer said so at `at`; False if it was after the arrival, when it no longer matters.

    Raises VisitNotInHand.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if _has_come(visit, at):
        return False
    record(session, EarlyArrivalAllowed(occurred_at=at, order_id=visit.order_id, visit_id=visit.id), now=now)
    return True


def _has_come(visit: Visit, at: datetime) -> bool:
    return visit.arrived_at is not None and visit.arrived_at < at
