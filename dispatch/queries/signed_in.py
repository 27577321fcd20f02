"""Who is signed in: the person behind a token, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Grant, SignIn, Technician, User
from dispatch.rules.access import Held, Permission, Scope, permissions_of, scope_of
from dispatch.rules.sign_in_limits import hash_token


@dataclass(frozen=True)
class Staff:
    """A member of staff who is signed in; `seen_at` (machine clock) may be a few minutes old."""

    sign_in_id: int
    user_id: int
    login: str
    name: str = field(repr=False)
    grants: tuple[Held, ...]
    seen_at: datetime

    @property
    def actor(self) -> str:
        """Who does it, as facts and the audit name somebody."""
        return f"user:{self.user_id}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything that this person may do somewhere."""
        return permissions_of(self.grants)

    def may(self, permission: Permission) -> bool:
        """Whether this person may do it somewhere."""
        return permission in self.permissions

    def scope(self, permission: Permission) -> Scope:
        """Where this person may do it."""
        return scope_of(self.grants, permission)


@dataclass(frozen=True)
class SignedInTechnician:
    """A technician who is signed in by phone."""

    sign_in_id: int
    technician_id: int
    name: str = field(repr=False)
    territory_id: int
    seen_at: datetime

    @property
    def actor(self) -> str:
        """Who does it, as facts and the audit name somebody."""
        return f"technician:{self.technician_id}"


def staff_behind(session: Session, token: str, *, machine_now: datetime) -> Staff | None:
    """The member of staff whose token this is; None if it is nobody's, over, or revoked."""
    statement = (
        select(SignIn.id, SignIn.seen_at, User.id, User.login, User.name)
        .join(User, User.id == SignIn.user_id)
        .where(
            SignIn.token_hash == hash_token(token),
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > machine_now,
            User.is_active,
        )
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        return None
    sign_in_id, seen_at, user_id, login, name = found
    return Staff(sign_in_id, user_id, login, name, grants_of(session, user_id), seen_at)


def technician_behind(session: Session, token: str, *, machine_now: datetime) -> SignedInTechnician | None:
    """The technician whose token this is; None if it is nobody's, over, or revoked."""
    statement = (
        select(SignIn.id, SignIn.seen_at, Technician.id, Technician.name, Technician.territory_id)
        .join(Technician, Technician.id == SignIn.technician_id)
        .where(
            SignIn.token_hash == hash_token(token),
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > machine_now,
            Technician.is_active,
        )
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        return None
    sign_in_id, seen_at, technician_id, name, territory_id = found
    return SignedInTechnician(sign_in_id, technician_id, name, territory_id, seen_at)


def grants_of(session: Session, user_id: int) -> tuple[Held, ...]:
    """What this user was granted, in the order of granting."""
    rows = session.scalars(select(Grant).where(Grant.user_id == user_id).order_by(Grant.id))
    return tuple(Held(row.role, row.territory_id, row.contractor_id) for row in rows)
