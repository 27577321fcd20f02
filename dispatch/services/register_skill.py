"""Finding a skill by its code, or adding it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Skill
from dispatch.upsert import insert_or_update


def register_skill(session: Session, code: str) -> Skill:
    """The skill with this code; there is one from now on."""
    statement = select(Skill).where(Skill.code == code)
    found = session.scalars(statement).one_or_none()
    if found is not None:
        return found
    insert_or_update(session, Skill, {"code": code}, unique=("code",))
    return session.scalars(statement).one()
