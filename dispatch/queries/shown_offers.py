"""The windows that were shown for a visit and can be chosen now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import SlotOffer, Territory, Visit
from dispatch.queries.service_promises import service_promises
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.rules.slot_windows import is_too_late
from dispatch.rules.vocabulary import Channel


@dataclass(frozen=True)
class ShownOffer:
    """One window on offer; `is_too_late`: what the order promises cannot be kept in it."""

    offer_id: int
    from_at: datetime
    until_at: datetime
    is_too_late: bool


def shown_offers(
    session: Session, visit_id: int, channel: Channel, *, now: datetime, machine_now: datetime
) -> tuple[ShownOffer, ...]:
    """The latest windows shown for the visit on a channel, in order of time, each once."""
    statement = select(SlotOffer).where(
        SlotOffer.visit_id == visit_id,
        SlotOffer.channel == channel,
        SlotOffer.status == SlotOfferStatus.SHOWN,
        SlotOffer.expires_at > machine_now,
        SlotOffer.from_at > now,
    )
    latest = {(row.from_at, row.until_at): row.id for row in session.scalars(statement.order_by(SlotOffer.id))}
    visit = session.get_one(Visit, visit_id)
    dues = [promise.due_at for promise in service_promises(session, visit)]
    length = timedelta(seconds=visit.duration_s)
    return tuple(
        ShownOffer(offer_id, *window, is_too_late=is_too_late(window, length, dues))
        for window, offer_id in sorted(latest.items())
    )


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
