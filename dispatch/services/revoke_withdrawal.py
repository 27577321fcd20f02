"""The subscriber wants it after all: the clock goes on (R13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order, Visit
from dispatch.rules.events import WithdrawalRevoked
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.services.record import record
from dispatch.services.request_next_visit import request_next_visit
from dispatch.services.request_withdrawal import WITHDRAWN

#: the customer sent the technician away
REFUSED = "refused"


def revoke_withdrawal(session: Session, order_id: int, *, now: datetime, by: str) -> bool:
    """The order is open again, and the visits that were called off are asked for anew.

    False if it was not being withdrawn, or is closed already.
    """
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status is not OrderStatus.WITHDRAWING:
        return False
    order.move_to(OrderStatus.OPEN, at=now, by=by)
    record(session, WithdrawalRevoked(occurred_at=now, order_id=order_id), now=now)
    for visit in _called_off(session, order_id):
        request_next_visit(session, visit, release_at=visit.release_at, now=now, by=by)
    return True


def _called_off(session: Session, order_id: int) -> list[Visit]:
    """The visits that the withdrawal took away, one for each purpose; at the door too."""
    statement = select(Visit).where(Visit.order_id == order_id).order_by(Visit.number)
    latest = {visit.purpose: visit for visit in session.scalars(statement)}
    taken_away = ((VisitStatus.CANCELLED, WITHDRAWN), (VisitStatus.NOT_COMPLETED, REFUSED))
    return [visit for visit in latest.values() if (visit.status, visit.status_reason) in taken_away]
