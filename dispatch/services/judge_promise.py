"""Judging a promise from everything that is known of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Promise
from dispatch.queries.witness import witness_of
from dispatch.rules import events as e
from dispatch.rules.judgement import Judgement, judge
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import BreakCause
from dispatch.services.append_event import append_event
from dispatch.services.schedule_work import schedule_work

JUDGE_PROMISE = "judge_promise"


class _Before(NamedTuple):
    """What a judgement may change and the log tells."""

    status: PromiseStatus
    due_at: datetime
    cause: BreakCause | None
    met_at: datetime | None


_SETTLED = (PromiseStatus.KEPT, PromiseStatus.BROKEN, PromiseStatus.VOID)


def judge_due_promise(session: Session, key: str, now: datetime) -> None:
    """Judge the promise whose time has come (due work `judge_promise`)."""
    for promise in lock(session, Promise, [int(key)]):
        judge_promise(session, promise, now=now)


def judge_promise(session: Session, promise: Promise, *, now: datetime) -> None:
    """Bring a locked promise up to date with its entries at `now`, and log what has changed."""
    witness = witness_of(session, promise)
    entries = [row.entry for row in promise.entries]
    judgement = judge(promise.terms, entries, now=now, witness=witness)
    before = _Before(promise.status, promise.due_at, promise.cause, promise.met_at)
    _write(promise, judgement, now)
    session.flush()
    for fact in _facts(promise, judgement, before, now):
        append_event(session, fact, now=now)
    schedule_work(session, JUDGE_PROMISE, promise.id, judgement.look_at)


def _write(promise: Promise, judgement: Judgement, now: datetime) -> None:
    promise.due_at = judgement.due_at
    promise.from_at = judgement.from_at
    promise.met_at = judgement.met_at
    promise.ended_at = judgement.ended_at
    promise.paused_since = judgement.paused_since
    promise.paused_s = int(judgement.paused / timedelta(seconds=1))
    promise.cause = judgement.cause
    promise.breach = judgement.breach
    if judgement.status is not promise.status:
        promise.move_to(judgement.status, at=now, by="ledger")


def _facts(promise: Promise, judgement: Judgement, before: _Before, now: datetime) -> list[e.PromiseFact]:
    """What the log says of the change; nothing when nothing has changed."""
    about: dict[str, Any] = {
        "occurred_at": now,
        "promise_id": promise.id,
        "promise_kind": promise.kind,
        "order_id": promise.order_id,
        "visit_id": promise.visit_id,
        "case_id": promise.case_id,
    }
    if promise.status in _SETTLED:
        return _settled(promise, judgement, before, about)
    if promise.status is before.status:
        moved = promise.status is PromiseStatus.RUNNING and promise.due_at != before.due_at
        return [e.PromiseDueChanged(**about, due_at=promise.due_at)] if moved else []
    match promise.status:
        case PromiseStatus.DUE_PASSED:
            return [e.PromiseDuePassed(**about, due_at=promise.due_at)]
        case PromiseStatus.PAUSED:
            return [e.PromisePaused(**about)]
        case _ if before.status is PromiseStatus.PAUSED:
            return [e.PromiseResumed(**about, due_at=promise.due_at)]
    return [e.PromiseReopened(**about, due_at=promise.due_at)]


def _settled(promise: Promise, judgement: Judgement, before: _Before, about: dict[str, Any]) -> list[e.PromiseFact]:
    about = {**about, "corrected": before.status in _SETTLED}
    if promise.status is PromiseStatus.BROKEN and judgement.cause and judgement.breach:
        if before == _Before(promise.status, promise.due_at, promise.cause, promise.met_at):
            return []
        return [
            e.PromiseBroken(
                **about, due_at=promise.due_at, met_at=promise.met_at, cause=judgement.cause, breach=judgement.breach
            )
        ]
    if promise.status is before.status:
        return []
    if promise.met_at is not None and promise.status is PromiseStatus.KEPT:
        return [e.PromiseKept(**about, met_at=promise.met_at)]
    return [e.PromiseVoided(**about)]
