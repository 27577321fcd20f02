"""The alarm before a promise is due (R46: day 10 of 15)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Promise
from dispatch.rules import events as e
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.services.append_event import append_event


def warn_of_promise(session: Session, key: str, now: datetime) -> None:
    """Log that the promise is nearly due and not met (due work `warn_of_promise`)."""
    promise = session.get_one(Promise, int(key))
    if promise.status in (PromiseStatus.RUNNING, PromiseStatus.PAUSED):
        append_event(
            session,
            e.PromiseNearlyDue(
                occurred_at=now,
                promise_id=promise.id,
                promise_kind=promise.kind,
                order_id=promise.order_id,
                visit_id=promise.visit_id,
                case_id=promise.case_id,
                due_at=promise.due_at,
            ),
            now=now,
        )
