"""An order that ends is closed once that is verified: port and device are free again (R13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Event, Order
from dispatch.rules.events import InfeasibleOrderClosed, OrderWithdrawn
from dispatch.rules.lifecycles import OrderStatus
from dispatch.services.record import record
from dispatch.services.verify_withdrawal import ENDING, NothingToVerify, verified_at


class NotVerified(Refusal):
    """Nobody has asked the customer yet."""


def close_withdrawal(session: Session, order_id: int, *, now: datetime, by: str) -> bool:
    """Close a withdrawn or infeasible order; False if it is closed.

    Raises NotVerified, and NothingToVerify for an order that is to be done.
    """
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status is OrderStatus.WITHDRAWN or is_closed(session, order):
        return False
    if order.status not in ENDING:
        raise NothingToVerify("order", status=order.status)
    if verified_at(session, order) is None:
        raise NotVerified("order")
    if order.status is OrderStatus.INFEASIBLE:
        record(session, InfeasibleOrderClosed(occurred_at=now, order_id=order_id), now=now)
        return True
    order.move_to(OrderStatus.WITHDRAWN, at=now, by=by)
    session.flush()
    record(session, OrderWithdrawn(occurred_at=now, order_id=order_id), now=now)
    return True


def is_closed(session: Session, order: Order) -> bool:
    """Whether an order that ends has been closed."""
    if order.status is not OrderStatus.INFEASIBLE:
        return order.status is OrderStatus.WITHDRAWN
    statement = select(Event.id).where(Event.order_id == order.id, Event.kind == InfeasibleOrderClosed.kind)
    return session.scalars(statement.limit(1)).first() is not None
