"""Members of staff, their grants and sign-ins, as far as the asker manages them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from dispatch.models import Contractor, Grant, SignIn, Technician, Territory, User
from dispatch.rules.access import Scope
from dispatch.rules.vocabulary import Role

#: technicians' phones shown at once
MOST_PHONES = 200
EVERYWHERE = Scope(everywhere=True)


@dataclass(frozen=True)
class GrantHeld:
    """One grant: the role, and the territory (its code) or contractor that bounds it."""

    id: int
    role: Role
    territory_id: int | None
    territory: str | None
    contractor_id: int | None
    contractor: str | None


@dataclass(frozen=True)
class SignInSeen:
    """One sign-in that stands (machine clock)."""

    id: int
    signed_in_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Person:
    """One member of staff; `signed_in` counts the sign-ins that stand."""

    user_id: int
    login: str
    name: str = field(repr=False)
    is_active: bool
    has_password: bool
    grants: tuple[GrantHeld, ...]
    signed_in: int


@dataclass(frozen=True)
class PhoneSignedIn:
    """One technician's phone that is signed in."""

    sign_in: SignInSeen
    technician_id: int
    badge: str
    name: str = field(repr=False)


@dataclass(frozen=True)
class Places:
    """What a grant may be bounded by: id and name of territories and contractors."""

    territories: tuple[tuple[int, str], ...]
    contractors: tuple[tuple[int, str], ...]


def is_managed(person: Person, scope: Scope) -> bool:
    """Whether all that a person may do lies within `scope`: who may do more is managed by somebody with more."""
    return scope.everywhere or all(is_grant_managed(grant, scope) for grant in person.grants)


def is_grant_managed(grant: GrantHeld, scope: Scope) -> bool:
    """Whether one grant lies within `scope`."""
    return covers_grant(scope, grant.territory_id, grant.contractor_id)


def covers_grant(scope: Scope, territory_id: int | None, contractor_id: int | None) -> bool:
    """Whether a grant with these bounds lies within `scope`; one without bounds lies in everywhere only."""
    if scope.everywhere:
        return True
    return (territory_id is not None and territory_id in scope.territory_ids) or (
        contractor_id is not None and contractor_id in scope.contractor_ids
    )


def people(session: Session, scope: Scope, *, machine_now: datetime) -> list[Person]:
    """Everybody whom `scope` lets the asker manage, by login."""
    rows = session.scalars(select(User).options(selectinload(User.grants)).order_by(User.login)).all()
    found = _persons(session, rows, machine_now)
    return [person for person in found if is_managed(person, scope)]


def person(session: Session, user_id: int, scope: Scope, *, machine_now: datetime) -> Person | None:
    """One member of staff; None for somebody whom `scope` does not let the asker manage."""
    row = session.get(User, user_id)
    if row is None:
        return None
    found = _persons(session, [row], machine_now)[0]
    return found if is_managed(found, scope) else None


def user_named(session: Session, login: str) -> int | None:
    """The id of the member of staff with this login."""
    return session.scalar(select(User.id).where(User.login == login.strip().lower()))


def somebody_can_sign_in(session: Session) -> bool:
    """Whether there is an account that holds a role and is not deactivated."""
    statement = (
        select(User.id).join(Grant, Grant.user_id == User.id).where(User.is_active, User.password_hash.is_not(None))
    )
    return session.scalars(statement.limit(1)).first() is not None


def sign_ins_of(session: Session, user_id: int, *, machine_now: datetime) -> list[SignInSeen]:
    """The sign-ins of one person that stand, the one used last first."""
    statement = (
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None), SignIn.expires_at > machine_now)
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [_seen(row) for row in session.scalars(statement)]


def phones_signed_in(
    session: Session, scope: Scope, *, sign_in_id: int | None = None, machine_now: datetime
) -> list[PhoneSignedIn]:
    """Technicians' phones that are signed in (or this one), the one used last first, at most `MOST_PHONES`."""
    statement = (
        select(SignIn, Technician)
        .join(Technician, Technician.id == SignIn.technician_id)
        .where(SignIn.revoked_at.is_(None), SignIn.expires_at > machine_now)
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    if sign_in_id is not None:
        statement = statement.where(SignIn.id == sign_in_id)
    if not scope.everywhere:
        statement = statement.where(
            Technician.territory_id.in_(scope.territory_ids) | Technician.contractor_id.in_(scope.contractor_ids)
        )
    return [
        PhoneSignedIn(_seen(row), technician.id, technician.badge, technician.name)
        for row, technician in session.execute(statement.limit(MOST_PHONES))
    ]


def places_to_grant(session: Session, scope: Scope) -> Places:
    """The territories and contractors within which the asker may grant roles."""
    territories = session.execute(select(Territory.id, Territory.name).order_by(Territory.name))
    contractors = session.execute(select(Contractor.id, Contractor.name).order_by(Contractor.name))
    return Places(
        territories=tuple((id_, name) for id_, name in territories if covers_grant(scope, id_, None)),
        contractors=tuple((id_, name) for id_, name in contractors if covers_grant(scope, None, id_)),
    )


def _persons(session: Session, rows: Sequence[User], machine_now: datetime) -> list[Person]:
    counted = (
        select(SignIn.user_id, func.count())
        .where(SignIn.user_id.in_([row.id for row in rows]))
        .where(SignIn.revoked_at.is_(None), SignIn.expires_at > machine_now)
        .group_by(SignIn.user_id)
    )
    signed_in = dict(session.execute(counted).all())
    territories = dict(session.execute(select(Territory.id, Territory.code)).all())
    contractors = dict(session.execute(select(Contractor.id, Contractor.name)).all())
    return [
        Person(
            user_id=row.id,
            login=row.login,
            name=row.name,
            is_active=row.is_active,
            has_password=row.password_hash is not None,
            grants=tuple(_held(grant, territories, contractors) for grant in sorted(row.grants, key=lambda g: g.id)),
            signed_in=signed_in.get(row.id, 0),
        )
        for row in rows
    ]


def _held(grant: Grant, territories: dict[int, str], contractors: dict[int, str]) -> GrantHeld:
    return GrantHeld(
        id=grant.id,
        role=grant.role,
        territory_id=grant.territory_id,
        territory=None if grant.territory_id is None else territories[grant.territory_id],
        contractor_id=grant.contractor_id,
        contractor=None if grant.contractor_id is None else contractors[grant.contractor_id],
    )


def _seen(row: SignIn) -> SignInSeen:
    return SignInSeen(row.id, row.signed_in_at, row.seen_at, row.expires_at)
