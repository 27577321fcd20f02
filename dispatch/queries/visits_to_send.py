"""Which visits are due on which phones: in driving order, inside the look-ahead, so that nobody accepts a whole day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from dispatch.models import Absence, Order, Route, Shift, Stop, Technician, Visit
from dispatch.queries.planning_rows import OVERTIME_LIMIT
from dispatch.queries.refused_visits import is_refused
from dispatch.rules.lifecycles import OrderStatus, VisitStatus


def visits_to_send(session: Session, *, now: datetime, ahead: timedelta) -> dict[int, list[int]]:
    """Visits by technician id, in driving order: planned to start within `ahead`, and on no phone yet.

    What the technician has refused, or would be away for, stays where it is until the day is
    repaired. After the shift nothing is sent any more.
    """
    away = exists().where(
        Absence.technician_id == Route.technician_id,
        or_(Absence.from_at <= Stop.start_at, Absence.from_at <= now),
        Absence.until_at > Stop.start_at,
        Absence.until_at > now,
    )
    statement = (
        select(Route.technician_id, Route.id, Stop.visit_id, Stop.start_at)
        .join(Stop, Stop.route_id == Route.id)
        .join(Shift, Shift.id == Route.shift_id)
        .join(Visit, Visit.id == Stop.visit_id)
        .join(Order, Order.id == Visit.order_id)
        .join(Technician, Technician.id == Route.technician_id)
        .where(Visit.status == VisitStatus.SCHEDULED, Stop.is_tentative.is_(False), Stop.start_at <= now + ahead)
        .where(Shift.ends_at > now - OVERTIME_LIMIT, Order.status == OrderStatus.OPEN, Technician.is_active)
        .where(~away, ~is_refused())
        .order_by(Shift.starts_at, Route.id, Stop.position)
    )
    return _by_technician((technician_id, visit_id) for technician_id, _, visit_id, _ in session.execute(statement))


def _by_technician(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for technician_id, visit_id in rows:
        found.setdefault(technician_id, []).append(visit_id)
    return found
