"""Finding a customer's place while nothing is locked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.live_routes import Place
from dispatch.models import SlotOffer, Visit
from dispatch.rules.lifecycles import OrderStatus, SlotOfferStatus, VisitStatus
from dispatch.services.hold_slot import SlotTaken, seat_for
from dispatch.travel import TravelModel


def find_place(
    session: Session, offer_id: int, *, now: datetime, machine_now: datetime, travel: TravelModel
) -> Place | None:
    """The cheapest place that keeps the offered window now, in a session that only reads.

    Raises SlotTaken if there is none. None if only who holds the locks can tell: the offer or
    the visit is over, or another visit of the order will give its place back first.
    """
    offer = session.get(SlotOffer, offer_id)
    if offer is None or offer.status is not SlotOfferStatus.SHOWN or offer.expires_at <= machine_now:
        return None
    if _gives_back_first(session, offer):
        return None
    visit = session.get_one(Visit, offer.visit_id)
    try:
        seat = seat_for(session, visit, offer, now=now, travel=travel)
    except SlotTaken:
        if visit.status is VisitStatus.REQUESTED and visit.order.status is OrderStatus.OPEN:
            raise
        return None
    return Place.found(session, seat, visit.id)


def _gives_back_first(session: Session, offer: SlotOffer) -> bool:
    """Whether a place is held for another visit of the order."""
    held = select(SlotOffer.id).where(
        SlotOffer.order_id == offer.order_id,
        SlotOffer.visit_id != offer.visit_id,
        SlotOffer.status == SlotOfferStatus.HELD,
    )
    return session.scalars(held.limit(1)).first() is not None
