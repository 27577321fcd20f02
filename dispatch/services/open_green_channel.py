"""An emergency goes first, also into a day that has begun (R15): nobody has to put it there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Event, Order, Premises, Stop, Territory, Visit
from dispatch.rules.events import OrderLocated, VisitRequested
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import DisruptionKind, Priority
from dispatch.services.follow_log import Reader
from dispatch.services.report_disruption import report_disruption

_BY = "rule:green_channel"


def _on_request(session: Session, event: Event, now: datetime) -> None:
    for visit in _waiting(session, event):
        zone = session.get_one(Territory, visit.territory_id).zone
        wanted_at = visit.booked_from_at or visit.wanted_from_at
        if wanted_at is None or wanted_at.astimezone(zone).date() <= now.astimezone(zone).date():
            report_disruption(
                session,
                DisruptionKind.EMERGENCY,
                territory_id=visit.territory_id,
                visit_id=visit.id,
                occurred_at=event.occurred_at,
                now=now,
                by=_BY,
            )


#: follows the log: a visit of an emergency, once it is known where, is a reason to change the day's routes
GREEN_CHANNEL_READER = Reader("green_channel", (VisitRequested, OrderLocated), _on_request)


def _waiting(session: Session, event: Event) -> Sequence[Visit]:
    """The located visits of an emergency that the event is about and that have no place yet."""
    statement = (
        select(Visit)
        .join(Order, Order.id == Visit.order_id)
        .join(Premises, Premises.id == Visit.premises_id)
        .where(Order.priority == Priority.EMERGENCY, Order.status == OrderStatus.OPEN, Premises.lat.is_not(None))
        .where(Visit.order_id == event.order_id, Visit.status.in_((VisitStatus.REQUESTED, VisitStatus.BOOKED)))
        .where(Visit.id.not_in(select(Stop.visit_id)))
        .order_by(Visit.id)
    )
    if event.visit_id is not None:
        statement = statement.where(Visit.id == event.visit_id)
    return session.scalars(statement).all()
