"""Technician and customer agree on an exact time (R10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Route, Stop, Visit
from dispatch.queries.planning_rows import OVERTIME_LIMIT
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.events import TimeAgreed
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.catch_up_visit import catch_up_visit
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record
from dispatch.services.retime_stop import retime_stop


class TimeNotPossible(InvalidInput):
    """The time agreed is `past`, or `outside_shift` of the technician who has agreed it."""


def agree_time(
    session: Session, visit_id: int, technician_id: int, time_at: datetime, *, at: datetime, now: datetime
) -> bool:
    """Agreed at `at` that the technician comes at `time_at`; False if that was known.

    It counts as contact, and arrival is promised around it (R11). The technician decides
    what can be done: the stop moves to that time, and later ones wait where they have to. A
    time after the shift is not the technician's to give. Raises TimeNotPossible,
    VisitNotInHand, and MoveRefused without a stop.
    """
    visit = lock_own_visit(session, visit_id, technician_id, with_route=True)
    if visit.appointed_at == time_at or _has_come(visit, at):
        return False
    stop = _stop(session, visit_id, technician_id)
    shift = stop.route.shift
    if time_at < at:
        raise TimeNotPossible("time_at", reason="past")
    if not shift.starts_at <= time_at <= shift.ends_at + OVERTIME_LIMIT:
        raise TimeNotPossible("time_at", reason="outside_shift")
    catch_up_visit(session, visit, VisitStatus.ACCEPTED, technician_id, at=at, now=now)
    if visit.status is VisitStatus.ACCEPTED:
        visit.move_to(VisitStatus.AGREED, at=at, by=f"technician:{technician_id}")
    visit.appointed_at, visit.agreed_at = time_at, at
    if visit.status in MOVABLE:
        retime_stop(session, stop, time_at)
    session.flush()
    fact = TimeAgreed(occurred_at=at, order_id=visit.order_id, visit_id=visit.id, time_at=time_at, by_customer=False)
    record(session, fact, now=now)
    return True


def _has_come(visit: Visit, at: datetime) -> bool:
    return visit.arrived_at is not None and visit.arrived_at < at


def _stop(session: Session, visit_id: int, technician_id: int) -> Stop:
    statement = select(Stop).join(Route, Route.id == Stop.route_id)
    mine = statement.where(Stop.visit_id == visit_id, Route.technician_id == technician_id, ~Stop.is_tentative)
    return session.scalars(mine.execution_options(populate_existing=True)).one()
