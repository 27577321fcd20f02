"""Which visit of an order is meant when nobody says which."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Stop, Visit
from dispatch.rules.lifecycles import VisitStatus

_UNDER_WAY = (VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
_OVER = (VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED, VisitStatus.CANCELLED)


def current_visit(session: Session, order_id: int) -> Visit | None:
    """The visit under way, else the next to come, else the first without a time; None if none is to come."""
    statement = select(Visit).where(Visit.order_id == order_id, Visit.status.not_in(_OVER)).order_by(Visit.number)
    visits = list(session.scalars(statement))
    starts = select(Stop.visit_id, Stop.start_at).where(Stop.visit_id.in_([visit.id for visit in visits]))
    planned = {visit_id: start_at.timestamp() for visit_id, start_at in session.execute(starts)}

    def when(visit: Visit) -> tuple[bool, float, int]:
        booked = visit.booked_from_at.timestamp() if visit.booked_from_at else float("inf")
        return visit.status not in _UNDER_WAY, planned.get(visit.id, booked), visit.number

    return min(visits, key=when, default=None)
