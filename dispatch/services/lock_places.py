"""Taking everything that a customer's choice may change, in the order of all locks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from dispatch.db import lock
from dispatch.models import Route, SlotOffer, Stop, Territory, Visit
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.services.lock_territory_day import lock_days

Day = tuple[int, date]


def lock_offers(session: Session, order_id: int, offer_id: int | None = None) -> Sequence[SlotOffer]:
    """Lock what is shown to, held or booked for an order, and the named offer: one customer chooses once at a time.

    Comes before every other lock (`dispatch.db.LOCK_ORDER`), so that two windows chosen at
    the same moment, on different days, cannot both be held.
    """
    alive = SlotOffer.status.in_((SlotOfferStatus.SHOWN, SlotOfferStatus.HELD, SlotOfferStatus.TAKEN))
    concerned = alive if offer_id is None else alive | (SlotOffer.id == offer_id)
    return lock(
        session, SlotOffer, session.scalars(select(SlotOffer.id).where(SlotOffer.order_id == order_id, concerned))
    )


def lock_places(session: Session, visits: Iterable[Visit], *, offered: Iterable[SlotOffer] = ()) -> None:
    """Lock the days of the visits' stops and of the windows `offered` for them, and read the visits anew.

    Raises StaleDataError (the use case is tried again) if a plan has moved a stop to
    another day meanwhile.
    """
    concerned = {visit.id: visit for visit in visits}
    windows = {(concerned[offer.visit_id].territory_id, day_of(session, offer)) for offer in offered}
    locked = windows | _days(session, concerned)
    lock_days(session, locked)
    if not _days(session, concerned) <= locked:
        raise StaleDataError("a stop was moved to another day")
    for visit in concerned.values():
        session.refresh(visit)
        session.refresh(visit.order)


def day_of(session: Session, offer: SlotOffer) -> date:
    """The local day of the offered window, where the visit is."""
    territory = select(Territory).join(Visit, Visit.territory_id == Territory.id).where(Visit.id == offer.visit_id)
    return offer.from_at.astimezone(session.scalars(territory).one().zone).date()


def _days(session: Session, visit_ids: Iterable[int]) -> set[Day]:
    statement = select(Route.territory_id, Route.day_on).join(Stop, Stop.route_id == Route.id)
    found = session.execute(statement.where(Stop.visit_id.in_(list(visit_ids))))
    return {(territory_id, day_on) for territory_id, day_on in found}
