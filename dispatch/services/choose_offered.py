"""A window chosen on an order's page: it is booked, or other windows are shown instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from dispatch.db import Database, run_use_case
from dispatch.errors import NotFound
from dispatch.models import SlotOffer, Visit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.book_visit import book_visit, is_booked
from dispatch.services.choose_slot import Choice, choose_slot
from dispatch.services.hold_slot import SlotExpired
from dispatch.travel_memory import RememberedTravel


class NoSuchOffer(NotFound):
    """Another order was offered this window."""


def choose_offered(
    database: Database,
    order_id: int,
    offer_id: int,
    *,
    days: Sequence[date],
    now: datetime,
    machine_now: datetime,
    travel: RememberedTravel,
) -> Choice:
    """Book the window, or move the visit to it; if it is gone, those left on `days` are shown instead.

    Choosing twice is choosing once. Raises NoSuchOffer for an offer of another order, and
    what `choose_slot` lets through: MoveRefused, NothingToBook.
    """
    with database.read_session() as session:
        offer = session.get(SlotOffer, offer_id)
        if offer is None:
            return Choice(refused=SlotExpired("offer"))
        if offer.order_id != order_id:
            raise NoSuchOffer("offer")
        if is_booked(session.get_one(Visit, offer.visit_id), offer):
            return Choice(kept=offer)
    choice = choose_slot(database, offer_id, days=days, now=now, machine_now=machine_now, travel=travel)
    if choice.kept is None or not _is_held(database, choice.kept.visit_id):
        return choice
    run_use_case(database, lambda session: book_visit(session, offer_id, now=now, machine_now=machine_now))
    return choice


def _is_held(database: Database, visit_id: int) -> bool:
    """Whether the visit has no window yet: what is held for it is booked at once."""
    with database.read_session() as session:
        return session.get_one(Visit, visit_id).status is VisitStatus.REQUESTED
