"""Work that could not be done is done by another visit (R41)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import Skill, Visit, VisitSkill
from dispatch.queries.next_visit import next_visit
from dispatch.rules.events import VisitRequested
from dispatch.rules.visit_needs import LEVEL
from dispatch.services.record import record


def request_next_visit(
    session: Session,
    visit: Visit,
    *,
    skills: Collection[str] = (),
    release_at: datetime | None = None,
    now: datetime,
    by: str,
) -> Visit:
    """Ask for a visit with the same purpose at the same place; one that is to come already stands.

    It needs what this one needed, and those `skills` besides that anybody can have; it is
    not planned before `release_at`. The caller holds the order.
    """
    standing = next_visit(session, visit)
    if standing is not None:
        return standing
    taken = session.scalar(select(func.max(Visit.number)).where(Visit.order_id == visit.order_id)) or 0
    needed = {one.skill_id: VisitSkill(skill_id=one.skill_id, skill=one.skill, level=one.level) for one in visit.skills}
    for skill in session.scalars(select(Skill).where(Skill.code.in_(skills)).order_by(Skill.id)):
        needed.setdefault(skill.id, VisitSkill(skill_id=skill.id, skill=skill, level=LEVEL))
    following = Visit(
        at=now,
        by=by,
        order_id=visit.order_id,
        number=taken + 1,
        purpose=visit.purpose,
        premises_id=visit.premises_id,
        territory_id=visit.territory_id,
        duration_s=visit.duration_s,
        release_at=release_at,
        skills=list(needed.values()),
    )
    session.add(following)
    session.flush()
    record(session, VisitRequested(occurred_at=now, order_id=visit.order_id, visit_id=following.id), now=now)
    return following
