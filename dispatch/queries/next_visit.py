"""The visit that follows one that did not do what it was for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.rules.begun_stops import MOVABLE


def next_visit(session: Session, visit: Visit) -> Visit | None:
    """The first later visit of the order for the same purpose that is still to come."""
    statement = (
        select(Visit)
        .where(Visit.order_id == visit.order_id, Visit.number > visit.number)
        .where(Visit.purpose == visit.purpose, Visit.status.in_(MOVABLE))
        .order_by(Visit.number)
    )
    return session.scalars(statement).first()
