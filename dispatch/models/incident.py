"""Faults shared by many (R70, R72)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified
from dispatch.rules.vocabulary import BreakCause


class Incident(Identified, Base):
    """One fault, planned work or weather warning; each order keeps its own clock."""

    __tablename__ = "incidents"
    __table_args__ = (CheckConstraint("started_at < ended_at", name="in_order"),)

    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("communities.id"), index=True)
    network_element: Mapped[str | None]
    cause: Mapped[BreakCause]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
