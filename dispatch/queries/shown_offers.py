"""The windows that an order's customer was shown and can choose now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import SlotOffer
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.rules.vocabulary import Channel


@dataclass(frozen=True)
class ShownOffer:
    """One window on offer, until `expires_at` on the machine clock."""

    offer_id: int
    visit_id: int
    from_at: datetime
    until_at: datetime
    expires_at: datetime


def shown_offers(session: Session, visit_id: int, *, now: datetime, machine_now: datetime) -> tuple[ShownOffer, ...]:
    """The windows shown on the page for the visit, in order of time, each once."""
    statement = (
        select(SlotOffer)
        .where(SlotOffer.visit_id == visit_id, SlotOffer.channel == Channel.PAGE)
        .where(SlotOffer.status == SlotOfferStatus.SHOWN, SlotOffer.expires_at > machine_now, SlotOffer.from_at > now)
        .order_by(SlotOffer.from_at, SlotOffer.until_at, SlotOffer.id)
    )
    latest = {
        (row.from_at, row.until_at): ShownOffer(row.id, visit_id, row.from_at, row.until_at, row.expires_at)
        for row in session.scalars(statement)
    }
    return tuple(latest.values())
