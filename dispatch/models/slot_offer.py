"""Windows on offer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified, Moves
from dispatch.rules.lifecycles import SLOT_OFFER, SlotOfferStatus
from dispatch.rules.vocabulary import Channel


class SlotOffer(Moves, Identified, Base):
    """A window shown to a customer; choosing it holds one place until `expires_at` (machine clock)."""

    __tablename__ = "slot_offers"
    __table_args__ = (
        CheckConstraint("from_at < until_at", name="window_in_order"),
        Index(
            "uq_slot_offers_one_hold_an_order",
            "order_id",
            unique=True,
            sqlite_where=text("status = 'held'"),
            postgresql_where=text("status = 'held'"),
        ),
        Index("ix_slot_offers_status_expires_at", "status", "expires_at"),
    )
    lifecycle = SLOT_OFFER

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    channel: Mapped[Channel]
    cost_s: Mapped[int]
    status: Mapped[SlotOfferStatus]
    status_reason: Mapped[str | None]
    expires_at: Mapped[datetime]
