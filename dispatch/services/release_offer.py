"""Giving a held place back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import SlotOffer
from dispatch.rules.events import SlotGivenUp
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.services.append_event import append_event
from dispatch.services.take_out_stop import take_out_stop


def release_offer(session: Session, offer: SlotOffer, status: SlotOfferStatus, *, now: datetime, by: str) -> None:
    """Take the tentative stop of a held offer out of its route; the offer is *released* or *expired*.

    The caller holds the order's offers and the day.
    """
    take_out_stop(session, offer.visit_id, only_tentative=True)
    offer.move_to(status, at=now, by=by)
    fact = SlotGivenUp(
        occurred_at=now, order_id=offer.order_id, visit_id=offer.visit_id, offer_id=offer.id, reason=status.value
    )
    append_event(session, fact, now=now)
    session.flush()
