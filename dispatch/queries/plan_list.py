"""The plans of some territories, the latest first, and where each stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Plan, Territory, User
from dispatch.rules.lifecycles import PlanStatus

#: so many plans are listed
MOST_LISTED = 60


#: who moves plans beside staff and rules
WORKER, COMMAND_LINE = "worker", "command_line"


@dataclass(frozen=True)
class PlanLine:
    """One plan: what it covers, how far it is since `status_at`, and who moved it there.

    `by_name` is the member of staff's; where it was nobody of them, `by` says what it was: a
    worker, the command line or a rule.
    """

    plan_id: int
    territory_id: int
    territory: str
    zone: ZoneInfo
    from_on: date
    until_on: date
    budget_s: int
    status: PlanStatus
    status_reason: str | None
    status_at: datetime
    by: str
    by_name: str | None

    @property
    def is_under_way(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in (PlanStatus.REQUESTED, PlanStatus.SOLVING)


def plan_list(session: Session, territory_ids: Collection[int]) -> tuple[PlanLine, ...]:
    """The latest plans of these territories."""
    statement = (
        select(Plan, Territory)
        .join(Territory, Territory.id == Plan.territory_id)
        .where(Plan.territory_id.in_(territory_ids))
        .order_by(Plan.id.desc())
        .limit(MOST_LISTED)
    )
    rows = session.execute(statement).all()
    names = _names(session)
    return tuple(_line(plan, territory, names) for plan, territory in rows)


def latest_move(plans: Sequence[PlanLine]) -> PlanLine | None:
    """The plan that was the last to come to where it stands."""
    return max(plans, key=lambda plan: (plan.status_at, plan.plan_id), default=None)


def plan_line(session: Session, plan_id: int) -> PlanLine:
    """One of them; raises NotFound."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("plan")
    return _line(plan, session.get_one(Territory, plan.territory_id), _names(session))


def _names(session: Session) -> dict[str, str]:
    """The names of staff by what facts call them."""
    return {f"user:{user_id}": name for user_id, name in session.execute(select(User.id, User.name))}


def _line(plan: Plan, territory: Territory, names: dict[str, str]) -> PlanLine:
    return PlanLine(
        plan_id=plan.id,
        territory_id=territory.id,
        territory=territory.name,
        zone=territory.zone,
        from_on=plan.from_on,
        until_on=plan.until_on,
        budget_s=plan.budget_s,
        status=plan.status,
        status_reason=plan.status_reason,
        status_at=plan.status_at,
        by=plan.status_by if plan.status_by in (WORKER, COMMAND_LINE) else "rule",
        by_name=names.get(plan.status_by),
    )
