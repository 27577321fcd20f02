"""Everything due is a row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified


class DueWork(Identified, Base):
    """Something to be done at `due_at` (business clock), once for each `kind` and `key`.

    A worker owns it while its `lease` token stands and `leased_until` (machine clock) lies
    ahead. `parked_at` (machine clock) is set when it has failed too often: a person decides.
    """

    __tablename__ = "due_work"
    __table_args__ = (UniqueConstraint("kind", "key"), Index("ix_due_work_due", "parked_at", "due_at"))

    kind: Mapped[str]
    key: Mapped[str]
    due_at: Mapped[datetime]
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    failed_code: Mapped[str | None]
    parked_at: Mapped[datetime | None]


class WorkerHeartbeat(Base):
    """When a worker was last seen (machine clock)."""

    __tablename__ = "worker_heartbeats"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
