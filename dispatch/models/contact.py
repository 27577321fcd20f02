"""The people of an order in their roles (R28)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified
from dispatch.rules.vocabulary import Channel, ContactRole


class Contact(Identified, Base):
    """Somebody to tell: name, phone (E.164), language, and how they want to be reached.

    Only the subscriber withdraws or changes the service; site messages go to the person
    at the site, else to the substitute, else to the subscriber.
    """

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("order_id", "role"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    role: Mapped[ContactRole]
    name: Mapped[str] = mapped_column(info={"personal": True})
    phone: Mapped[str] = mapped_column(index=True, info={"personal": True})
    is_landline: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str]
    channel: Mapped[Channel] = mapped_column(default=Channel.SMS)
    consented_at: Mapped[datetime | None]
    redacted_at: Mapped[datetime | None]
