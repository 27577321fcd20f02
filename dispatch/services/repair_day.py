"""Asking for a repair of the day that was upset: one for everything that was reported in a territory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import Disruption, Plan, Shift, Territory
from dispatch.models.plan import REPAIR_KEY
from dispatch.rules.lifecycles import DisruptionStatus, PlanStatus
from dispatch.services.request_plan import MOST_DAYS, request_plan

#: who repairs where nobody has to decide
BY_RULE = "rule:repair"
#: a repair starts from the routes as they are and is needed at once: so long it is looked for, in seconds
REPAIR_BUDGET_S = 1
#: so often a repair is made before somebody decides, and each searches so many times as long as the one before
ROUNDS, LONGER = 3, 3
_IN_PROGRESS = (PlanStatus.REQUESTED, PlanStatus.SOLVING, PlanStatus.DRAFT)


def repair_day(session: Session, territory_id: int, *, budget_s: int = REPAIR_BUDGET_S, now: datetime) -> Plan | None:
    """Ask for one plan of what is left of the territory's day; the disruptions reported so far are its.

    They join a repair that nobody has begun to solve. While one is being solved or judged
    they wait: once it is settled, this is done again. None if there is nothing to do now.
    """
    session.get_one(Territory, territory_id, with_for_update={"key_share": True})
    reported = _of(session, territory_id, DisruptionStatus.REPORTED)
    if not reported:
        return None
    plan = _in_progress(session, territory_id)
    if plan is None:
        plan = ask_for_repair(session, reported, budget_s=budget_s, now=now)
    elif plan.status is not PlanStatus.REQUESTED:
        return None
    for disruption in reported:
        disruption.plan_id = plan.id
        disruption.move_to(DisruptionStatus.REPAIRING, at=now, by=BY_RULE)
    return plan


def ask_for_repair(session: Session, disruptions: Sequence[Disruption], *, budget_s: int, now: datetime) -> Plan:
    """A plan of the days that the disruptions upset; each round of a repair is another request.

    The first searches for `budget_s`, the others elsewhere and for longer: a busy machine, or a
    large day, may need more time than is given to an answer that is wanted at once.
    """
    first = disruptions[0]
    begun = f"{REPAIR_KEY}{first.id}:"
    same = (Plan.territory_id == first.territory_id, Plan.request_key.startswith(begun))
    rounds = session.scalar(select(func.count()).select_from(Plan).where(*same)) or 0
    from_on, until_on = _days(session, disruptions, now)
    return request_plan(
        session,
        first.territory_id,
        from_on,
        until_on,
        budget_s=budget_s * LONGER ** min(rounds, ROUNDS - 1),
        seed=rounds,
        request_key=f"{begun}{rounds + 1}",
        now=now,
        by=BY_RULE,
    )


def _of(session: Session, territory_id: int, status: DisruptionStatus) -> Sequence[Disruption]:
    statement = select(Disruption).where(Disruption.territory_id == territory_id, Disruption.status == status)
    return session.scalars(statement.order_by(Disruption.id).with_for_update()).all()


def _in_progress(session: Session, territory_id: int) -> Plan | None:
    """The repair that is under way; whoever solves it cannot begin meanwhile."""
    of_repairs = select(Disruption.plan_id).where(
        Disruption.territory_id == territory_id, Disruption.status == DisruptionStatus.REPAIRING
    )
    statement = select(Plan).where(Plan.id.in_(of_repairs), Plan.status.in_(_IN_PROGRESS)).order_by(Plan.id.desc())
    return session.scalars(statement.limit(1).with_for_update()).first()


def _days(session: Session, disruptions: Sequence[Disruption], now: datetime) -> tuple[date, date]:
    """From the day of the shifts that run now to the last that is upset; the next one where today's shifts are over."""
    territory_id = disruptions[0].territory_id
    zone = session.get_one(Territory, territory_id).zone
    today = now.astimezone(zone).date()
    ahead = select(Shift.day_on).where(
        Shift.territory_id == territory_id, Shift.ends_at > now, Shift.starts_at < now + timedelta(days=1)
    )
    working = session.scalars(ahead.order_by(Shift.day_on).limit(1)).first()
    from_on = today if working is None else min(today, working)
    lost = [one.until_at for one in disruptions if one.until_at is not None]
    upset = [(until_at - timedelta(seconds=1)).astimezone(zone).date() for until_at in lost]
    until_on = max([today if working is None else working, *upset])
    return from_on, min(until_on, from_on + timedelta(days=MOST_DAYS - 1))
