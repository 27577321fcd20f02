"""Attempts to reach a customer (R10, R12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified
from dispatch.rules.vocabulary import Band, Channel


class ContactAttempt(Identified, Base):
    """One try; the call record is the proof that a pause needs (R51, R85)."""

    __tablename__ = "contact_attempts"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technicians.id"), index=True)
    channel: Mapped[Channel]
    tried_at: Mapped[datetime]
    band: Mapped[Band | None]
    reached: Mapped[bool]
    call_record: Mapped[str | None] = mapped_column(unique=True)
