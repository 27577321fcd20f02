"""Noting that something is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.models import DueWork
from dispatch.upsert import insert_or_update


def schedule_work(session: Session, kind: str, key: int | str, due_at: datetime | None) -> None:
    """There is one piece of work for `kind` and `key`: due at `due_at`, or none at all.

    Scheduling anew takes the work away from a worker that has claimed but not begun it, so
    what is done is always what was scheduled last.
    """
    if due_at is None:
        session.execute(delete(DueWork).where(DueWork.kind == kind, DueWork.key == str(key)))
        return
    fresh = {"lease": None, "leased_until": None, "attempts": 0, "failed_code": None, "parked_at": None}
    insert_or_update(
        session,
        DueWork,
        {"kind": kind, "key": str(key), "due_at": due_at, **fresh},
        unique=("kind", "key"),
        update=("due_at", *fresh),
    )
