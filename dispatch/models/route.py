"""A technician's day: the only truth of who goes where and when."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified
from dispatch.models.technician import Shift
from dispatch.models.visit import Visit


class TerritoryDay(Identified, Base):
    """The lock and the version of one territory on one day: whoever changes routes takes it first."""

    __tablename__ = "territory_days"
    __table_args__ = (UniqueConstraint("territory_id", "day_on"),)

    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    day_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=0)


class Route(Identified, Base):
    """The stops of one shift, in driving order; every change makes a new version."""

    __tablename__ = "routes"

    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"), unique=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), index=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id"), index=True)
    day_on: Mapped[date] = mapped_column(index=True)
    #: seconds of travel back to where the day ends, after the last stop
    return_travel_s: Mapped[int] = mapped_column(default=0)
    break_start_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    shift: Mapped[Shift] = relationship()
    stops: Mapped[list[Stop]] = relationship(
        back_populates="route", order_by="Stop.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's form


class Stop(Identified, Base):
    """One technician's attendance of one visit, with planned times.

    `attendance` counts the technicians of a visit from 1. A tentative stop holds a place
    for a customer who is choosing; a pinned one stays where it is, whoever plans. Service
    starts at most `late_s` after `start_at` as surely as its plan was asked to keep windows;
    None if nobody asked.
    """

    __tablename__ = "stops"
    __table_args__ = (
        UniqueConstraint("route_id", "position"),
        UniqueConstraint("visit_id", "attendance"),
        CheckConstraint("arrive_at <= start_at AND start_at <= finish_at", name="times_in_order"),
        CheckConstraint("travel_s >= 0", name="travel_not_negative"),
        CheckConstraint("position >= 1", name="position_counts_from_one"),
        CheckConstraint("late_s >= 0", name="late_not_negative"),
    )

    route_id: Mapped[int] = mapped_column(ForeignKey("routes.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    attendance: Mapped[int] = mapped_column(default=1)
    position: Mapped[int]
    arrive_at: Mapped[datetime]
    start_at: Mapped[datetime]
    finish_at: Mapped[datetime]
    travel_s: Mapped[int]
    late_s: Mapped[int | None]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    is_tentative: Mapped[bool] = mapped_column(default=False)

    route: Mapped[Route] = relationship(back_populates="stops")
    visit: Mapped[Visit] = relationship()


class Eta(Base):
    """A prediction for a visit, never shown as a promise: the latest only."""

    __tablename__ = "etas"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    arrive_at: Mapped[datetime]
    computed_at: Mapped[datetime]
