"""Asking for a plan."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, NotFound
from dispatch.models import Plan, Territory
from dispatch.rules.confidence import checked_confidence
from dispatch.rules.events import PlanRequested
from dispatch.services.append_event import append_event
from dispatch.services.schedule_work import schedule_work

PLAN_TERRITORY = "plan_territory"
#: a proposal looks so many days ahead at most
MOST_DAYS = 7


class TooManyDays(InvalidInput):
    """A plan covers a day at least and a week at most."""


def request_plan(
    session: Session,
    territory_id: int,
    from_on: date,
    until_on: date,
    *,
    budget_s: int,
    seed: int,
    confidence_permille: int | None = None,
    request_key: str,
    now: datetime,
    by: str,
) -> Plan:
    """One plan for the territory from `from_on` to `until_on` (both included); its solving is due now.

    The same `request_key` asks for the same plan: a request that comes twice is one
    request, also at the same moment. Windows are to be kept with at least `confidence_permille`
    (950: 95 %), as far as that can be had. Raises TooManyDays, InvalidConfidence, and NotFound for
    an unknown territory.
    """
    days = (until_on - from_on).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise TooManyDays("days", days=days, most=MOST_DAYS)
    if confidence_permille is not None:
        checked_confidence(confidence_permille)
    same = select(Plan).where(Plan.territory_id == territory_id, Plan.request_key == request_key)
    plan = session.scalars(same).first()
    if plan is not None:
        return plan
    if session.get(Territory, territory_id) is None:
        raise NotFound("territory")
    plan = Plan(
        at=now,
        by=by,
        territory_id=territory_id,
        request_key=request_key,
        from_on=from_on,
        until_on=until_on,
        seed=seed,
        budget_s=budget_s,
        confidence_permille=confidence_permille,
    )
    try:
        with session.begin_nested():
            session.add(plan)
    except IntegrityError:  # somebody else has just asked for it
        return session.scalars(same).one()
    fact = PlanRequested(occurred_at=now, plan_id=plan.id, territory_id=territory_id)
    append_event(session, fact, now=now)
    schedule_work(session, PLAN_TERRITORY, plan.id, now)
    return plan
