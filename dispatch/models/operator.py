"""The operator: one row of decisions that hold for the whole installation."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified, Json


class Operator(Base):
    """Who runs this installation, where, and under which preset it was set up.

    `weekdays` are the working days as digits (0 is Monday: "01234"); `country` (ISO 3166-1) chooses the
    public holidays, which `HolidayOverride` corrects. `signatures` are the operator's name at
    the head of an SMS, by language; `name` serves where there is none.
    """

    __tablename__ = "operators"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    phone_region: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    language: Mapped[str]
    preset: Mapped[str]
    weekdays: Mapped[str]
    signatures: Mapped[Json] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class HolidayOverride(Identified, Base):
    """A day that is a working day, or a holiday, whatever the calendar of the country says."""

    __tablename__ = "holiday_overrides"
    __table_args__ = (UniqueConstraint("day_on"),)

    day_on: Mapped[date]
    is_working: Mapped[bool]


class BusinessClock(Base):
    """The clock that promises run on, shared by all processes.

    `business = epoch_business_at + (machine - epoch_machine_at) * rate_permille / 1000`.
    Without a row, business time is machine time.
    """

    __tablename__ = "business_clocks"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("rate_permille >= 0", name="never_backwards"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    epoch_machine_at: Mapped[datetime]
    epoch_business_at: Mapped[datetime]
    rate_permille: Mapped[int]
