"""The windows that are on offer for a visit at a desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import SlotOffer, Territory, Visit
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.rules.vocabulary import Channel


@dataclass(frozen=True)
class ShownOffer:
    """A window that can be kept, at so many seconds of travel."""

    offer_id: int
    from_at: datetime
    until_at: datetime
    cost_s: int | None


def offers_shown(session: Session, visit_id: int, *, machine_now: datetime) -> tuple[ShownOffer, ...]:
    """The latest windows shown at a desk that can still be chosen, in order of time, each once."""
    statement = select(SlotOffer).where(
        SlotOffer.visit_id == visit_id,
        SlotOffer.channel == Channel.CONSOLE,
        SlotOffer.status == SlotOfferStatus.SHOWN,
        SlotOffer.expires_at > machine_now,
    )
    latest = {(row.from_at, row.until_at): row for row in session.scalars(statement.order_by(SlotOffer.id))}
    return tuple(ShownOffer(row.id, row.from_at, row.until_at, row.cost_s) for _, row in sorted(latest.items()))


def order_of_offer(session: Session, offer_id: int) -> int | None:
    """The order that the offer was made for; None for one that is forgotten."""
    return session.scalars(select(SlotOffer.order_id).where(SlotOffer.id == offer_id)).first()


def today_of_visit(session: Session, visit_id: int, *, now: datetime) -> tuple[int, datetime] | None:
    """The visit's order, and `now` on the clocks of its territory; None if there is no such visit."""
    visit = session.get(Visit, visit_id)
    if visit is None:
        return None
    zone = session.get_one(Territory, visit.territory_id).zone
    return visit.order_id, now.astimezone(zone)
