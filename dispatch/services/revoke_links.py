"""Taking back every link and query code of an order that has got into wrong hands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Order
from dispatch.rules.events import LinksRevoked
from dispatch.services.append_event import append_event


def revoke_links(session: Session, order_id: int, *, now: datetime) -> None:
    """From now no link and no code that was given out opens the order's page; new ones do."""
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    order.link_generation += 1
    append_event(session, LinksRevoked(occurred_at=now, order_id=order_id), now=now)
