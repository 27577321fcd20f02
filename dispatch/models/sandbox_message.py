"""What the sandbox, a provider that sends nothing, has taken."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified


class SandboxMessage(Identified, Base):
    """One message that the sandbox has accepted: it could be read on the handset.

    `our_id` is the id that we gave; the sandbox takes a repeat like any provider would.
    """

    __tablename__ = "sandbox_messages"

    our_id: Mapped[int] = mapped_column(index=True)
    handset: Mapped[str] = mapped_column(index=True, info={"personal": True})
    signature: Mapped[str]
    text: Mapped[str] = mapped_column(info={"personal": True})
    template: Mapped[str]
    accepted_at: Mapped[datetime]
