"""A phone says what happened and has left out what must have come before: that happened too, at the same instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.rules.events import Fact, TechnicianArrived, TechnicianSetOff, VisitAccepted, VisitSent
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.record import record

_V = VisitStatus
#: the way of a visit from a route to the customer's door; after ACCEPTED comes AGREED if a time stands
_WAY = (_V.SCHEDULED, _V.SENT, _V.ACCEPTED, _V.AGREED, _V.EN_ROUTE, _V.ON_SITE)
_NEXT: Mapping[VisitStatus, VisitStatus] = {
    _V.SCHEDULED: _V.SENT,
    _V.SENT: _V.ACCEPTED,
    _V.ACCEPTED: _V.EN_ROUTE,
    _V.AGREED: _V.EN_ROUTE,
    _V.EN_ROUTE: _V.ON_SITE,
}


def has_reached(visit: Visit, status: VisitStatus) -> bool:
    """Whether the visit is at `status` of the way already, or beyond it."""
    return visit.status not in _WAY or _WAY.index(visit.status) >= _WAY.index(status)


def catch_up_visit(
    session: Session,
    visit: Visit,
    status: VisitStatus,
    technician_id: int,
    *,
    at: datetime,
    now: datetime,
    report_id: int | None = None,
) -> None:
    """Bring a locked visit along to `status` at `at`, with a fact for every step; nothing if it is there.

    An arrival needs the `report_id` that says so. Raises MoveRefused for a visit without a stop.
    """
    while not has_reached(visit, status):
        step = _NEXT[visit.status]
        take_step(session, visit, step, technician_id, at=at, now=now, report_id=report_id)


def take_step(
    session: Session,
    visit: Visit,
    step: VisitStatus,
    technician_id: int,
    *,
    at: datetime,
    now: datetime,
    report_id: int | None = None,
) -> None:
    """Move a locked visit one step along the way, at `at`, and record it; raises MoveRefused.

    Who accepts a visit whose time is agreed already finds it agreed.
    """
    by = f"technician:{technician_id}"
    about: dict[str, Any] = {"order_id": visit.order_id, "visit_id": visit.id, "technician_id": technician_id}
    fact: Fact
    visit.move_to(step, at=at, by=by)
    match step:
        case VisitStatus.SENT:
            visit.sent_at = at
            fact = VisitSent(occurred_at=at, **about)
        case VisitStatus.ACCEPTED:
            visit.accepted_at = at
            fact = VisitAccepted(occurred_at=at, **about, time_agreed=visit.appointed_at is not None)
            if visit.appointed_at is not None:
                visit.move_to(VisitStatus.AGREED, at=at, by=by)
        case VisitStatus.EN_ROUTE:
            visit.set_off_at = at
            fact = TechnicianSetOff(occurred_at=at, **about)
        case _:
            visit.arrived_at = at
            fact = TechnicianArrived(occurred_at=at, **about, report_id=report_id or 0)
    session.flush()
    record(session, fact, now=now)
