"""Giving back what was held and not booked in time, and forgetting in the end what was on offer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from dispatch.models import SlotOffer, Visit
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.services.lock_places import lock_offers, lock_places
from dispatch.services.release_offer import release_offer

#: offers that were only shown hold nothing: so many go in one transaction
AT_ONCE = 200
#: so long after its time (machine clock) an offer that nobody took is forgotten: until then, whoever
#: answers late is told that it is over and shown other windows; the log keeps what was held
REMEMBERED = timedelta(days=2)
#: offers forgotten in one transaction
FORGOTTEN_AT_ONCE = 500


def expire_offer(session: Session, *, now: datetime, machine_now: datetime) -> int:
    """Expire one hold whose time on the machine clock is over, and free its place; else offers only shown.

    Returns how many offers were looked at: 0 if nothing is over. Then some of those that were
    over long ago are forgotten: one batch, so that a worker's tick is never longer for a backlog.
    Offers taken stay as long as the visit is booked for them (`reschedule_visit`).
    """
    held_id = session.scalars(_over(SlotOfferStatus.HELD, machine_now).with_only_columns(SlotOffer.id).limit(1)).first()
    if held_id is None:
        expired = _expire_shown(session, now, machine_now)
        if not expired:
            _forget(session, machine_now - REMEMBERED)
        return expired
    offer = session.get_one(SlotOffer, held_id)
    lock_offers(session, offer.order_id, held_id)
    if offer.status is SlotOfferStatus.HELD and offer.expires_at <= machine_now:
        lock_places(session, [session.get_one(Visit, offer.visit_id)])
        release_offer(session, offer, SlotOfferStatus.EXPIRED, now=now, by="clock")
    return 1


def _expire_shown(session: Session, now: datetime, machine_now: datetime) -> int:
    over = _over(SlotOfferStatus.SHOWN, machine_now).limit(AT_ONCE).with_for_update(skip_locked=True)
    offers = session.scalars(over).all()
    for offer in offers:
        offer.move_to(SlotOfferStatus.EXPIRED, at=now, by="clock")
    return len(offers)


def _forget(session: Session, before: datetime) -> None:
    """Delete a batch of what was given back or not taken; nobody waits for a lock on it."""
    for status in (SlotOfferStatus.EXPIRED, SlotOfferStatus.RELEASED):
        old = _over(status, before).with_only_columns(SlotOffer.id)
        ids = session.scalars(old.limit(FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)).all()
        session.execute(delete(SlotOffer).where(SlotOffer.id.in_(ids)).execution_options(synchronize_session=False))


def _over(status: SlotOfferStatus, machine_now: datetime) -> Select[SlotOffer]:
    over: Select[SlotOffer] = select(SlotOffer).where(SlotOffer.status == status, SlotOffer.expires_at <= machine_now)
    return over.order_by(SlotOffer.expires_at, SlotOffer.id)
