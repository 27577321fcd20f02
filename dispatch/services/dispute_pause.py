"""The customer says that a pause is wrong; an upheld dispute restores the clock (R51)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Case, Order, Promise, PromiseEntry
from dispatch.rules.events import CaseResolved, DisputeRejected, DisputeUpheld, PauseDisputed
from dispatch.rules.judgement import EntryKind
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.open_case import open_case
from dispatch.services.record import record


class NoSuchPause(InvalidInput):
    """The order's clock was never paused under this proof."""


def dispute_pause(session: Session, order: Order, *, proof: str, channel: Channel, now: datetime) -> Case:
    """Open a dispute about the pause known by `proof`; it has an owner and a clock."""
    promise = _paused_under(session, order, proof)
    case = open_case(
        session,
        CaseKind.DISPUTE,
        channel=channel,
        next_step="check_proof",
        order_id=order.id,
        promise_id=promise.id,
        now=now,
    )
    record(session, PauseDisputed(occurred_at=now, order_id=order.id, proof=proof, case_id=case.id), now=now)
    return case


def settle_dispute(session: Session, case: Case, *, proof: str, is_upheld: bool, user_id: int, now: datetime) -> None:
    """Decide a dispute: upheld, the pause never counted; rejected, it stands."""
    if case.order_id is None:
        raise NoSuchPause("proof", proof=proof)
    _paused_under(session, session.get_one(Order, case.order_id), proof)
    decided = DisputeUpheld if is_upheld else DisputeRejected
    record(session, decided(occurred_at=now, order_id=case.order_id, proof=proof, case_id=case.id), now=now)
    case.move_to(CaseStatus.RESOLVED, at=now, by=f"user:{user_id}")
    record(session, CaseResolved(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id), now=now)


def _paused_under(session: Session, order: Order, proof: str) -> Promise:
    statement = (
        select(Promise)
        .join(PromiseEntry, PromiseEntry.promise_id == Promise.id)
        .where(Promise.order_id == order.id, Promise.kind.in_(SERVICE))
        .where(PromiseEntry.kind == EntryKind.PAUSED, PromiseEntry.key == proof)
    )
    promise = session.scalars(statement).first()
    if promise is None:
        raise NoSuchPause("proof", proof=proof)
    return promise
