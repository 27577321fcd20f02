"""Which territory, and whose technician, a thing on the board belongs to: what a grant is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Disruption, Route, Shift, Stop, Technician, Visit


@dataclass(frozen=True)
class BoardPlace:
    """A territory, and the contractor of the technician concerned (None: our own, or nobody)."""

    territory_id: int
    contractor_id: int | None


def visit_place(session: Session, visit_id: int) -> BoardPlace:
    """Where a visit is made, and whose technician goes; raises NotFound."""
    statement = (
        select(Visit.territory_id, Technician.contractor_id)
        .outerjoin(Stop, Stop.visit_id == Visit.id)
        .outerjoin(Route, Route.id == Stop.route_id)
        .outerjoin(Technician, Technician.id == Route.technician_id)
        .where(Visit.id == visit_id)
        .order_by(Stop.attendance)
    )
    found = session.execute(statement).first()
    if found is None:
        raise NotFound("visit")
    return BoardPlace(*found)


def shift_place(session: Session, technician_id: int, territory_id: int, *, now: datetime) -> BoardPlace:
    """Where a technician works in a territory now or later; raises NotFound for who has no shift there."""
    statement = (
        select(Shift.territory_id, Technician.contractor_id)
        .join(Technician, Technician.id == Shift.technician_id)
        .where(Shift.technician_id == technician_id, Shift.territory_id == territory_id, Shift.ends_at > now)
        .limit(1)
    )
    found = session.execute(statement).first()
    if found is None:
        raise NotFound("technician")
    return BoardPlace(*found)


def disruption_place(session: Session, disruption_id: int) -> BoardPlace:
    """Where a disruption is, and whose technician it is about; raises NotFound."""
    statement = (
        select(Disruption.territory_id, Technician.contractor_id)
        .outerjoin(Technician, Technician.id == Disruption.technician_id)
        .where(Disruption.id == disruption_id)
    )
    found = session.execute(statement).first()
    if found is None:
        raise NotFound("disruption")
    return BoardPlace(*found)
