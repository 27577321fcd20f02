"""Noting that a customer knows of a compensation: nothing told is withdrawn by us (R36)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Compensation, Promise
from dispatch.queries.promise_order import order_id_of_promise
from dispatch.rules.events import CompensationApproved, CompensationProposed, CompensationTold
from dispatch.rules.lifecycles import CompensationStatus
from dispatch.services.record import record

_KNOWN = (CompensationStatus.TOLD, CompensationStatus.CREDITED)


def tell_compensation(session: Session, compensation_id: int, *, now: datetime) -> None:
    """The customer was told: the compensation is TOLD, and stays so. Doing it twice is doing it once.

    One that was withdrawn while the message was on its way is owed again: what was said counts.
    """
    lock(session, Promise, [session.get_one(Compensation, compensation_id).promise_id])
    row = session.get_one(Compensation, compensation_id, populate_existing=True)
    if row.status in _KNOWN:
        return
    about: dict[str, Any] = {
        "occurred_at": now,
        "compensation_id": row.id,
        "promise_id": row.promise_id,
        "order_id": order_id_of_promise(session, row.promise),
    }
    by = "notifications"
    if row.status is CompensationStatus.WITHDRAWN:
        row.move_to(CompensationStatus.PROPOSED, at=now, by=by)
        record(session, CompensationProposed(**about, step=row.step, amount_minor=row.amount_minor), now=now)
    if row.status is CompensationStatus.PROPOSED:
        row.move_to(CompensationStatus.APPROVED, at=now, by=by)
        record(session, CompensationApproved(**about), now=now)
    row.move_to(CompensationStatus.TOLD, at=now, by=by)
    record(session, CompensationTold(**about), now=now)
