"""The log of facts, and how far its readers have come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified, Json


class Event(Identified, Base):
    """One fact. Append-only: the database refuses to change or delete a row, but for its position.

    `position` is NULL until the sequencer has seen the row committed; readers know only
    positions. The subjects are plain numbers, so that writing a fact locks nothing else.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "ix_events_unsequenced",
            "id",
            sqlite_where=text("position IS NULL"),
            postgresql_where=text("position IS NULL"),
        ),
    )

    position: Mapped[int | None] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    order_id: Mapped[int | None] = mapped_column(index=True)
    visit_id: Mapped[int | None] = mapped_column(index=True)
    promise_id: Mapped[int | None] = mapped_column(index=True)
    case_id: Mapped[int | None] = mapped_column(index=True)
    technician_id: Mapped[int | None] = mapped_column(index=True)
    territory_id: Mapped[int | None]
    payload: Mapped[Json]


class EventSequence(Base):
    """The last position given out; its lock makes sequencing a thing that one process does at a time."""

    __tablename__ = "event_sequences"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_position: Mapped[int] = mapped_column(default=0)


class ReaderCursor(Base):
    """How far one reader of the log has come."""

    __tablename__ = "reader_cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    #: the event that the reader cannot handle, why, and since when (machine time); cleared once it can
    failed_position: Mapped[int | None]
    failed_code: Mapped[str | None]
    failed_at: Mapped[datetime | None]
