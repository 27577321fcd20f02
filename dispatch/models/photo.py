"""Pictures that a technician took as proof or record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified


class Photo(Identified, Base):
    """One picture of one visit, kept once however often it is sent; `purpose` is a code such as `terminal`."""

    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("visit_id", "digest"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), index=True)
    purpose: Mapped[str]
    taken_at: Mapped[datetime]
    media_type: Mapped[str]
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, info={"personal": True})
