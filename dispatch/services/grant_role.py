"""Give a member of staff a role in a territory, for a contractor or everywhere, and take it away."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, NotFound, Refusal
from dispatch.models import Contractor, Grant, Territory, User
from dispatch.rules.vocabulary import Role


class GrantRefused(InvalidInput):
    """A role that cannot be granted like that; `reason`: `technician`, `two_scopes`, `contractor_missing`."""


class NoSuchPlace(NotFound):
    """The territory or contractor that a grant names is not there."""


class NoSuchGrant(NotFound):
    """The person does not have this grant."""


class LastAdmin(Refusal):
    """Somebody must be left who may manage people everywhere."""


def grant_role(
    session: Session, user: User, role: Role, *, territory_id: int | None = None, contractor_id: int | None = None
) -> Grant:
    """Grant the role; one that the person has already is left as it is. Raises GrantRefused or NoSuchPlace."""
    _check(role, territory_id, contractor_id)
    if territory_id is not None and session.get(Territory, territory_id) is None:
        raise NoSuchPlace("territory")
    if contractor_id is not None and session.get(Contractor, contractor_id) is None:
        raise NoSuchPlace("contractor")
    held = next((grant for grant in user.grants if _scope(grant) == (role, territory_id, contractor_id)), None)
    if held is None:
        held = Grant(role=role, territory_id=territory_id, contractor_id=contractor_id)
        user.grants.append(held)
        session.flush()
    return held


def revoke_grant(session: Session, user: User, grant_id: int) -> Grant:
    """Take one grant away; raises NoSuchGrant or LastAdmin."""
    grant = next((grant for grant in user.grants if grant.id == grant_id), None)
    if grant is None:
        raise NoSuchGrant("grant")
    user.grants.remove(grant)
    check_admin_remains(session)
    return grant


def check_admin_remains(session: Session) -> None:
    """Raise LastAdmin unless somebody who can sign in is left to manage people everywhere."""
    session.flush()
    left = (
        select(User.id)
        .join(Grant)
        .where(
            Grant.role == Role.ADMIN,
            Grant.territory_id.is_(None),
            Grant.contractor_id.is_(None),
            User.is_active,
            User.password_hash.is_not(None),
        )
        .limit(1)
        .with_for_update(of=User)
    )
    if session.scalar(left) is None:
        raise LastAdmin("grant")


def territory_named(session: Session, code: str) -> Territory:
    """The territory of this code; raises NoSuchPlace."""
    found = session.scalar(select(Territory).where(Territory.code == code))
    if found is None:
        raise NoSuchPlace("territory")
    return found


def contractor_named(session: Session, name: str) -> Contractor:
    """The contractor of this name; raises NoSuchPlace."""
    found = session.scalar(select(Contractor).where(Contractor.name == name))
    if found is None:
        raise NoSuchPlace("contractor")
    return found


def _check(role: Role, territory_id: int | None, contractor_id: int | None) -> None:
    if role is Role.TECHNICIAN:
        raise GrantRefused("role", reason="technician")
    if territory_id is not None and contractor_id is not None:
        raise GrantRefused("role", reason="two_scopes")
    if role is Role.CONTRACTOR and contractor_id is None:
        raise GrantRefused("role", reason="contractor_missing")


def _scope(grant: Grant) -> tuple[Role, int | None, int | None]:
    return grant.role, grant.territory_id, grant.contractor_id
