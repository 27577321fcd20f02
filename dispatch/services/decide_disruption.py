"""Deciding what no rule may decide: publish the repair all the same, or leave the routes as they are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import NotFound, Refusal
from dispatch.models import Disruption, Plan, Territory
from dispatch.rules.lifecycles import DisruptionStatus, PlanStatus
from dispatch.rules.repair_ends import LEFT_AS_IT_IS, PUBLISHED_BY_DECISION
from dispatch.services.discard_plan import discard_plan
from dispatch.services.end_disruption import settle_disruptions
from dispatch.services.publish_plan import NotADraft, PlanHasFaults, PlanIsOver, PlanWouldLose, publish_plan
from dispatch.services.repair_day import REPAIR_BUDGET_S, ask_for_repair
from dispatch.travel_memory import RememberedTravel


class NothingToDecide(Refusal):
    """The disruption is settled, or its repair is still being made."""


def decide_disruption(
    database: Database,
    disruption_id: int,
    *,
    publish: bool,
    budget_s: int = REPAIR_BUDGET_S,
    now: datetime,
    by: str,
    travel: RememberedTravel,
) -> DisruptionStatus:
    """Publish the repair although it takes something from somebody, or leave the routes; what the disruption is then.

    All disruptions that the same repair was made for are decided together. A repair that has
    been overtaken by events is asked for anew, and is *repairing* again; whatever it would
    take away is decided anew too. Raises NotFound and NothingToDecide, and what
    `publish_plan` raises when the routes move on too fast.
    """
    plan_id = run_use_case(database, lambda session: _plan_of(session, disruption_id))
    if not publish:
        run_use_case(database, lambda session: _leave(session, disruption_id, now, by))
    elif plan_id is None or not _published(database, plan_id, now, by, travel):
        run_use_case(database, lambda session: _again(session, disruption_id, budget_s, now, by))
    else:
        run_use_case(database, lambda session: _end(session, disruption_id, PUBLISHED_BY_DECISION, now, by))
    with database.read_session() as session:
        return session.get_one(Disruption, disruption_id).status


def _plan_of(session: Session, disruption_id: int) -> int | None:
    """The repair there is to decide about, if it can still be published."""
    disruption = _undecided(session, disruption_id)[0]
    plan = None if disruption.plan_id is None else session.get_one(Plan, disruption.plan_id)
    return plan.id if plan is not None and plan.status in (PlanStatus.DRAFT, PlanStatus.PUBLISHED) else None


def _published(database: Database, plan_id: int, now: datetime, by: str, travel: RememberedTravel) -> bool:
    """Publish the repair; false if it has become useless, or would take more than whoever decides has seen.

    One that was published, and not written down so, is.
    """
    with database.read_session() as session:
        seen = [lost["visit_id"] for lost in session.get_one(Plan, plan_id).summary.get("lost", ())]
    with suppress(PlanIsOver, PlanHasFaults, PlanWouldLose, NotADraft):
        publish_plan(database, plan_id, now=now, by=by, travel=travel, may_lose=seen)
    with database.read_session() as session:
        return session.get_one(Plan, plan_id).status is PlanStatus.PUBLISHED


def _leave(session: Session, disruption_id: int, now: datetime, by: str) -> None:
    disruptions = _undecided(session, disruption_id)
    plan_id = disruptions[0].plan_id
    plan = None if plan_id is None else session.get_one(Plan, plan_id, with_for_update=True)
    settle_disruptions(session, disruptions, LEFT_AS_IT_IS, now=now, by=by)
    if plan is not None and plan.status is PlanStatus.DRAFT:
        discard_plan(session, plan.id, now=now, by=by)


def _end(session: Session, disruption_id: int, reason: str, now: datetime, by: str) -> None:
    settle_disruptions(session, _undecided(session, disruption_id), reason, now=now, by=by)


def _again(session: Session, disruption_id: int, budget_s: int, now: datetime, by: str) -> None:
    disruptions = _undecided(session, disruption_id)
    plan = ask_for_repair(session, disruptions, budget_s=budget_s, now=now)
    for disruption in disruptions:
        disruption.plan_id = plan.id
        disruption.move_to(DisruptionStatus.REPAIRING, at=now, by=by)


def _undecided(session: Session, disruption_id: int) -> Sequence[Disruption]:
    """The disruption, first, and the others of the same repair; raises NotFound, NothingToDecide."""
    disruption = session.get(Disruption, disruption_id)
    if disruption is None:
        raise NotFound("disruption")
    session.get_one(Territory, disruption.territory_id, with_for_update={"key_share": True})
    same = Disruption.id == disruption_id
    if disruption.plan_id is not None:
        same = same | (Disruption.plan_id == disruption.plan_id)
    statement = select(Disruption).where(same, Disruption.status == DisruptionStatus.UNDECIDED)
    statement = statement.order_by(Disruption.id != disruption_id, Disruption.id)
    rows = session.scalars(statement.with_for_update().execution_options(populate_existing=True)).all()
    if not rows or rows[0].id != disruption_id:
        raise NothingToDecide("disruption", disruption=disruption_id, disruption_status=disruption.status)
    return rows
