"""How a disruption ends: settled, or left to somebody who owns the decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from dispatch.models import Case, Disruption, Territory, Visit
from dispatch.rules.events import CaseResolved, DisruptionSettled, DisruptionUndecided
from dispatch.rules.lifecycles import CaseStatus, DisruptionStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.append_event import append_event
from dispatch.services.open_case import open_case
from dispatch.services.record import record
from dispatch.services.report_disruption import REPAIR_DAY
from dispatch.services.schedule_work import schedule_work

#: the next step of a case about a disruption
DECIDE_REPAIR = "decide_repair"
#: who opens such a case
_RULE = "rule:repair"


def waiting_for(plan_id: int) -> Select[Disruption]:
    """The disruptions that the plan is to repair."""
    statement = select(Disruption).where(Disruption.plan_id == plan_id, Disruption.status == DisruptionStatus.REPAIRING)
    return statement.order_by(Disruption.id)


def repairing(session: Session, plan_id: int) -> Sequence[Disruption]:
    """The disruptions that wait for the plan, locked with their territory; none if somebody was faster."""
    territories = select(Disruption.territory_id).where(Disruption.plan_id == plan_id).limit(1)
    territory_id = session.scalars(territories).first()
    if territory_id is None:
        return ()
    session.get_one(Territory, territory_id, with_for_update={"key_share": True})
    statement = waiting_for(plan_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).all()


def settle_disruptions(
    session: Session, disruptions: Sequence[Disruption], reason: str, *, now: datetime, by: str
) -> None:
    """They upset nothing any more, for the `reason`; a case about them is resolved, what came meanwhile is repaired."""
    for disruption in disruptions:
        disruption.move_to(DisruptionStatus.SETTLED, at=now, by=by, reason=reason)
        fact = DisruptionSettled(
            occurred_at=now,
            disruption_id=disruption.id,
            territory_id=disruption.territory_id,
            reason=reason,
            plan_id=disruption.plan_id,
        )
        append_event(session, fact, now=now)
    for case_id in sorted({one.case_id for one in disruptions if one.case_id is not None}):
        _resolve(session, case_id, now, by)
    repair_the_rest(session, disruptions, now=now)


def leave_undecided(session: Session, disruptions: Sequence[Disruption], reason: str, *, now: datetime) -> None:
    """A person decides: one case for all that the same repair was to settle, owned by the duty desk (R42)."""
    if not disruptions:
        return
    case = _case(session, disruptions, now)
    for disruption in disruptions:
        disruption.case_id = case.id
        disruption.move_to(DisruptionStatus.UNDECIDED, at=now, by=_RULE, reason=reason)
        fact = DisruptionUndecided(
            occurred_at=now,
            disruption_id=disruption.id,
            territory_id=disruption.territory_id,
            reason=reason,
            case_id=case.id,
        )
        append_event(session, fact, now=now)
    repair_the_rest(session, disruptions, now=now)


def repair_the_rest(session: Session, disruptions: Sequence[Disruption], *, now: datetime) -> None:
    """What was reported in these territories while a repair was under way is repaired next."""
    for territory_id in sorted({one.territory_id for one in disruptions}):
        statement = select(Disruption.id).where(
            Disruption.territory_id == territory_id, Disruption.status == DisruptionStatus.REPORTED
        )
        if session.scalars(statement.limit(1)).first() is not None:
            schedule_work(session, REPAIR_DAY, territory_id, now)


def _case(session: Session, disruptions: Sequence[Disruption], now: datetime) -> Case:
    """The case that is open about one of them already, else a new one."""
    known = [one.case_id for one in disruptions if one.case_id is not None]
    statement = select(Case).where(Case.id.in_(known), Case.status != CaseStatus.RESOLVED)
    case = session.scalars(statement.order_by(Case.id).limit(1)).first()
    if case is not None:
        return case
    visit_id = next((one.visit_id for one in disruptions if one.visit_id is not None), None)
    order_id = None if visit_id is None else session.get_one(Visit, visit_id).order_id
    return open_case(
        session,
        CaseKind.EXCEPTION,
        channel=Channel.CONSOLE,
        next_step=DECIDE_REPAIR,
        order_id=order_id,
        visit_id=visit_id,
        said_by=_RULE,
        now=now,
    )


def _resolve(session: Session, case_id: int, now: datetime, by: str) -> None:
    case = session.get_one(Case, case_id, with_for_update=True)
    if case.status is CaseStatus.RESOLVED:
        return
    case.move_to(CaseStatus.RESOLVED, at=now, by=by)
    kind, _, number = by.partition(":")
    user_id = int(number) if kind == "user" and number.isdigit() else case.owner_id
    record(session, CaseResolved(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id), now=now)
