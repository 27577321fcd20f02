"""What the latest visits say about how long services and drives take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from dispatch.models import CloseOut, Order, Premises, Route, Stop, Visit
from dispatch.rules.duration_learning import HISTORY, MOST_VISITS, Attended, learn_from
from dispatch.rules.lifecycles import VisitStatus
from optimizer.risk.uncertainty import Uncertainty


def learnt_durations(session: Session, *, now: datetime) -> Uncertainty:
    """The distributions of services and drives as of `now`; without history, the optimizer's defaults."""
    return learn_from(_attended(session, now))


def _attended(session: Session, now: datetime) -> Iterator[Attended]:
    """Completed visits with what was planned, the latest first."""
    statement = (
        select(
            Order.kind,
            Visit.purpose,
            Premises.community_id,
            CloseOut.technician_id,
            Visit.duration_s,
            Stop.travel_s,
            Route.day_on,
            Visit.set_off_at,
            Visit.arrived_at,
            Visit.left_at,
        )
        .join(Order, Order.id == Visit.order_id)
        .join(Premises, Premises.id == Visit.premises_id)
        .join(CloseOut, CloseOut.visit_id == Visit.id)
        .outerjoin(Stop, and_(Stop.visit_id == Visit.id, Stop.attendance == 1))
        .outerjoin(Route, Route.id == Stop.route_id)
        .where(Visit.status == VisitStatus.COMPLETED, Visit.left_at > now - HISTORY, Visit.left_at <= now)
        .where(Visit.arrived_at.is_not(None))
        .order_by(Visit.left_at.desc(), Visit.id)
        .limit(MOST_VISITS)
    )
    for row in session.execute(statement):
        yield Attended(
            kind=row.kind,
            purpose=row.purpose,
            community_id=row.community_id,
            technician_id=row.technician_id,
            planned=timedelta(seconds=row.duration_s),
            travel=None if row.travel_s is None else timedelta(seconds=row.travel_s),
            day_on=row.day_on or row.arrived_at.date(),
            set_off_at=row.set_off_at,
            arrived_at=row.arrived_at,
            left_at=row.left_at,
        )
