"""A worker says that it is alive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import WorkerHeartbeat
from dispatch.upsert import insert_or_update


def beat(session: Session, name: str, *, started_at: datetime, machine_now: datetime) -> None:
    """Note that the worker `name` was alive at `machine_now`."""
    insert_or_update(
        session,
        WorkerHeartbeat,
        {"name": name, "started_at": started_at, "seen_at": machine_now},
        unique=("name",),
        update=("seen_at",),
    )
