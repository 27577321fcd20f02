"""Saying whose doing a broken promise is (R36)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Promise
from dispatch.rules.events import CauseAttributed
from dispatch.rules.vocabulary import BreakCause
from dispatch.services.record import record


def attribute_cause(
    session: Session, promise_id: int, cause: BreakCause, *, user_id: int | None, now: datetime
) -> None:
    """Attribute what broke, or may break, the promise; the latest attribution counts.

    Compensation follows the cause; what the customer has been told stands.
    """
    promise = session.get_one(Promise, promise_id)
    fact = CauseAttributed(
        occurred_at=now,
        promise_id=promise.id,
        promise_kind=promise.kind,
        order_id=promise.order_id,
        visit_id=promise.visit_id,
        case_id=promise.case_id,
        cause=cause,
        user_id=user_id,
    )
    record(session, fact, now=now)
