"""A line that is too slow is tuned without anybody asking for it (R14)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, Priority
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order


def tune_line(session: Session, earlier: Order, *, at: datetime, now: datetime, by: str) -> Order | None:
    """Take a line tuning with priority, linked to the order after which the rate was too low.

    It has the people of that order, and is due by the operator's rule. One that is open there
    already stands. None if the subscriber's data are erased: there is nobody to come to.
    """
    standing = _open_tuning(session, earlier)
    if standing is not None:
        return standing
    people = [one for one in earlier.contacts if one.redacted_at is None]
    if not any(one.role is ContactRole.SUBSCRIBER for one in people):
        return None
    new = NewOrder(
        kind=OrderKind.LINE_TUNING,
        service=earlier.service,
        received_at=at,
        premises_id=earlier.premises_id,
        contacts=tuple(
            NewContact(one.role, one.name, one.phone, one.language, one.is_landline, one.channel) for one in people
        ),
        channel=Channel.PHONE,
        priority=Priority.EMERGENCY if earlier.priority is Priority.EMERGENCY else Priority.HIGH,
        contracted_mbps=earlier.contracted_mbps,
        linked_order_id=earlier.id,
    )
    order = take_order(session, new, now=now)
    request_visits(session, order, now=now, by=by)
    return order


def _open_tuning(session: Session, earlier: Order) -> Order | None:
    statement = select(Order).where(
        Order.premises_id == earlier.premises_id,
        Order.service == earlier.service,
        Order.kind == OrderKind.LINE_TUNING,
        Order.status == OrderStatus.OPEN,
    )
    return session.scalars(statement.order_by(Order.id)).first()
