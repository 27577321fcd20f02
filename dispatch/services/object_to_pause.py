"""A pause is disputed on the page: once for each pause (R51)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Event, Order
from dispatch.rules.events import PauseDisputed
from dispatch.rules.vocabulary import Channel
from dispatch.services.dispute_pause import dispute_pause


def object_to_pause(session: Session, order_id: int, *, proof: str, now: datetime) -> bool:
    """Open a dispute about the pause known by `proof`; False if the customer has disputed it before.

    Raises NoSuchPause.
    """
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    statement = select(Event.payload).where(Event.order_id == order_id, Event.kind == PauseDisputed.kind)
    if any(payload["proof"] == proof for payload in session.scalars(statement)):
        return False
    dispute_pause(session, order, proof=proof, channel=Channel.PAGE, now=now)
    return True
