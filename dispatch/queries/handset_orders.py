"""Whose orders is a handset about? (R28)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Contact, Order
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import ContactRole, OrderKind


@dataclass(frozen=True)
class HandsetOrder:
    """An order in which the handset's owner has a role; `status_at` is since when it stands as it does."""

    order_id: int
    kind: OrderKind
    status: OrderStatus
    status_at: datetime
    roles: frozenset[ContactRole]
    language: str

    @property
    def is_alive(self) -> bool:
        """Whether something is still to come of it."""
        return self.status in (OrderStatus.OPEN, OrderStatus.WITHDRAWING)


def handset_orders(session: Session, handset: str) -> tuple[HandsetOrder, ...]:
    """The orders of everybody with this number (E.164), the newest first."""
    statement = (
        select(Order, Contact)
        .join(Contact, Contact.order_id == Order.id)
        .where(Contact.phone == handset, Contact.redacted_at.is_(None))
        .order_by(Order.received_at.desc(), Order.id.desc())
    )
    found: dict[int, tuple[Order, list[Contact]]] = {}
    for order, contact in session.execute(statement):
        found.setdefault(order.id, (order, []))[1].append(contact)
    return tuple(
        HandsetOrder(
            order.id,
            order.kind,
            order.status,
            order.status_at,
            frozenset(contact.role for contact in contacts),
            contacts[0].language,
        )
        for order, contacts in found.values()
    )
