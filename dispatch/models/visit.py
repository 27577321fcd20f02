"""One attendance at one premises."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Moves
from dispatch.models.order import Order
from dispatch.models.premises import Premises
from dispatch.models.technician import Skill
from dispatch.rules.lifecycles import VISIT, VisitStatus
from dispatch.rules.vocabulary import VisitPurpose


class Visit(Moves, Identified, Base):
    """A visit with its requested, planned and actual times kept apart.

    *Requested*: `wanted_*` (what the customer asked for), `booked_*` (what was booked).
    *Planned*: the stop. *Actual*: `sent_at`, `accepted_at`, `appointed_at` (the exact time agreed,
    at `agreed_at`), `set_off_at`, `arrived_at`, `left_at`.
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        CheckConstraint("duration_s > 0", name="duration_positive"),
        CheckConstraint("wanted_from_at < wanted_until_at", name="wanted_in_order"),
        CheckConstraint("booked_from_at < booked_until_at", name="booked_in_order"),
        CheckConstraint("(booked_from_at IS NULL) = (booked_until_at IS NULL)", name="booked_both_or_neither"),
    )
    lifecycle = VISIT

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    number: Mapped[int]
    purpose: Mapped[VisitPurpose]
    status: Mapped[VisitStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]
    premises_id: Mapped[int] = mapped_column(ForeignKey("premises.id"), index=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    duration_s: Mapped[int]
    #: when this visit may start at the earliest: the other visit of a move, a part that must come first
    release_at: Mapped[datetime | None]
    wanted_from_at: Mapped[datetime | None]
    wanted_until_at: Mapped[datetime | None]
    booked_from_at: Mapped[datetime | None] = mapped_column(index=True)
    booked_until_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    appointed_at: Mapped[datetime | None]
    set_off_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    order: Mapped[Order] = relationship()
    premises: Mapped[Premises] = relationship()
    skills: Mapped[list[VisitSkill]] = relationship(cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's form


class VisitSkill(Base):
    """A skill, and the level of it, that the visit needs (R22)."""

    __tablename__ = "visit_skills"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)

    skill: Mapped[Skill] = relationship(lazy="joined", innerjoin=True)
