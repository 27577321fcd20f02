"""When a technician on the way is expected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Eta, Visit
from dispatch.queries.assigned_technicians import Assigned


def expected_arrival(session: Session, visit: Visit, technician: Assigned, *, now: datetime) -> datetime:
    """The latest prediction, else after the planned travel, else as planned; never in the past."""
    eta = session.get(Eta, visit.id)
    if eta is not None and (visit.set_off_at is None or eta.computed_at >= visit.set_off_at):
        return max(now, eta.arrive_at)
    if visit.set_off_at is not None:
        return max(now, visit.set_off_at + technician.travel)
    return max(now, technician.start_at)
