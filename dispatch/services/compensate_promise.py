"""Making good when a promise is broken, without being asked (R36)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Compensation, Event, Promise
from dispatch.rules import events as e
from dispatch.rules.lifecycles import CompensationStatus, PromiseStatus
from dispatch.rules.scale import Scale, owed_steps
from dispatch.services.append_event import append_event
from dispatch.services.follow_log import Reader
from dispatch.services.schedule_work import schedule_work

COMPENSATE_PROMISE = "compensate_promise"
_UNTOLD = (CompensationStatus.PROPOSED, CompensationStatus.APPROVED)


def compensate_due_promise(session: Session, key: str, now: datetime) -> None:
    """Another day of lateness has begun (due work `compensate_promise`)."""
    compensate_promise(session, int(key), now=now)


def _on_judgement(session: Session, event: Event, now: datetime) -> None:
    if event.promise_id is not None:
        compensate_promise(session, event.promise_id, now=now)


#: follows the log, so that a broken promise is compensated once, whatever dies in between
COMPENSATION_READER = Reader(
    "compensation",
    (e.PromiseBroken, e.PromiseKept, e.PromiseVoided, e.PromiseReopened),
    _on_judgement,
)


def compensate_promise(session: Session, promise_id: int, *, now: datetime) -> None:
    """Bring the compensations of a promise in line with its judgement and the published scale.

    Each step is owed once; steps no longer owed are withdrawn unless the customer has been
    told. Within the scale nobody needs to approve. Silent promises are not compensated.
    """
    for promise in lock(session, Promise, [promise_id]):
        scale = promise.rule.as_rule().compensation
        owed = _owed(promise, scale, now)
        rows = {row.step: row for row in _compensations(session, promise)}
        for step in range(1, owed + 1):
            if scale is not None:
                _owe(session, promise, scale, step, rows.get(step), now)
        for step, row in rows.items():
            if step > owed and row.status in _UNTOLD:
                _withdraw(session, promise, row, now)
        schedule_work(session, COMPENSATE_PROMISE, promise.id, _next_step_at(promise, scale, owed))


def _owed(promise: Promise, scale: Scale | None, now: datetime) -> int:
    if promise.status is not PromiseStatus.BROKEN or promise.is_silent:
        return 0
    until = promise.ended_at or now
    return owed_steps(scale, promise.cause, promise.due_at, until, ZoneInfo(promise.time_zone))


def _compensations(session: Session, promise: Promise) -> list[Compensation]:
    statement = select(Compensation).where(Compensation.promise_id == promise.id).order_by(Compensation.step)
    return list(session.scalars(statement))


def _owe(session: Session, promise: Promise, scale: Scale, step: int, row: Compensation | None, now: datetime) -> None:
    if row is not None and row.status is not CompensationStatus.WITHDRAWN:
        return
    if row is None:
        row = Compensation(
            at=now,
            by="scale",
            promise_id=promise.id,
            step=step,
            amount_minor=scale.step_amount(step),
            currency=scale.currency,
            cause=promise.cause,
        )
        session.add(row)
        session.flush()
    else:
        row.move_to(CompensationStatus.PROPOSED, at=now, by="scale")
    about: dict[str, Any] = {
        "occurred_at": now,
        "compensation_id": row.id,
        "promise_id": promise.id,
        "order_id": promise.order_id,
    }
    append_event(session, e.CompensationProposed(**about, step=step, amount_minor=row.amount_minor), now=now)
    row.move_to(CompensationStatus.APPROVED, at=now, by="scale")
    append_event(session, e.CompensationApproved(**about), now=now)


def _withdraw(session: Session, promise: Promise, row: Compensation, now: datetime) -> None:
    reason = "kept_after_all" if promise.status is PromiseStatus.KEPT else "not_owed"
    row.move_to(CompensationStatus.WITHDRAWN, at=now, by="ledger", reason=reason)
    append_event(
        session,
        e.CompensationWithdrawn(
            occurred_at=now,
            compensation_id=row.id,
            promise_id=promise.id,
            order_id=promise.order_id,
            reason=reason,
        ),
        now=now,
    )


def _next_step_at(promise: Promise, scale: Scale | None, owed: int) -> datetime | None:
    """When the next day of lateness begins, if lateness is still growing."""
    if scale is None or owed == 0 or promise.ended_at is not None or owed >= scale.most_steps:
        return None
    begins = scale.step_at(promise.due_at, owed + 1, ZoneInfo(promise.time_zone))
    return begins + timedelta(microseconds=1)
