"""Stopping and starting the clock of an order's promise: never without proof (R51)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Order, Promise
from dispatch.rules.events import ClockPaused, ClockResumed
from dispatch.rules.ledger import SERVICE
from dispatch.rules.vocabulary import PauseCause, ProofKind
from dispatch.services.record import record


class PauseNotAllowed(InvalidInput):
    """The promise's rule knows no such pause, or wants another proof for it."""


def pause_clock(
    session: Session,
    order: Order,
    *,
    cause: PauseCause,
    proof_kind: ProofKind,
    proof_id: int | str,
    since: datetime,
    now: datetime,
) -> str:
    """Pause the order's own promise from `since`, and return the key under which it is resumed.

    The proof must be of a kind that the rule accepts for the cause; raises PauseNotAllowed.
    """
    proof = f"{proof_kind}:{proof_id}"
    for promise in _own_promises(session, order):
        if proof_kind not in promise.pauses.get(cause, ()):
            raise PauseNotAllowed("proof_kind", cause=cause, proof_kind=proof_kind, allowed=promise.pauses.get(cause))
    record(
        session,
        ClockPaused(occurred_at=since, order_id=order.id, cause=cause, proof_kind=proof_kind, proof=proof),
        now=now,
    )
    return proof


def resume_clock(session: Session, order: Order, *, proof: str, at: datetime, now: datetime) -> None:
    """The pause known by `proof` has ended at `at`: what was left of the time is left."""
    record(session, ClockResumed(occurred_at=at, order_id=order.id, proof=proof), now=now)


def _own_promises(session: Session, order: Order) -> list[Promise]:
    statement = select(Promise).where(Promise.order_id == order.id, Promise.kind.in_(SERVICE))
    return list(session.scalars(statement))
