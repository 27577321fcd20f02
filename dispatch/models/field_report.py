"""What a phone reported, exactly as it came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified, Json
from dispatch.rules.vocabulary import ReportOutcome


class FieldReport(Identified, Base):
    """Stored first, always accepted, once for each device and sequence number.

    `device_at` is the device's own time and `occurred_at` the same corrected by the
    offset measured at the sync. `kind` is a ReportKind, or one that a newer phone knows;
    `payload` is the report and may be redacted. `outcome`
    says what became of it (null: nothing yet) and `case_id` who sorts out one that did not fit.
    """

    __tablename__ = "field_reports"
    __table_args__ = (UniqueConstraint("device_id", "sequence"),)

    device_id: Mapped[str]
    sequence: Mapped[int]
    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    kind: Mapped[str]
    device_at: Mapped[datetime]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    payload: Mapped[Json] = mapped_column(info={"personal": True})
    outcome: Mapped[ReportOutcome | None] = mapped_column(index=True)
    outcome_reason: Mapped[str | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
