"""Moving a visit to another window at the customer's wish."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.live_routes import Place, Seat
from dispatch.models import Route, SlotOffer, Stop, Visit
from dispatch.rules.begun_stops import ON_A_PHONE
from dispatch.rules.events import VisitUnsent
from dispatch.rules.lifecycles import VISIT, SlotOfferStatus, VisitStatus
from dispatch.services.book_visit import firm_up, is_booked, record_choice
from dispatch.services.hold_slot import offer_called, require_open, require_shown, seat_for
from dispatch.services.lock_places import lock_offers, lock_places
from dispatch.services.record import record
from dispatch.services.release_offer import release_offer
from dispatch.services.take_out_stop import take_out_stop
from dispatch.services.write_routes import write_routes
from dispatch.travel import TravelModel

#: why the visit leaves a phone
CHOSE = "customer_chose"
#: how a visit goes back to *booked* before it is scheduled again
_WAY_BACK = {
    VisitStatus.AGREED: (VisitStatus.SCHEDULED, VisitStatus.BOOKED),
    VisitStatus.ACCEPTED: (VisitStatus.SCHEDULED, VisitStatus.BOOKED),
    VisitStatus.SENT: (VisitStatus.SCHEDULED, VisitStatus.BOOKED),
    VisitStatus.SCHEDULED: (VisitStatus.BOOKED,),
    VisitStatus.BOOKED: (),
    VisitStatus.REQUESTED: (VisitStatus.BOOKED,),
}


def reschedule_visit(
    session: Session,
    offer_id: int,
    *,
    now: datetime,
    machine_now: datetime,
    travel: TravelModel,
    place: Place | None = None,
) -> Visit:
    """Give the visit the offered window in place of the one it has, in one step.

    If the window can no longer be kept (SlotTaken) the visit keeps what it had. The
    customer has chosen, so the arrival promise moves with the window (R11), and a
    technician who had the visit on the phone has it no more. Doing it twice is doing it
    once. Raises SlotExpired, NothingToBook, and MoveRefused once the technician is on the
    way. What the visit was booked for before is forgotten. About `place` and `travel` see
    `hold_slot`: two days may be locked.
    """
    offer = offer_called(session, offer_id)
    visit = session.get_one(Visit, offer.visit_id)
    offers = lock_offers(session, offer.order_id, offer_id)
    lock_places(session, [visit], offered=[offer])
    if is_booked(visit, offer):
        return visit
    require_shown(offer, machine_now)
    require_open(visit)
    _way_back(visit, now)
    stands = place is not None and place.stands(session)
    seat = place.seat if place and stands else seat_for(session, visit, offer, now=now, travel=travel, place=place)
    old = _lock_routes(session, visit, seat)
    technician_before = None if old is None else old.technician_id
    by = f"channel:{offer.channel}"
    for one in offers:
        if one.status is SlotOfferStatus.HELD and one.visit_id == visit.id:
            release_offer(session, one, SlotOfferStatus.RELEASED, now=now, by=by)
        elif one.status is SlotOfferStatus.TAKEN and one.visit_id == visit.id:
            session.delete(one)
    take_out_stop(session, visit.id)
    write_routes(session, seat.snapshot, [seat.offer.route], now=now, by=by, only=[seat.shift_id], tentative=[visit.id])
    lock(session, Visit, [visit.id])
    unsent = _rebook(session, visit, offer, technician_before, now=now, by=by)
    if unsent is not None:
        record(session, unsent, now=now)
    record_choice(session, visit, offer, now=now)
    return visit


def _lock_routes(session: Session, visit: Visit, seat: Seat) -> Route | None:
    """Lock the route that the visit leaves and the one that it joins; returns the one it leaves."""
    leaves = select(Stop.route_id).where(Stop.visit_id == visit.id)
    ids = session.scalars(select(Route.id).where(Route.id.in_(leaves) | (Route.shift_id == seat.shift_id)))
    lock(session, Route, ids)
    return session.scalars(select(Route).where(Route.id.in_(leaves))).first()


def _rebook(
    session: Session, visit: Visit, offer: SlotOffer, technician_before: int | None, *, now: datetime, by: str
) -> VisitUnsent | None:
    """The visit leaves the phone that it is on, and is booked and scheduled for the offered window."""
    on_a_phone = visit.status in ON_A_PHONE and technician_before is not None
    about: dict[str, Any] = {"occurred_at": now, "order_id": visit.order_id, "visit_id": visit.id}
    unsent = VisitUnsent(**about, technician_id=technician_before or 0, reason=CHOSE) if on_a_phone else None
    for status in (*_way_back(visit, now), VisitStatus.SCHEDULED):
        visit.move_to(status, at=now, by=by, reason=CHOSE)
    visit.booked_from_at, visit.booked_until_at = offer.from_at, offer.until_at
    visit.appointed_at = visit.agreed_at = visit.accepted_at = None
    offer.move_to(SlotOfferStatus.HELD, at=now, by=by)
    offer.move_to(SlotOfferStatus.TAKEN, at=now, by=by)
    firm_up(session, visit, offer)
    return unsent


def _way_back(visit: Visit, now: datetime) -> tuple[VisitStatus, ...]:
    """The steps back to *booked*; raises MoveRefused once the technician is on the way."""
    if visit.status not in _WAY_BACK:
        VISIT.check(visit.status, VisitStatus.BOOKED, at=now, since=visit.status_at)
    return _WAY_BACK[visit.status]
