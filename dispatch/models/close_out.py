"""How a visit ended: what was done, measured and used (R14, R21, R23, R27)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Json
from dispatch.rules.vocabulary import ReadingKind


class CloseOut(Identified, Base):
    """The technician's account of one visit.

    `checklist` holds item codes with yes or no, `parts` serial numbers by part code,
    `consents` what the customer agreed to and when; `reason` says why it was not completed
    and `needs` what the next person needs (`parts`, `skills`, `note`). The trip is credited
    to a technician who waited in vain (R18).
    """

    __tablename__ = "close_outs"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), unique=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), index=True)
    closed_at: Mapped[datetime]
    is_completed: Mapped[bool]
    reason: Mapped[str | None]
    checklist: Mapped[Json] = mapped_column(default=dict)
    parts: Mapped[Json] = mapped_column(default=dict)
    consents: Mapped[Json] = mapped_column(default=dict)
    needs: Mapped[Json] = mapped_column(default=dict, info={"personal": True})
    is_trip_credited: Mapped[bool] = mapped_column(default=False)
    remark: Mapped[str] = mapped_column(default="", info={"personal": True})

    readings: Mapped[list[Reading]] = relationship(cascade="all, delete-orphan", order_by="Reading.id")


class Reading(Identified, Base):
    """One measurement; the unit is in the kind. Speeds are wired or at the gateway (R14)."""

    __tablename__ = "readings"

    close_out_id: Mapped[int] = mapped_column(ForeignKey("close_outs.id"), index=True)
    kind: Mapped[ReadingKind]
    value: Mapped[int]
    is_wired: Mapped[bool] = mapped_column(default=True)
    taken_at: Mapped[datetime]
