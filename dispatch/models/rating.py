"""What the customer thought of it (R60 to R62)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified
from dispatch.rules.vocabulary import Channel


class Rating(Identified, Base):
    """One digit from 1 to 5 for one visit, or "not fixed"."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
        CheckConstraint("score IS NOT NULL OR NOT is_fixed", name="says_something"),
    )

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), unique=True)
    score: Mapped[int | None]
    is_fixed: Mapped[bool] = mapped_column(default=True)
    channel: Mapped[Channel]
    rated_at: Mapped[datetime]
