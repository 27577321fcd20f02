"""Who goes to a visit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Route, Stop, Technician


@dataclass(frozen=True)
class Assigned:
    """A technician with a stop at the visit, as it is planned."""

    technician_id: int
    name: str = field(repr=False)
    badge: str
    start_at: datetime
    travel: timedelta


def assigned_technicians(session: Session, visit_id: int) -> tuple[Assigned, ...]:
    """The technicians of the visit, in the order of their attendance; a place held tentatively is nobody's."""
    statement = (
        select(Technician.id, Technician.name, Technician.badge, Stop.start_at, Stop.travel_s)
        .join(Route, Route.technician_id == Technician.id)
        .join(Stop, Stop.route_id == Route.id)
        .where(Stop.visit_id == visit_id, ~Stop.is_tentative)
        .order_by(Stop.attendance)
    )
    return tuple(
        Assigned(row.id, row.name, row.badge, row.start_at, timedelta(seconds=row.travel_s))
        for row in session.execute(statement)
    )


def assigned_technician(session: Session, visit_id: int, technician_id: int | None = None) -> Assigned | None:
    """The first of them, or the one with this id; None if that one does not go (any more)."""
    found = assigned_technicians(session, visit_id)
    return next((one for one in found if technician_id in (None, one.technician_id)), None)
