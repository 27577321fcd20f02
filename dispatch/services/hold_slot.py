"""Choosing a window: one place is held for the customer, or nobody's place is lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.live_routes import Place, PlaceMovedOn, Seat, seat_visit
from dispatch.models import SlotOffer, Visit
from dispatch.rules.events import SlotHeld
from dispatch.rules.lifecycles import OrderStatus, SlotOfferStatus, VisitStatus
from dispatch.rules.slot_windows import lifetime
from dispatch.services.append_event import append_event
from dispatch.services.lock_places import day_of, lock_offers, lock_places
from dispatch.services.release_offer import release_offer
from dispatch.services.write_routes import write_routes
from dispatch.travel import TravelModel


class SlotExpired(Refusal):
    """The offer was not chosen or booked in time; new ones can be asked for."""


class SlotTaken(Refusal):
    """Somebody else has the last place; the routes can keep this window no more."""


class AlreadyBooked(Refusal):
    """The visit has a window already: it is rescheduled, not held a second place."""


class NothingToBook(Refusal):
    """The visit or its order is over."""


def hold_slot(
    session: Session,
    offer_id: int,
    *,
    now: datetime,
    machine_now: datetime,
    travel: TravelModel,
    place: Place | None = None,
) -> SlotOffer:
    """Hold one place for a shown offer: a tentative stop in a route, which plans and quotes see.

    Another hold of the same order is released. Holding twice is holding once. Raises
    SlotExpired, SlotTaken (`choose_slot` offers what is left), AlreadyBooked or
    NothingToBook; the customer then keeps what was held before. A `place` found before
    (`find_place`) is taken if its route has not changed, or has room still, else PlaceMovedOn.
    Without one the whole day is looked through here. `travel` must answer from memory
    (`know_places`): the day is locked.
    """
    offer = offer_called(session, offer_id)
    visits = {offer.visit_id: session.get_one(Visit, offer.visit_id)}
    standing = [one for one in lock_offers(session, offer.order_id, offer_id) if one.status is SlotOfferStatus.HELD]
    if offer in standing and offer.expires_at > machine_now:
        return offer
    require_shown(offer, machine_now)
    visits |= {held.visit_id: session.get_one(Visit, held.visit_id) for held in standing}
    lock_places(session, visits.values(), offered=[offer])
    visit = visits[offer.visit_id]
    require_requested(visit)
    stands = place is not None and place.stands(session)
    by = f"channel:{offer.channel}"
    for held in standing:
        release_offer(session, held, SlotOfferStatus.RELEASED, now=now, by=by)
    seat = place.seat if place and stands else seat_for(session, visit, offer, now=now, travel=travel, place=place)
    keep_place(session, offer, seat, now=now, machine_now=machine_now)
    return offer


def keep_place(session: Session, offer: SlotOffer, seat: Seat, *, now: datetime, machine_now: datetime) -> None:
    """The offer is held, with a tentative stop where the seat was found; the caller holds the day."""
    by = f"channel:{offer.channel}"
    offer.move_to(SlotOfferStatus.HELD, at=now, by=by)
    offer.expires_at = machine_now + lifetime(offer.channel)
    write_routes(
        session,
        seat.snapshot,
        [seat.offer.route],
        now=now,
        by=by,
        only=[seat.shift_id],
        tentative=[offer.visit_id],
    )
    fact = SlotHeld(
        occurred_at=now,
        order_id=offer.order_id,
        visit_id=offer.visit_id,
        offer_id=offer.id,
        from_at=offer.from_at,
        until_at=offer.until_at,
    )
    append_event(session, fact, now=now)


def offer_called(session: Session, offer_id: int) -> SlotOffer:
    """The offer; raises SlotExpired if it is so old that it is forgotten."""
    offer = session.get(SlotOffer, offer_id)
    if offer is None:
        raise SlotExpired("offer")
    return offer


def require_shown(offer: SlotOffer, machine_now: datetime) -> None:
    """Raise SlotExpired unless the offer can be chosen."""
    if offer.status is not SlotOfferStatus.SHOWN or offer.expires_at <= machine_now:
        raise SlotExpired("offer", status=offer.status)


def require_open(visit: Visit) -> None:
    """Raise NothingToBook if the order is not open or the visit will not take place."""
    over = (VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED, VisitStatus.CANCELLED)
    if visit.order.status is not OrderStatus.OPEN or visit.status in over:
        raise NothingToBook("visit", visit=visit.id, status=visit.status, order_status=visit.order.status)


def seat_for(
    session: Session,
    visit: Visit,
    offer: SlotOffer,
    *,
    now: datetime,
    travel: TravelModel,
    place: Place | None = None,
) -> Seat:
    """The cheapest place that keeps the offered window now; raises SlotTaken.

    If a `place` was found before, only its route is looked at; raises PlaceMovedOn if that has no room.
    """
    window = (offer.from_at, offer.until_at)
    only = None if place is None else [place.shift_id]
    seat = seat_visit(session, visit, day_of(session, offer), window, now=now, travel=travel, only_shifts=only)
    if seat is None:
        raise SlotTaken("offer", offer=offer.id) if place is None else PlaceMovedOn
    return seat


def require_requested(visit: Visit) -> None:
    """Raise NothingToBook if there is nothing to book, AlreadyBooked if the visit has a window."""
    require_open(visit)
    if visit.status is not VisitStatus.REQUESTED:
        raise AlreadyBooked("visit", visit=visit.id, status=visit.status)
