"""Doing a piece of work that was claimed, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import error_code
from dispatch.models import DueWork
from dispatch.services.claim_due_work import Claim

Handler = Callable[[Session, str, datetime], None]


def perform_due_work(session: Session, claim: Claim, handlers: Mapping[str, Handler], *, now: datetime) -> bool:
    """Do the claimed work and take its row away, in one transaction; False if it is ours no more.

    `now` is business time. The handler may schedule the same kind and key anew.
    """
    row = _claimed(session, claim)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    handlers[claim.kind](session, claim.key, now)
    return True


def renew_lease(session: Session, claim: Claim, *, machine_now: datetime, lease: timedelta) -> bool:
    """Keep claimed work that takes long; False if it is ours no more."""
    row = _claimed(session, claim)
    if row is not None:
        row.leased_until = machine_now + lease
    return row is not None


def settle_due_work(session: Session, claim: Claim) -> bool:
    """Long work is done: take its row away; False if it is ours no more."""
    row = _claimed(session, claim)
    if row is not None:
        session.delete(row)
    return row is not None


def hand_back_due_work(session: Session, claim: Claim) -> bool:
    """Work that was begun and left for no fault of its own: anybody's at once; False if it is ours no more."""
    row = _claimed(session, claim)
    if row is not None:
        row.lease = row.leased_until = None
        row.attempts -= 1
    return row is not None


def put_back_due_work(
    session: Session, claim: Claim, error: Exception, *, machine_now: datetime, attempts_before_parking: int
) -> None:
    """Note a failed attempt: tried again after a growing pause, parked for a person in the end."""
    row = _claimed(session, claim)
    if row is None:
        return
    row.lease = None
    row.failed_code = error_code(error)
    row.leased_until = machine_now + timedelta(seconds=min(2**row.attempts, 900))
    if row.attempts >= attempts_before_parking:
        row.parked_at = machine_now


def is_still_ours(session: Session, claim: Claim) -> bool:
    """Whether the claim stands; until the transaction ends nobody else can take it."""
    return _claimed(session, claim) is not None


def _claimed(session: Session, claim: Claim) -> DueWork | None:
    statement = select(DueWork).where(DueWork.id == claim.id, DueWork.lease == claim.lease)
    return session.scalar(statement.with_for_update())


def postpone_due_work(
    session: Session, claim: Claim, *, due_at: datetime | None = None, machine_until: datetime | None = None
) -> bool:
    """Work whose time has not come: due at `due_at`, nobody's before `machine_until`; False if it is ours no more."""
    row = _claimed(session, claim)
    if row is not None:
        row.lease = None
        row.leased_until = machine_until
        row.due_at = due_at or row.due_at
    return row is not None
