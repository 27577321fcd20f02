"""Technicians: what they can do, when they work, and for whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified
from dispatch.rules.datum import Datum


class Contractor(Identified, Base):
    """A company whose technicians work on the same record (R50)."""

    __tablename__ = "contractors"

    name: Mapped[str] = mapped_column(unique=True)


class Skill(Identified, Base):
    """Something that must be learned, such as splicing fibre or working at height."""

    __tablename__ = "skills"

    code: Mapped[str] = mapped_column(unique=True)


class Technician(Identified, Base):
    """A person with a badge and a phone; the day begins and ends at `home_*`.

    `heard_at` is the end of the time on which the phone has reported in full: what was
    done before it and not reported was not done. `import_hash` is what the operator's file
    said last: what has been changed here since is overwritten only by a row that says something new.
    """

    __tablename__ = "technicians"
    __table_args__ = (CheckConstraint("(home_lat IS NULL) = (home_lon IS NULL)", name="home_both_or_neither"),)

    badge: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(info={"personal": True})
    phone: Mapped[str] = mapped_column(info={"personal": True})
    photo: Mapped[str | None] = mapped_column(info={"personal": True})
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractors.id"), index=True)
    home_lat: Mapped[float | None] = mapped_column(info={"personal": True})
    home_lon: Mapped[float | None] = mapped_column(info={"personal": True})
    datum: Mapped[Datum] = mapped_column(default=Datum.WGS84)
    is_active: Mapped[bool] = mapped_column(default=True)
    device_id: Mapped[str | None] = mapped_column(unique=True)
    heard_at: Mapped[datetime | None]
    import_hash: Mapped[str | None]

    skills: Mapped[list[TechnicianSkill]] = relationship(cascade="all, delete-orphan")
    contractor: Mapped[Contractor | None] = relationship()


class TechnicianSkill(Base):
    """A skill at a level, and the last day on which its certificate counts (R22)."""

    __tablename__ = "technician_skills"

    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)
    certified_until_on: Mapped[date | None]

    skill: Mapped[Skill] = relationship(lazy="joined", innerjoin=True)


class Shift(Identified, Base):
    """Working time of one technician on one day for one territory: people are lent.

    The break of `break_s` seconds starts between `break_from_at` and `break_until_at`.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        UniqueConstraint("technician_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="in_order"),
        CheckConstraint("break_s >= 0", name="break_not_negative"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), index=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    day_on: Mapped[date] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    break_s: Mapped[int] = mapped_column(default=0)
    break_from_at: Mapped[datetime | None]
    break_until_at: Mapped[datetime | None]

    technician: Mapped[Technician] = relationship()


class Absence(Identified, Base):
    """Time in which a technician is not there although a shift says so."""

    __tablename__ = "absences"
    __table_args__ = (CheckConstraint("from_at < until_at", name="in_order"),)

    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), index=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reason: Mapped[str]
