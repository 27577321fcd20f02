"""Booking a held window."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dispatch.db import lock
from dispatch.models import Route, SlotOffer, Stop, Visit
from dispatch.rules.events import VisitBooked, VisitScheduled, WindowChosen
from dispatch.rules.lifecycles import SlotOfferStatus, VisitStatus
from dispatch.services.hold_slot import SlotExpired, SlotTaken, offer_called, require_open
from dispatch.services.lock_places import lock_offers, lock_places
from dispatch.services.record import record


def book_visit(session: Session, offer_id: int, *, now: datetime, machine_now: datetime) -> Visit:
    """Book the held offer: its tentative stop becomes the visit's stop, and the window is booked.

    The window that the customer has chosen is a promise from now on (R11). Booking twice is
    booking once. Raises SlotExpired if the hold or the window itself is over, SlotTaken if
    the place was lost (a technician fell ill), NothingToBook if the visit is.
    """
    offer = offer_called(session, offer_id)
    visit = session.get_one(Visit, offer.visit_id)
    lock_offers(session, offer.order_id, offer_id)
    lock_places(session, [visit], offered=[offer])
    if is_booked(visit, offer):
        return visit
    _require_held(offer, now, machine_now)
    require_open(visit)
    lock(session, Route, session.scalars(select(Stop.route_id).where(Stop.visit_id == visit.id)))
    lock(session, Visit, [visit.id])
    offer.move_to(SlotOfferStatus.TAKEN, at=now, by=f"channel:{offer.channel}")
    book_taken(session, visit, offer, now=now)
    return visit


def book_taken(session: Session, visit: Visit, offer: SlotOffer, *, now: datetime) -> None:
    """The visit is booked for an offer that was taken; the caller holds its route and itself. May raise SlotTaken."""
    by = f"channel:{offer.channel}"
    visit.booked_from_at, visit.booked_until_at = offer.from_at, offer.until_at
    visit.move_to(VisitStatus.BOOKED, at=now, by=by)
    visit.move_to(VisitStatus.SCHEDULED, at=now, by=by)
    firm_up(session, visit, offer)
    record_choice(session, visit, offer, now=now)


def is_booked(visit: Visit, offer: SlotOffer) -> bool:
    """Whether the offer was taken and is what the visit is booked for still."""
    return (
        offer.status is SlotOfferStatus.TAKEN
        and visit.status is not VisitStatus.CANCELLED
        and (visit.booked_from_at, visit.booked_until_at) == (offer.from_at, offer.until_at)
    )


def firm_up(session: Session, visit: Visit, offer: SlotOffer) -> None:
    """The visit's stop is tentative no more, and its route has a new version; raises SlotTaken without a stop."""
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).first()
    if stop is None:
        raise SlotTaken("offer", offer=offer.id)
    stop.is_tentative = False
    flag_modified(stop.route, "return_travel_s")
    session.flush()


def record_choice(session: Session, visit: Visit, offer: SlotOffer, *, now: datetime) -> None:
    """Record that the customer has chosen the offered window, that it is booked, and where it is scheduled."""
    about: dict[str, Any] = {"occurred_at": now, "order_id": visit.order_id, "visit_id": visit.id}
    window: dict[str, Any] = {"from_at": offer.from_at, "until_at": offer.until_at}
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one()
    record(session, VisitBooked(**about, **window, by_customer=True), now=now)
    record(session, WindowChosen(**about, **window), now=now)
    scheduled = VisitScheduled(**about, technician_id=stop.route.technician_id, start_at=stop.start_at)
    record(session, scheduled, now=now)


def _require_held(offer: SlotOffer, now: datetime, machine_now: datetime) -> None:
    if offer.status is not SlotOfferStatus.HELD or offer.expires_at <= machine_now or offer.until_at <= now:
        raise SlotExpired("offer", status=offer.status)
