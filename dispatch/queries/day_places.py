"""The places that a question about some days of a territory is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Premises, Route, Shift, SlotOffer, Stop, Technician, Territory, Visit
from dispatch.rules.calendars import local_instant
from dispatch.rules.datum import Coordinate
from dispatch.rules.lifecycles import SlotOfferStatus


def day_places(session: Session, visit_id: int, days: Sequence[date]) -> list[Coordinate]:
    """Where the visit is, where its territory's technicians start on `days`, and who is or may soon be on their routes.

    Those who may be are shown or held a window on these days at this moment, and other visits
    of the same order. At least the places of `planning_snapshot` for the same question, each once.
    """
    if not days:
        return []
    visit = session.get_one(Visit, visit_id)
    territory = session.get_one(Territory, visit.territory_id)
    homes = (
        select(Technician.home_lat, Technician.home_lon, Technician.datum)
        .join(Shift, Shift.technician_id == Technician.id)
        .where(Shift.territory_id == territory.id, Shift.day_on.in_(days))
    )
    on_routes = (
        select(Stop.visit_id)
        .join(Route, Route.id == Stop.route_id)
        .join(Shift, Shift.id == Route.shift_id)
        .where(Shift.territory_id == territory.id, Shift.day_on.in_(days))
    )
    choosing = select(SlotOffer.visit_id).where(
        SlotOffer.status.in_((SlotOfferStatus.SHOWN, SlotOfferStatus.HELD)),
        SlotOffer.from_at >= local_instant(min(days), "00:00", territory.zone),
        SlotOffer.from_at < local_instant(max(days), "24:00", territory.zone),
    )
    doors = (
        select(Premises.lat, Premises.lon, Premises.datum)
        .join(Visit, Visit.premises_id == Premises.id)
        .where(
            Visit.id.in_(on_routes)
            | ((Visit.territory_id == territory.id) & ((Visit.order_id == visit.order_id) | Visit.id.in_(choosing)))
        )
    )
    found = [*session.execute(homes.distinct()), *session.execute(doors.distinct())]
    return list(dict.fromkeys(Coordinate(lat, lon, datum) for lat, lon, datum in found if lat is not None))
