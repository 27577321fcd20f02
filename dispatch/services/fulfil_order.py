"""An order moves by itself: nobody in an office says that it is done (R24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Event, Order, Visit
from dispatch.rules.events import FollowUpMade, OrderFulfilled, ServiceSeenWorking
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind
from dispatch.services.record import record

#: what must be seen working before it is done
_SEEN_WORKING = (OrderKind.INSTALL, OrderKind.MOVE, OrderKind.REPAIR, OrderKind.LINE_TUNING)
_DONE = (VisitStatus.COMPLETED, VisitStatus.CANCELLED)


def fulfil_order(session: Session, order: Order, *, at: datetime, now: datetime, by: str) -> bool:
    """The order is fulfilled at `at` if everything that it wanted is done; whether it is.

    That is: what was ordered was seen working (R27), and of each purpose the latest visit is
    over with success or was cancelled. So a move is fulfilled once the old place is empty,
    while its promise was met when the new one worked (R02). The caller has locked the order.
    """
    if order.status is not OrderStatus.OPEN or not _is_done(session, order):
        return False
    order.move_to(OrderStatus.FULFILLED, at=at, by=by)
    session.flush()
    record(session, OrderFulfilled(occurred_at=at, order_id=order.id), now=now)
    if order.kind is OrderKind.FOLLOW_UP and order.linked_order_id is not None:
        record(session, FollowUpMade(occurred_at=at, order_id=order.linked_order_id), now=now)
    return True


def is_seen_working(session: Session, order_id: int) -> bool:
    """Whether somebody has seen working what was ordered."""
    statement = select(Event.id).where(Event.order_id == order_id, Event.kind == ServiceSeenWorking.kind)
    return session.scalars(statement.limit(1)).first() is not None


def _is_done(session: Session, order: Order) -> bool:
    if order.kind in _SEEN_WORKING and not is_seen_working(session, order.id):
        return False
    visits = session.scalars(select(Visit).where(Visit.order_id == order.id).order_by(Visit.number)).all()
    latest = {visit.purpose: visit.status for visit in visits}
    return all(status in _DONE for status in latest.values()) and VisitStatus.COMPLETED in latest.values()
