"""What upsets the day now, for the board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from dispatch.models import Case, Disruption, Order, Plan, Technician, Territory, Visit
from dispatch.rules.access import Scope
from dispatch.rules.lifecycles import DisruptionStatus, PlanStatus
from dispatch.rules.vocabulary import DisruptionKind


@dataclass(frozen=True)
class WouldLose:
    """What publishing the repair would take: `booking`, `window`, `promise` or `place`, of which order."""

    what: str
    visit_id: int
    order: str


@dataclass(frozen=True)
class OpenDisruption:
    """Something that upsets a day and is not settled; times are instants, `technician` and `order` as people say them.

    `is_to_decide` says that somebody must decide; `has_repair` that there is a draft to publish,
    which would take away what `would_lose` says. Its status stands since `status_at`.
    """

    disruption_id: int
    kind: DisruptionKind
    status: DisruptionStatus
    reason: str | None
    territory_id: int
    territory: str
    technician_id: int | None
    badge: str | None
    visit_id: int | None
    order: str | None
    occurred_at: datetime
    from_at: datetime | None
    until_at: datetime | None
    status_at: datetime
    plan_id: int | None
    has_repair: bool
    case_id: int | None
    case: str | None
    would_lose: tuple[WouldLose, ...] = ()

    @property
    def is_to_decide(self) -> bool:
        """Whether it waits for somebody."""
        return self.status is DisruptionStatus.UNDECIDED


def open_disruptions(session: Session, scope: Scope, *, now: datetime) -> tuple[OpenDisruption, ...]:
    """Everything inside `scope` that has happened by `now` and is not settled: what somebody must decide first."""
    statement = (
        select(Disruption, Territory.name, Technician, Order.number, Plan, Case.number)
        .join(Territory, Territory.id == Disruption.territory_id)
        .outerjoin(Technician, Technician.id == Disruption.technician_id)
        .outerjoin(Visit, Visit.id == Disruption.visit_id)
        .outerjoin(Order, Order.id == Visit.order_id)
        .outerjoin(Plan, Plan.id == Disruption.plan_id)
        .outerjoin(Case, Case.id == Disruption.case_id)
        .where(Disruption.status != DisruptionStatus.SETTLED, Disruption.occurred_at <= now)
        .order_by(Disruption.status != DisruptionStatus.UNDECIDED, Disruption.id)
    )
    rows = [row for row in session.execute(statement) if _is_inside(scope, row[0], row[2])]
    numbers = _orders(session, (lost["visit_id"] for row in rows if row[4] for lost in row[4].summary.get("lost", ())))
    return tuple(_read(row, numbers) for row in rows)


def losses_to_decide(session: Session, plan_id: int, *, now: datetime) -> tuple[WouldLose, ...]:
    """What a repair would take from customers, where somebody must decide whether it is published."""
    waiting = open_disruptions(session, Scope(everywhere=True), now=now)
    return next((one.would_lose for one in waiting if one.is_to_decide and one.plan_id == plan_id), ())


def _is_inside(scope: Scope, disruption: Disruption, technician: Technician | None) -> bool:
    return scope.covers(disruption.territory_id, technician.contractor_id if technician is not None else None)


def _orders(session: Session, visit_ids: Iterable[int]) -> Mapping[int, str]:
    """The order numbers of visits."""
    statement = select(Visit.id, Order.number).join(Order, Order.id == Visit.order_id)
    return {row.id: row.number for row in session.execute(statement.where(Visit.id.in_(set(visit_ids))))}


def _read(row: Row[*tuple[Any, ...]], orders: Mapping[int, str]) -> OpenDisruption:
    disruption, territory, technician, order, plan, case = row
    has_repair = plan is not None and plan.status is PlanStatus.DRAFT
    lost = plan.summary.get("lost", ()) if has_repair else ()
    return OpenDisruption(
        disruption_id=disruption.id,
        kind=disruption.kind,
        status=disruption.status,
        reason=disruption.status_reason,
        territory_id=disruption.territory_id,
        territory=territory,
        technician_id=disruption.technician_id,
        badge=None if technician is None else technician.badge,
        visit_id=disruption.visit_id,
        order=order,
        occurred_at=disruption.occurred_at,
        from_at=disruption.from_at,
        until_at=disruption.until_at,
        status_at=disruption.status_at,
        plan_id=disruption.plan_id,
        has_repair=has_repair,
        case_id=disruption.case_id,
        case=case,
        would_lose=tuple(WouldLose(one["what"], one["visit_id"], orders.get(one["visit_id"], "")) for one in lost),
    )
