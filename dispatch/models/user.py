"""Staff, and what they may do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified
from dispatch.rules.vocabulary import Role

#: whose every case is that has no other owner
DUTY_LOGIN = "duty"


class User(Identified, Base):
    """Somebody who can own a case. Without a password nobody can sign in as them."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(info={"personal": True})
    password_hash: Mapped[str | None]
    language: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    grants: Mapped[list[Grant]] = relationship(cascade="all, delete-orphan")


class Grant(Identified, Base):
    """A role within one territory, within one contractor, or (neither given) everywhere."""

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("user_id", "role", "territory_id", "contractor_id"),
        CheckConstraint("territory_id IS NULL OR contractor_id IS NULL", name="one_scope"),
        CheckConstraint("role <> 'contractor' OR contractor_id IS NOT NULL", name="contractor_named"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role]
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id"))
    contractor_id: Mapped[int | None] = mapped_column(ForeignKey("contractors.id"))
