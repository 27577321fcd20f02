"""What a page or an answered SMS does with the customer's choice: it is held, or something else is offered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.live_routes import Place, PlaceMovedOn
from dispatch.models import SlotOffer, Visit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.find_place import find_place
from dispatch.services.hold_slot import SlotExpired, SlotTaken, hold_slot, offer_called
from dispatch.services.know_places import with_places_known
from dispatch.services.lock_places import day_of
from dispatch.services.offer_slots import offer_slots
from dispatch.services.reschedule_visit import reschedule_visit
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel

#: how often the route concerned may move on under our hands before the day is held still
OPTIMISTIC_TRIES = 3


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
    instead, the cheapest first; `reasons` says why if there is none. Of an offer so old that
    it is forgotten nobody knows whose it was: nothing is offered instead. The place is found
    while nothing is locked, and under the locks only seen to be there still; if its route
    moves on again and again, it is found under the locks in the end. Other refusals pass
    through (see `hold_slot`, `reschedule_visit`).
    """
    with database.read_session() as session:
        offer = session.get(SlotOffer, offer_id)
        if offer is None:
            return Choice(refused=SlotExpired("offer"))
        visit_id, channel, day_on = offer.visit_id, offer.channel, day_of(session, offer)
    keeping = _Keeping(database, offer_id, now, machine_now)
    try:
        return Choice(kept=with_places_known(database, [visit_id], [day_on], travel, keeping.run))
    except (SlotTaken, SlotExpired) as refusal:
        refused = refusal
    shown = offer_slots(database, visit_id, days, channel=channel, now=now, machine_now=machine_now, travel=travel)
    return Choice(refused=refused, instead=shown.offers, reasons=shown.reasons)


@dataclass(frozen=True)
class _Keeping:
    """Keeping the window that was chosen."""

    database: Database
    offer_id: int
    now: datetime
    machine_now: datetime

    def run(self, travel: TravelModel) -> SlotOffer:
        """Find the place and take it; in the end while the day is held still."""
        for _ in range(OPTIMISTIC_TRIES):
            with self.database.read_session() as session:
                place = find_place(session, self.offer_id, now=self.now, machine_now=self.machine_now, travel=travel)
            with suppress(PlaceMovedOn):
                return run_use_case(self.database, partial(self._keep, travel=travel, place=place))
        return run_use_case(self.database, partial(self._keep, travel=travel, place=None))

    def _keep(self, session: Session, *, travel: TravelModel, place: Place | None) -> SlotOffer:
        offer = offer_called(session, self.offer_id)
        visit = session.get_one(Visit, offer.visit_id)
        keep = hold_slot if visit.status is VisitStatus.REQUESTED else reschedule_visit
        keep(session, offer.id, now=self.now, machine_now=self.machine_now, travel=travel, place=place)
        return offer
