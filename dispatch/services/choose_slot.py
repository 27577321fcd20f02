"""What a page or an answered SMS does with the customer's choice: it is held, or something else is offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.models import SlotOffer, Visit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.hold_slot import SlotExpired, SlotTaken, hold_slot
from dispatch.services.know_places import with_places_known
from dispatch.services.lock_places import day_of
from dispatch.services.offer_slots import offer_slots
from dispatch.services.reschedule_visit import reschedule_visit
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel


@dataclass(frozen=True)
class Choice:
    """What became of a choice: `kept`, or `refused` with other offers, best first, or why there are none."""

    kept: SlotOffer | None = None
    refused: Refusal | None = None
    instead: tuple[SlotOffer, ...] = ()
    reasons: tuple[str, ...] = ()


def choose_slot(
    database: Database,
    offer_id: int,
    *,
    days: Sequence[date],
    now: datetime,
    machine_now: datetime,
    travel: RememberedTravel,
) -> Choice:
    """Hold the offered window; a visit that has one already is moved to it in one step.

    If it is expired or somebody else's meanwhile, the windows left on `days` are offered
    instead, the cheapest first; `reasons` says why if there is none. Travel is asked for
    before any lock is taken. Other refusals pass through (see `hold_slot`,
    `reschedule_visit`).
    """
    with database.read_session() as session:
        offer = session.get_one(SlotOffer, offer_id)
        visit_id, channel, day_on = offer.visit_id, offer.channel, day_of(session, offer)

    def keep(known: TravelModel) -> SlotOffer:
        return run_use_case(
            database, lambda session: _keep(session, offer_id, now=now, machine_now=machine_now, travel=known)
        )

    try:
        return Choice(kept=with_places_known(database, visit_id, [day_on], travel, keep))
    except (SlotTaken, SlotExpired) as refusal:
        refused = refusal
    shown = offer_slots(database, visit_id, days, channel=channel, now=now, machine_now=machine_now, travel=travel)
    return Choice(refused=refused, instead=shown.offers, reasons=shown.reasons)


def _keep(session: Session, offer_id: int, *, now: datetime, machine_now: datetime, travel: TravelModel) -> SlotOffer:
    offer = session.get_one(SlotOffer, offer_id)
    visit = session.get_one(Visit, offer.visit_id)
    if visit.status is VisitStatus.REQUESTED:
        return hold_slot(session, offer_id, now=now, machine_now=machine_now, travel=travel)
    reschedule_visit(session, offer_id, now=now, machine_now=machine_now, travel=travel)
    return offer
