"""Cancelling a visit before anybody is on site."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Route, Stop, Visit
from dispatch.rules.events import VisitCancelled
from dispatch.rules.lifecycles import VISIT, SlotOfferStatus, VisitStatus
from dispatch.services.lock_places import lock_offers, lock_places
from dispatch.services.record import record
from dispatch.services.release_offer import release_offer
from dispatch.services.take_out_stop import take_out_stop


def cancel_visit(session: Session, visit_id: int, *, reason: str, with_consent: bool, now: datetime, by: str) -> Visit:
    """Cancel the visit and free its place; only with the customer's consent are its promises void.

    What was held for it is given back. Cancelling twice is cancelling once. Raises
    MoveRefused once somebody is on site.
    """
    visit = session.get_one(Visit, visit_id)
    offers = lock_offers(session, visit.order_id)
    lock_places(session, [visit])
    if visit.status is VisitStatus.CANCELLED:
        return visit
    VISIT.check(visit.status, VisitStatus.CANCELLED, at=now, since=visit.status_at, stated=frozenset(["reason"]))
    lock(session, Route, session.scalars(select(Stop.route_id).where(Stop.visit_id == visit_id)))
    lock(session, Visit, [visit_id])
    for offer in offers:
        if offer.status is SlotOfferStatus.HELD and offer.visit_id == visit_id:
            release_offer(session, offer, SlotOfferStatus.RELEASED, now=now, by=by)
    take_out_stop(session, visit_id)
    visit.move_to(VisitStatus.CANCELLED, at=now, by=by, reason=reason)
    session.flush()
    fact = VisitCancelled(
        occurred_at=now, order_id=visit.order_id, visit_id=visit_id, reason=reason, with_consent=with_consent
    )
    record(session, fact, now=now)
    return visit
