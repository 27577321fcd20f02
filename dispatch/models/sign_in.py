"""Who is signed in, and what they did (machine clock)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.models.base import Base, Identified


class SignIn(Identified, Base):
    """One session of a member of staff or a technician; only a hash of its token is kept."""

    __tablename__ = "sign_ins"
    __table_args__ = (CheckConstraint("(user_id IS NULL) <> (technician_id IS NULL)", name="one_person"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technicians.id"), index=True)
    signed_in_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]


class SignInCode(Base):
    """The one-time code that a technician was sent; only a hash of it is kept."""

    __tablename__ = "sign_in_codes"

    technician_id: Mapped[int] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    code_hash: Mapped[str]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AuditEntry(Identified, Base):
    """Something that somebody did by hand, or was refused: who, what, to which thing, when (machine clock).

    `actor` is `user:7`, `technician:3` or `nobody`; `subject` a code such as `plan:12`.
    """

    __tablename__ = "audit_entries"

    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str | None] = mapped_column(index=True)
    was_allowed: Mapped[bool] = mapped_column(default=True)
