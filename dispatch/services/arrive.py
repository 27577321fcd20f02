"""The technician is at the door."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.rules.events import TechnicianArrived
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.catch_up_visit import catch_up_visit, has_reached
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record


def arrive(session: Session, visit_id: int, technician_id: int, report_id: int, *, at: datetime, now: datetime) -> bool:
    """At the door since `at`, as the field report `report_id` says; False if that was known.

    What a phone has left out on the way there happened at the same instant. A report that
    comes after later ones may put the time of arrival right, and with it what was judged.
    Raises VisitNotInHand, and MoveRefused without a stop.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if not has_reached(visit, VisitStatus.ON_SITE):
        catch_up_visit(session, visit, VisitStatus.ON_SITE, technician_id, at=at, now=now, report_id=report_id)
        return True
    if visit.arrived_at is None or at >= visit.arrived_at:
        return False
    visit.arrived_at = at
    if visit.set_off_at is not None:
        visit.set_off_at = min(visit.set_off_at, at)
    session.flush()
    about = {"order_id": visit.order_id, "visit_id": visit.id, "technician_id": technician_id}
    record(session, TechnicianArrived(occurred_at=at, **about, report_id=report_id), now=now)
    return True
