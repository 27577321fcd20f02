"""A credit for a broken promise (R36)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Moves
from dispatch.models.promise import Promise
from dispatch.rules.lifecycles import COMPENSATION, CompensationStatus
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import BreakCause


class Compensation(Moves, Identified, Base):
    """One step of the scale: the whole amount, or that of one day begun. No step twice."""

    __tablename__ = "compensations"
    __table_args__ = (
        UniqueConstraint("promise_id", "step"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )
    lifecycle = COMPENSATION

    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), index=True)
    step: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    cause: Mapped[BreakCause]
    status: Mapped[CompensationStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]

    promise: Mapped[Promise] = relationship()

    @property
    def amount(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount_minor, self.currency)
