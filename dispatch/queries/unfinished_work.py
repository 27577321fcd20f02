"""Due work that is not done yet: because it failed, or because somebody else is at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import DueWork, ReaderCursor


def unfinished_work(session: Session) -> list[str]:
    """What has failed and still waits: work by kind and key, readers by name and position, each with its code."""
    work = session.scalars(select(DueWork).where(DueWork.failed_code.is_not(None)).order_by(DueWork.id))
    readers = session.scalars(select(ReaderCursor).where(ReaderCursor.failed_code.is_not(None)))
    return [
        *(f"{row.kind} {row.key}: {row.failed_code}" for row in work),
        *(f"{row.name} {row.failed_position}: {row.failed_code}" for row in readers),
    ]


def is_in_other_hands(session: Session, *, business_now: datetime) -> bool:
    """Whether something due was claimed and is not settled: its lease stands, or has just run out."""
    statement = select(DueWork.id).where(
        DueWork.due_at <= business_now, DueWork.parked_at.is_(None), DueWork.lease.is_not(None)
    )
    return session.scalars(statement.limit(1)).first() is not None
