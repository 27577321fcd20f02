"""Somebody in an office has seen, or heard from the customer, that it works (R26, R27)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Order, Visit
from dispatch.rules.events import ServiceSeenWorking
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.services.fulfil_order import fulfil_order, is_seen_working
from dispatch.services.record import record


class NotYetDone(Refusal):
    """No visit has ended with success: nothing can have been seen working."""


def confirm_working(session: Session, order_id: int, *, now: datetime, by: str) -> bool:
    """What was ordered works since the latest successful visit left; the order moves by itself.

    The account of that visit did not prove it. False if it was seen already, or the order is
    over. Raises NotYetDone.
    """
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status is not OrderStatus.OPEN or is_seen_working(session, order_id):
        return False
    statement = select(Visit).where(Visit.order_id == order_id, Visit.status == VisitStatus.COMPLETED)
    visit = session.scalars(statement.order_by(Visit.number.desc())).first()
    if visit is None:
        raise NotYetDone("order")
    at = visit.left_at or visit.status_at
    record(session, ServiceSeenWorking(occurred_at=at, order_id=order_id, visit_id=visit.id), now=now)
    fulfil_order(session, order, at=now, now=now, by=by)
    return True
