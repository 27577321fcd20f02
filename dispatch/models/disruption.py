"""What upsets a day that was planned, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified, Moves
from dispatch.rules.lifecycles import DISRUPTION, DisruptionStatus
from dispatch.rules.vocabulary import DisruptionKind


class Disruption(Moves, Identified, Base):
    """Somebody is ill, a job runs over, an emergency comes in: the routes of the day must change.

    `from_at` to `until_at` is the time that is lost, where it is about a technician;
    `plan_id` is the repair, `case_id` who decides if it is not published by rule.
    """

    __tablename__ = "disruptions"
    __table_args__ = (CheckConstraint("from_at < until_at", name="in_order"),)
    lifecycle = DISRUPTION

    kind: Mapped[DisruptionKind]
    status: Mapped[DisruptionStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technicians.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    occurred_at: Mapped[datetime]
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
