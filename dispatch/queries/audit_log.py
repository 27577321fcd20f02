"""Who did what by hand, and who was refused: the audit, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import AuditEntry, Technician, User
from dispatch.queries.people import people
from dispatch.rules.access import Scope

PAGE = 100


@dataclass(frozen=True)
class AuditQuestion:
    """What is looked for: by whom (a login, or an actor such as `technician:3`), which action, refusals only."""

    who: str = ""
    action: str = ""
    refused_only: bool = False
    before_id: int | None = None


@dataclass(frozen=True)
class Audited:
    """One entry; `who` is a login, `technician <badge>`, or the actor's code where nobody is behind it."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str | None
    was_allowed: bool


@dataclass(frozen=True)
class AuditPage:
    """Some entries, and the id before which the next page begins (None: there is none)."""

    entries: tuple[Audited, ...]
    next_before_id: int | None


def audit_log(session: Session, scope: Scope, asked: AuditQuestion, *, machine_now: datetime) -> AuditPage:
    """One page of the audit: everything for `scope` everywhere, else what the people did whom it lets one manage."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(PAGE + 1)
    if not scope.everywhere:
        managed = [f"user:{one.user_id}" for one in people(session, scope, machine_now=machine_now) if one.grants]
        statement = statement.where(AuditEntry.actor.in_(managed))
    if asked.who:
        statement = statement.where(AuditEntry.actor == _actor(session, asked.who))
    if asked.action:
        statement = statement.where(AuditEntry.action == asked.action)
    if asked.refused_only:
        statement = statement.where(AuditEntry.was_allowed.is_(False))
    if asked.before_id is not None:
        statement = statement.where(AuditEntry.id < asked.before_id)
    rows = session.scalars(statement).all()
    shown = rows[:PAGE]
    names = _names(session, {row.actor for row in shown})
    return AuditPage(
        entries=tuple(
            Audited(row.id, row.at, names.get(row.actor, row.actor), row.action, row.subject, row.was_allowed)
            for row in shown
        ),
        next_before_id=shown[-1].id if len(rows) > PAGE else None,
    )


def audited_actions(session: Session) -> list[str]:
    """Every action that was ever audited, for the filter."""
    return list(session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def _actor(session: Session, who: str) -> str:
    user_id = session.scalar(select(User.id).where(User.login == who.strip().lower()))
    if user_id is not None:
        return f"user:{user_id}"
    technician_id = session.scalar(select(Technician.id).where(Technician.badge == who.strip()))
    return who.strip() if technician_id is None else f"technician:{technician_id}"


def _names(session: Session, actors: set[str]) -> dict[str, str]:
    users = _ids(actors, "user")
    technicians = _ids(actors, "technician")
    logins = session.execute(select(User.id, User.login).where(User.id.in_(users)))
    badges = session.execute(select(Technician.id, Technician.badge).where(Technician.id.in_(technicians)))
    return {f"user:{id_}": login for id_, login in logins} | {f"technician:{id_}": badge for id_, badge in badges}


def _ids(actors: set[str], kind: str) -> list[int]:
    named = [actor.partition(":") for actor in actors]
    return [int(number) for name, _, number in named if name == kind and number.isdecimal()]
