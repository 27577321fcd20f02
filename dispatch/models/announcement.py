"""What the customer was told about a visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified


class Announcement(Identified, Base):
    """Technician, contact time and arrival window, numbered from 1 for each visit."""

    __tablename__ = "announcements"
    __table_args__ = (
        UniqueConstraint("visit_id", "number"),
        CheckConstraint("from_at < until_at", name="window_in_order"),
    )

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    number: Mapped[int]
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technicians.id"), index=True)
    contact_by_at: Mapped[datetime | None]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    wanted_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
