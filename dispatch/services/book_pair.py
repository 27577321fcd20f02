"""Two offers of one order held and booked in one transaction (R02)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.live_routes import PlaceMovedOn, Seat, seat_visit
from dispatch.models import Route, SlotOffer, Visit
from dispatch.rules.lifecycles import SlotOfferStatus, VisitStatus
from dispatch.services.book_visit import book_taken
from dispatch.services.hold_slot import SlotTaken, keep_place, offer_called, require_requested, require_shown
from dispatch.services.lock_places import day_of, lock_offers, lock_places
from dispatch.services.release_offer import release_offer
from dispatch.standing_pairs import Pair
from dispatch.travel import TravelModel


def book_pair(
    session: Session,
    offer_ids: Sequence[int],
    *,
    pair: Pair | None,
    now: datetime,
    machine_now: datetime,
    travel: TravelModel,
) -> None:
    """Hold and book two shown offers of one order, each for a visit of its own.

    Another hold of the order is released. Where both visits are booked so already, nothing is
    done. The places are sought on the routes of a `pair` that was found before (PlaceMovedOn
    if these have no room), without one on all routes of the days (SlotTaken). Raises
    SlotExpired, AlreadyBooked or NothingToBook. `travel` must answer from memory: both days
    are locked.
    """
    offers = [offer_called(session, offer_id) for offer_id in offer_ids]
    visits = [session.get_one(Visit, offer.visit_id) for offer in offers]
    standing = lock_offers(session, offers[0].order_id)
    held = [offer for offer in standing if offer.status is SlotOfferStatus.HELD]
    lock_places(session, [*visits, *(session.get_one(Visit, one.visit_id) for one in held)], offered=offers)
    if are_booked(visits, [offer.from_at for offer in offers]):
        return
    for visit, offer in zip(visits, offers, strict=True):
        require_shown(offer, machine_now)
        require_requested(visit)
    _lock_routes(session, offers, visits, pair)
    for one in held:
        release_offer(session, one, SlotOfferStatus.RELEASED, now=now, by=f"channel:{offers[0].channel}")
    _take_places(session, offers, pair, now=now, machine_now=machine_now, travel=travel)
    lock(session, Visit, [visit.id for visit in visits])
    for visit, offer in zip(visits, offers, strict=True):
        book_taken(session, visit, offer, now=now)


def are_booked(visits: Sequence[Visit], starts: Sequence[datetime]) -> bool:
    """Whether each visit is booked for a window with that start."""
    is_waiting = any(visit.status is VisitStatus.REQUESTED for visit in visits)
    return not is_waiting and [visit.booked_from_at for visit in visits] == list(starts)


def _lock_routes(session: Session, offers: Sequence[SlotOffer], visits: Sequence[Visit], pair: Pair | None) -> None:
    """Lock the routes that places are sought on, those of the pair or of both days, before any visit is touched."""
    if pair is not None:
        concerned = Route.shift_id.in_([quote.shift_id for quote in pair.quotes])
    else:
        days = {(visit.territory_id, day_of(session, offer)) for visit, offer in zip(visits, offers, strict=True)}
        concerned = tuple_(Route.territory_id, Route.day_on).in_(days)
    lock(session, Route, session.scalars(select(Route.id).where(concerned)))


def _take_places(
    session: Session,
    offers: Sequence[SlotOffer],
    pair: Pair | None,
    *,
    now: datetime,
    machine_now: datetime,
    travel: TravelModel,
) -> None:
    """One after the other, as they were found: the second is sought while the first is held, then that is taken.

    So the order holds one place at a time.
    """
    first, second = (0, 1) if pair is None else pair.order
    shifts = (None, None) if pair is None else [quote.shift_id for quote in pair.quotes]
    seat = _seat(session, offers[first], shifts[first], now=now, travel=travel)
    keep_place(session, offers[first], seat, now=now, machine_now=machine_now)
    seat = _seat(session, offers[second], shifts[second], now=now, travel=travel)
    _take(session, offers[first], now)
    keep_place(session, offers[second], seat, now=now, machine_now=machine_now)
    _take(session, offers[second], now)


def _take(session: Session, offer: SlotOffer, now: datetime) -> None:
    offer.move_to(SlotOfferStatus.TAKEN, at=now, by=f"channel:{offer.channel}")
    session.flush()


def _seat(session: Session, offer: SlotOffer, shift_id: int | None, *, now: datetime, travel: TravelModel) -> Seat:
    seat = seat_visit(
        session,
        session.get_one(Visit, offer.visit_id),
        day_of(session, offer),
        (offer.from_at, offer.until_at),
        now=now,
        travel=travel,
        only_shifts=None if shift_id is None else [shift_id],
    )
    if seat is None:
        raise SlotTaken("offer", offer=offer.id) if shift_id is None else PlaceMovedOn
    return seat
