"""Showing a customer windows for both visits of a move at once, which can both be kept (R02, R16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Territory, Visit
from dispatch.queries.move_visits import unbooked_move
from dispatch.rules.slot_windows import slot_windows, usual_width
from dispatch.services.know_places import with_places_known
from dispatch.standing_pairs import Pair, Wish, standing_pairs
from dispatch.standing_quotes import Span
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel


def offer_pairs(
    database: Database, order_id: int, days: Sequence[date], *, now: datetime, travel: RememberedTravel
) -> list[Pair]:
    """For each window that the new place could have on `days` (in order), one for the old place after it.

    None for an order that is no move, or whose visits do not both want a time. Showing holds
    nothing and writes nothing.
    """
    with database.read_session() as session:
        visits = unbooked_move(session, order_id)
        visit_ids = [] if visits is None else [visit.id for visit in visits]

    def look(recalled: TravelModel) -> list[Pair]:
        with database.read_session() as session:
            wanted = unbooked_move(session, order_id)
            if wanted is None:
                return []
            set_up, recover = (Wish(visit, windows_of(session, visit, days, now)) for visit in wanted)
            return standing_pairs(session, set_up, recover, days, now=now, travel=recalled)

    return with_places_known(database, visit_ids, days, travel, look)


def windows_of(session: Session, visit: Visit, days: Sequence[date], now: datetime) -> list[Span]:
    """The windows of `days` that still lie ahead, as wide as is usual for the visit's order."""
    zone = session.get_one(Territory, visit.territory_id).zone
    return list(slot_windows(usual_width(visit.order.kind), list(days), zone, now))
