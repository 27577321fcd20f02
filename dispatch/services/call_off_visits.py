"""The visits of an order that will not be done are called off, one after the other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.rules.lifecycles import VISIT, OrderStatus, VisitStatus
from dispatch.services.cancel_visit import cancel_visit
from dispatch.services.request_withdrawal import WITHDRAWN
from dispatch.services.schedule_work import schedule_work

CALL_OFF_VISIT = "call_off_visit"
INFEASIBLE = "infeasible"
_CANCELLABLE = tuple(status for status in VisitStatus if VisitStatus.CANCELLED in VISIT.after(status))
#: of which orders, under which reason, and whether the customer agrees
_WHY = {OrderStatus.WITHDRAWING: (WITHDRAWN, True), OrderStatus.INFEASIBLE: (INFEASIBLE, False)}


def call_off_visits(session: Session, order_id: int, *, now: datetime) -> None:
    """Have the visits that are still to come called off, each in a transaction of its own (due work)."""
    statement = select(Visit.id).where(Visit.order_id == order_id, Visit.status.in_(_CANCELLABLE))
    for visit_id in session.scalars(statement.order_by(Visit.id)):
        schedule_work(session, CALL_OFF_VISIT, visit_id, now)


def call_off_due_visit(session: Session, key: str, now: datetime) -> None:
    """Call one off, unless its order goes on after all (due work `call_off_visit`)."""
    visit = session.get_one(Visit, int(key))
    if visit.order.status in _WHY and visit.status in _CANCELLABLE:
        reason, with_consent = _WHY[visit.order.status]
        cancel_visit(session, visit.id, reason=reason, with_consent=with_consent, now=now, by="rule")
