"""Cases: a question, complaint or exception that one person owns (R40 to R48)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Moves
from dispatch.models.user import User
from dispatch.rules.lifecycles import CASE, CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel


class Case(Moves, Identified, Base):
    """One owner and one visible next step, always (R42)."""

    __tablename__ = "cases"
    __table_args__ = (CheckConstraint("contacts >= 0", name="contacts_counted"),)
    lifecycle = CASE

    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[CaseKind]
    status: Mapped[CaseStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    #: the promise that a dispute is about; without a foreign key, since promises point at cases
    promise_id: Mapped[int | None] = mapped_column(index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    channel: Mapped[Channel]
    opened_at: Mapped[datetime]
    next_step: Mapped[str]
    waiting_for: Mapped[str | None]
    #: the customer's contacts about it, unanswered ones too; the third raises an alarm (R48)
    contacts: Mapped[int] = mapped_column(default=1)
    hand_overs: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    owner: Mapped[User] = relationship()
    remarks: Mapped[list[CaseRemark]] = relationship(order_by="CaseRemark.id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's form


class CaseRemark(Identified, Base):
    """What was said in a case, by whom."""

    __tablename__ = "case_remarks"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    said_at: Mapped[datetime]
    said_by: Mapped[str]
    text: Mapped[str] = mapped_column(info={"personal": True})
