"""What customers write to us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Json
from dispatch.models.message import Conversation


class InboundMessage(Identified, Base):
    """One message from a handset, stored before it is understood, once for each provider id.

    `received_at` is business time; `meaning` (a code) and `handled_at` say what was made of
    it. `asked` is the question that was open when it came (`notifications/questions.py`),
    whatever was asked since; the order and visit are those that the answer was about.
    """

    __tablename__ = "inbound_messages"
    __table_args__ = (
        UniqueConstraint("gateway", "provider_id"),
        Index("ix_inbound_messages_conversation_id_handled_at", "conversation_id", "handled_at"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    gateway: Mapped[str]
    provider_id: Mapped[str]
    received_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(info={"personal": True})
    asked: Mapped[Json] = mapped_column(default=dict)
    meaning: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)

    conversation: Mapped[Conversation] = relationship()
