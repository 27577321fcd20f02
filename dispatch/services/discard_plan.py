"""Giving up plans that nobody wants any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Plan
from dispatch.rules.events import PlanDiscarded
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.append_event import append_event
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.schedule_work import schedule_work

UNWANTED = "unwanted"
SUPERSEDED = "superseded"


def discard_plan(session: Session, plan_id: int, *, now: datetime, by: str, reason: str = UNWANTED) -> Plan:
    """Give up a plan that is not published yet; if it is being solved, nobody will see what comes of it.

    Raises NotFound, and MoveRefused where it is over already. `reason` is a code.
    """
    plan = session.get(Plan, plan_id, with_for_update=True)
    if plan is None:
        raise NotFound("plan")
    plan.move_to(PlanStatus.DISCARDED, at=now, by=by, reason=reason)
    schedule_work(session, PLAN_TERRITORY, plan.id, None)
    fact = PlanDiscarded(occurred_at=now, plan_id=plan.id, territory_id=plan.territory_id, reason=reason)
    append_event(session, fact, now=now)
    return plan


def discard_superseded(session: Session, published: Plan, *, now: datetime, by: str) -> None:
    """Give up the older drafts for any of the days of a plan that has been published."""
    older = (
        select(Plan.id)
        .where(Plan.territory_id == published.territory_id, Plan.id < published.id, Plan.status == PlanStatus.DRAFT)
        .where(Plan.from_on <= published.until_on, Plan.until_on >= published.from_on)
        .order_by(Plan.id)
    )
    for plan_id in session.scalars(older).all():
        discard_plan(session, plan_id, now=now, by=by, reason=SUPERSEDED)
