"""The subscriber no longer wants it (R13)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.models import Order, Visit
from dispatch.rules.events import WithdrawalRequested
from dispatch.rules.lifecycles import VISIT, OrderStatus, VisitStatus
from dispatch.services.cancel_visit import cancel_visit
from dispatch.services.record import record

#: why the visits of such an order are cancelled
WITHDRAWN = "withdrawn"
_CANCELLABLE = tuple(status for status in VisitStatus if VisitStatus.CANCELLED in VISIT.after(status))


def request_withdrawal(database: Database, order_id: int, *, reason: str, now: datetime, by: str) -> bool:
    """Note the withdrawal, which somebody verifies, and call the visits off one after the other.

    Nobody books a visit of such an order, so it may be run again after a crash; doing it
    twice is doing it once. False if the order is over. A technician at the door stays.
    """
    if not run_use_case(database, lambda session: _withdraw(session, order_id, reason=reason, now=now, by=by)):
        return False
    with database.read_session() as session:
        statement = select(Visit.id).where(Visit.order_id == order_id, Visit.status.in_(_CANCELLABLE))
        visit_ids = session.scalars(statement.order_by(Visit.id)).all()
    for visit_id in visit_ids:
        run_use_case(database, partial(_call_off, visit_id=visit_id, now=now, by=by))
    return True


def _withdraw(session: Session, order_id: int, *, reason: str, now: datetime, by: str) -> bool:
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status is OrderStatus.OPEN:
        order.move_to(OrderStatus.WITHDRAWING, at=now, by=by, reason=reason)
        session.flush()
        record(session, WithdrawalRequested(occurred_at=now, order_id=order_id, reason=reason), now=now)
    return order.status is OrderStatus.WITHDRAWING


def _call_off(session: Session, *, visit_id: int, now: datetime, by: str) -> None:
    if session.get_one(Visit, visit_id).status in _CANCELLABLE:
        cancel_visit(session, visit_id, reason=WITHDRAWN, with_consent=True, now=now, by=by)
