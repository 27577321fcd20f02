"""Which plans could be published."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Plan, Shift
from dispatch.rules.lifecycles import PlanStatus


def drafts(session: Session, technicians: Collection[int] | None = None) -> list[int]:
    """The newest drafts: of two for the same territory and a same day, the later one; in the order they were made.

    With `technicians`, those that have a shift of one of them.
    """
    rows = session.scalars(select(Plan).where(Plan.status == PlanStatus.DRAFT).order_by(Plan.id.desc()))
    newest: list[Plan] = []
    for plan in rows:
        same = (one for one in newest if one.territory_id == plan.territory_id)
        if not any(set(one.days) & set(plan.days) for one in same):
            newest.append(plan)
    if technicians is not None:
        newest = [plan for plan in newest if has_shift_of(session, plan.id, technicians)]
    return sorted(plan.id for plan in newest)


def has_shift_of(session: Session, plan_id: int, technicians: Collection[int]) -> bool:
    """Whether the plan read a shift of one of these technicians; raises NotFound."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("plan")
    shifts = select(Shift.id).where(Shift.technician_id.in_(technicians))
    return any(str(shift_id) in plan.read_versions for shift_id in session.scalars(shifts))
