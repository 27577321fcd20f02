"""The subscriber wants it after all: the clock goes on (R13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import Order, Visit, VisitSkill
from dispatch.rules.events import VisitRequested, WithdrawalRevoked
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.services.record import record
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
        again = _again(session, visit, now=now, by=by)
        record(session, VisitRequested(occurred_at=now, order_id=order_id, visit_id=again.id), now=now)
    return True


def _called_off(session: Session, order_id: int) -> list[Visit]:
    """The visits that the withdrawal took away, one for each purpose; at the door too."""
    statement = select(Visit).where(Visit.order_id == order_id).order_by(Visit.number)
    latest = {visit.purpose: visit for visit in session.scalars(statement)}
    taken_away = ((VisitStatus.CANCELLED, WITHDRAWN), (VisitStatus.NOT_COMPLETED, REFUSED))
    return [visit for visit in latest.values() if (visit.status, visit.status_reason) in taken_away]


def _again(session: Session, visit: Visit, *, now: datetime, by: str) -> Visit:
    taken = session.scalar(select(func.max(Visit.number)).where(Visit.order_id == visit.order_id)) or 0
    again = Visit(
        at=now,
        by=by,
        order_id=visit.order_id,
        number=taken + 1,
        purpose=visit.purpose,
        premises_id=visit.premises_id,
        territory_id=visit.territory_id,
        duration_s=visit.duration_s,
        release_at=visit.release_at,
        skills=[VisitSkill(skill_id=one.skill_id, skill=one.skill, level=one.level) for one in visit.skills],
    )
    session.add(again)
    session.flush()
    return again
