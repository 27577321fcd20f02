"""Which orders and cases somebody may see: everywhere, a territory's, or a contractor's own (R50)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from dispatch.models import Case, Order, Route, Stop, Technician, Visit
from dispatch.rules.access import Scope
from dispatch.rules.lifecycles import OrderStatus

#: how long after its end a contractor still sees an order
SEEN_AFTER = timedelta(days=7)
_ALIVE = (OrderStatus.OPEN, OrderStatus.WITHDRAWING)


def orders_within(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """The condition on orders: in one of the territories, or with a visit on a route of a contractor's technician.

    A contractor sees an order from assignment to seven days after its end, and no other.
    """
    if scope.everywhere:
        return true()
    ways: list[ColumnElement[bool]] = []
    if scope.territory_ids:
        ways.append(Order.territory_id.in_(scope.territory_ids))
    if scope.contractor_ids:
        theirs = (
            select(Visit.order_id)
            .join(Stop, Stop.visit_id == Visit.id)
            .join(Route, Route.id == Stop.route_id)
            .join(Technician, Technician.id == Route.technician_id)
            .where(Technician.contractor_id.in_(scope.contractor_ids), ~Stop.is_tentative)
        )
        is_recent = or_(Order.status.in_(_ALIVE), Order.status_at >= now - SEEN_AFTER)
        ways.append(and_(Order.id.in_(theirs), is_recent))
    return or_(*ways) if ways else false()


def cases_within(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """The condition on cases: about an order within; what is about no order, only for who sees everything."""
    if scope.everywhere:
        return true()
    return Case.order_id.in_(select(Order.id).where(orders_within(scope, now)))


def is_order_within(session: Session, scope: Scope, order_id: int, *, now: datetime) -> bool:
    """Whether there is such an order within the scope."""
    statement = select(Order.id).where(Order.id == order_id, orders_within(scope, now))
    return session.scalars(statement).first() is not None


def is_case_within(session: Session, scope: Scope, case_id: int, *, now: datetime) -> bool:
    """Whether there is such a case within the scope."""
    statement = select(Case.id).where(Case.id == case_id, cases_within(scope, now))
    return session.scalars(statement).first() is not None
