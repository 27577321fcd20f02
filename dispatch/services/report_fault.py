"""The same thing is broken again: a new order, linked to the earlier one, and nothing is asked twice (R41)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import Channel, OrderKind, Priority
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order

#: a fault that comes back so soon goes before others
SOON = timedelta(days=7)


def report_fault(session: Session, earlier_id: int, *, channel: Channel, now: datetime, note: str = "") -> Order:
    """Take a repair at the premises of the earlier order, with its people; one that is open there already stands."""
    earlier = session.get_one(Order, earlier_id, with_for_update=True, populate_existing=True)
    standing = _open_repair(session, earlier)
    if standing is not None:
        return standing
    new = NewOrder(
        kind=OrderKind.REPAIR,
        service=earlier.service,
        received_at=now,
        premises_id=earlier.premises_id,
        contacts=tuple(
            NewContact(one.role, one.name, one.phone, one.language, one.is_landline, one.channel)
            for one in earlier.contacts
            if one.redacted_at is None
        ),
        channel=channel,
        priority=_priority(earlier, now),
        contracted_mbps=earlier.contracted_mbps,
        linked_order_id=earlier.id,
        note=note,
    )
    order = take_order(session, new, now=now)
    request_visits(session, order, now=now, by=f"channel:{channel}")
    return order


def _open_repair(session: Session, earlier: Order) -> Order | None:
    """A repair of the same service at the same premises that is under way."""
    statement = select(Order).where(
        Order.premises_id == earlier.premises_id,
        Order.service == earlier.service,
        Order.kind == OrderKind.REPAIR,
        Order.status == OrderStatus.OPEN,
    )
    return session.scalars(statement.order_by(Order.id.desc())).first()


def _priority(earlier: Order, now: datetime) -> Priority:
    if earlier.priority is Priority.EMERGENCY:
        return Priority.EMERGENCY
    is_soon = earlier.status is OrderStatus.FULFILLED and now - earlier.status_at <= SOON
    return Priority.HIGH if is_soon else Priority.NORMAL
