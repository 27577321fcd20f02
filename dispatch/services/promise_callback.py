"""Saying by when somebody calls (R43)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.models import Case, Operator, Order
from dispatch.queries.running_dues import running_dues
from dispatch.rules.callback import callback_due
from dispatch.rules.events import CallbackPromised
from dispatch.rules.vocabulary import PromiseKind
from dispatch.services.record import record


def promise_callback(session: Session, case: Case, *, now: datetime) -> datetime:
    """The owner calls within two contact hours of the premises; one that is promised already stands."""
    promised = running_dues(session, case_id=case.id).get(PromiseKind.CALLBACK)
    if promised is not None and promised > now:
        return promised
    due_at = callback_due(now, _zone(session, case))
    fact = CallbackPromised(
        occurred_at=now, case_id=case.id, order_id=case.order_id, due_at=due_at, user_id=case.owner_id
    )
    record(session, fact, now=now)
    return due_at


def _zone(session: Session, case: Case) -> ZoneInfo:
    if case.order_id is not None:
        return session.get_one(Order, case.order_id).territory.zone
    return ZoneInfo(session.get_one(Operator, 1).time_zone)
