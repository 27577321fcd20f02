"""Taking due work: the atomic claim is the only exclusion there is."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.models import DueWork


@dataclass(frozen=True)
class Claim:
    """One piece of work that is ours while `lease` stands."""

    id: int
    kind: str
    key: str
    lease: str
    attempts: int


def claim_due_work(
    session: Session,
    *,
    business_now: datetime,
    machine_now: datetime,
    lease: timedelta,
    kinds: Collection[str],
    keys: Collection[str] | None = None,
    limit: int = 20,
) -> list[Claim]:
    """Claim up to `limit` pieces of work of these kinds (and `keys`) due at `business_now`, earliest first.

    A lease that has run out on the machine clock is nobody's: what a dead worker held is
    taken over. Each claim counts as an attempt, also one that ends with the process.
    """
    statement = (
        select(DueWork)
        .where(DueWork.kind.in_(kinds), DueWork.due_at <= business_now, DueWork.parked_at.is_(None))
        .where(or_(DueWork.leased_until.is_(None), DueWork.leased_until <= machine_now))
        .order_by(DueWork.due_at, DueWork.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if keys is not None:
        statement = statement.where(DueWork.key.in_(keys))
    claims = []
    for row in session.scalars(statement):
        row.lease = secrets.token_hex(8)
        row.leased_until = machine_now + lease
        row.attempts += 1
        claims.append(Claim(row.id, row.kind, row.key, row.lease, row.attempts))
    return claims
