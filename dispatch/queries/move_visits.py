"""The two visits of a move, for who wants to choose a time for both at once (R02)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order, Visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind, VisitPurpose


def move_visits(session: Session, order_id: int) -> tuple[Visit, Visit] | None:
    """What sets up the new place and what takes the old one back; None unless both are to come, at known places."""
    order = session.get(Order, order_id)
    if order is None or order.kind is not OrderKind.MOVE or order.status is not OrderStatus.OPEN:
        return None
    statement = select(Visit).where(Visit.order_id == order_id, Visit.status.in_(MOVABLE)).order_by(Visit.number)
    latest = {visit.purpose: visit for visit in session.scalars(statement) if visit.premises.lat is not None}
    set_up, recover = latest.get(VisitPurpose.SET_UP), latest.get(VisitPurpose.RECOVER)
    return None if set_up is None or recover is None else (set_up, recover)


def unbooked_move(session: Session, order_id: int) -> tuple[Visit, Visit] | None:
    """The same, if neither has a time yet."""
    visits = move_visits(session, order_id)
    return visits if visits and all(visit.status is VisitStatus.REQUESTED for visit in visits) else None
