"""The customer, not reached by call, says that the visit is to take place as told (R12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.events import VisitConfirmed
from dispatch.rules.lifecycles import OrderStatus
from dispatch.services.record import record


def confirm_visit(session: Session, visit_id: int, *, now: datetime) -> bool:
    """Record it; False if the visit is under way or over, so that there is nothing to confirm."""
    (visit,) = lock(session, Visit, [visit_id])
    if visit.status not in MOVABLE or visit.order.status is not OrderStatus.OPEN:
        return False
    record(session, VisitConfirmed(occurred_at=now, order_id=visit.order_id, visit_id=visit_id), now=now)
    return True
