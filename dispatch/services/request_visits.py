"""Asking for the visits that an order needs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import Order, Premises, Visit, VisitSkill
from dispatch.rules.calendars import Span
from dispatch.rules.events import VisitRequested
from dispatch.rules.visit_needs import VisitNeed, visit_needs
from dispatch.services.record import record
from dispatch.services.register_skill import register_skill


def request_visits(
    session: Session, order: Order, *, now: datetime, by: str, wanted: Span | None = None
) -> list[Visit]:
    """Request the visits of an order, with the skill and the time that each needs (R22).

    A move gets one visit to set up the new place and, if the old one is known, one to
    recover it (R02). `wanted` is the window that the customer asked for; it binds the first
    visit only. `by` is a code, such as `import`.
    """
    taken = session.scalar(select(func.max(Visit.number)).where(Visit.order_id == order.id)) or 0
    needs = visit_needs(order.kind, order.service, old_place_known=order.old_premises_id is not None)
    visits: list[Visit] = []
    for number, need in enumerate(needs, start=taken + 1):
        visit = _visit(session, order, need, number, now, by)
        if wanted and not visits:
            visit.wanted_from_at, visit.wanted_until_at = wanted
        session.add(visit)
        session.flush()
        visits.append(visit)
        record(session, VisitRequested(occurred_at=now, order_id=order.id, visit_id=visit.id), now=now)
    return visits


def _visit(session: Session, order: Order, need: VisitNeed, number: int, now: datetime, by: str) -> Visit:
    premises_id = order.old_premises_id if need.at_old_place else order.premises_id
    premises = session.get_one(Premises, premises_id)
    skill = register_skill(session, need.skill)
    return Visit(
        at=now,
        by=by,
        order_id=order.id,
        number=number,
        purpose=need.purpose,
        premises_id=premises.id,
        territory_id=premises.community.territory_id,
        duration_s=need.duration_s,
        skills=[VisitSkill(skill_id=skill.id, skill=skill, level=need.level)],
    )
