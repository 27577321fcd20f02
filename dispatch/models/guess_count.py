"""Wrong codes, counted in the database: any number of processes, one limit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base


class GuessCount(Base):
    """How often somebody has guessed wrongly since `since_at` (machine clock).

    `subject` is what was guessed at or a hash of who guessed, never a personal datum.
    """

    __tablename__ = "guess_counts"
    __table_args__ = (CheckConstraint("wrong >= 1", name="wrong_counted"),)

    subject: Mapped[str] = mapped_column(primary_key=True)
    wrong: Mapped[int]
    since_at: Mapped[datetime]
