"""Showing a customer windows that can be kept (R09, R16). Showing holds nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.live_routes import Answer, quote_visit
from dispatch.models import SlotOffer, Territory, Visit
from dispatch.queries.service_promises import service_promises
from dispatch.rules.slot_windows import Width, days_late, lifetime, slot_windows, usual_width
from dispatch.rules.vocabulary import Channel
from dispatch.services.know_places import with_places_known
from dispatch.standing_quotes import Quote
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel


@dataclass(frozen=True)
class Shown:
    """The windows on offer, best first; if there is none, the codes of what is in the way."""

    offers: tuple[SlotOffer, ...] = ()
    reasons: tuple[str, ...] = ()

    def in_order_of_time(self) -> list[SlotOffer]:
        """The offers as people read them."""
        return sorted(self.offers, key=lambda offer: offer.from_at)


def offer_slots(
    database: Database,
    visit_id: int,
    days: Sequence[date],
    *,
    channel: Channel,
    now: datetime,
    machine_now: datetime,
    travel: RememberedTravel,
    width: Width | None = None,
    most: int = 6,
) -> Shown:
    """Show up to `most` windows on `days` that the routes can keep now: the best.

    Those come first in which the order's promise is kept whenever the work begins, then those
    in which it may be, then the least late (R01 to R03, R07); of these the cheapest. Without a
    `width` they are as wide as is usual for the order. No offers mean that nothing can be
    promised on these days, for the reasons given.
    """

    def look(known: TravelModel) -> tuple[int, list[Quote], Answer]:
        with database.read_session() as session:
            visit = session.get_one(Visit, visit_id)
            zone = session.get_one(Territory, visit.territory_id).zone
            windows = list(slot_windows(width or usual_width(visit.order.kind), list(days), zone, now))
            answer = quote_visit(session, visit, days, windows, now=now, travel=known)
            return visit.order_id, _best_first(session, visit, answer.quotes), answer

    order_id, quotes, answer = with_places_known(database, [visit_id], days, travel, look)
    if not quotes:
        return Shown(reasons=answer.reasons)

    def show(session: Session) -> list[SlotOffer]:
        offers = [as_offer(order_id, visit_id, quote, channel, now, machine_now) for quote in quotes[:most]]
        session.add_all(offers)
        return offers

    return Shown(tuple(run_use_case(database, show)))


def _best_first(session: Session, visit: Visit, quotes: Iterable[Quote]) -> list[Quote]:
    """Quotes, cheapest first, by what becomes of the order's promise and of the time it is planned for."""
    promises = service_promises(session, visit)
    times = [time for one in promises for time in (one.due_at, one.plan_by_at) if time is not None]
    length = timedelta(seconds=visit.duration_s)
    return sorted(quotes, key=lambda one: days_late((one.from_at, one.until_at), length, times))


def as_offer(
    order_id: int, visit_id: int, quote: Quote, channel: Channel, now: datetime, machine_now: datetime
) -> SlotOffer:
    """A window on offer from now on."""
    return SlotOffer(
        at=now,
        by=f"channel:{channel}",
        order_id=order_id,
        visit_id=visit_id,
        from_at=quote.from_at,
        until_at=quote.until_at,
        channel=channel,
        cost_s=quote.cost_s,
        expires_at=machine_now + lifetime(channel),
    )
