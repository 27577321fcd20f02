"""What would help the visits that a plan leaves out, as it was found when the plan was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Order, Plan, Technician, Visit
from dispatch.rules.lifecycles import PlanStatus


@dataclass(frozen=True)
class Needed:
    """One change, by code, with its particulars: codes, numbers, instants, badges, numbers of orders."""

    code: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Remedy:
    """Changes that together make a visit fit, who would then come, and when service would start."""

    changes: tuple[Needed, ...]
    badge: str
    start_at: datetime


@dataclass(frozen=True)
class LeftOutByDraft:
    """A draft that leaves a visit out, and what would help; nothing small, if empty."""

    plan_id: int
    remedies: tuple[Remedy, ...]


#: as plans keep them, by visit
_Stored = Mapping[str, list[Mapping[str, Any]]]


def remedies_of_plan(session: Session, plan_id: int) -> Mapping[int, tuple[Remedy, ...]]:
    """The cheapest remedies first, by visit; raises NotFound.

    A visit that nothing small would help has none; of one that is not named nobody has looked.
    """
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("plan")
    return _worded(session, plan.proposal.get("remedies", {}))


def left_out_by_draft(session: Session, visit_id: int) -> LeftOutByDraft | None:
    """What the newest draft that leaves the visit out says would help; None if no draft does."""
    territory = select(Visit.territory_id).where(Visit.id == visit_id).scalar_subquery()
    statement = select(Plan).where(Plan.status == PlanStatus.DRAFT, Plan.territory_id == territory)
    for plan in session.scalars(statement.order_by(Plan.id.desc())):
        stored = plan.proposal.get("remedies", {})
        if str(visit_id) in stored:
            return LeftOutByDraft(plan.id, _worded(session, {str(visit_id): stored[str(visit_id)]})[visit_id])
    return None


def _worded(session: Session, stored: _Stored) -> dict[int, tuple[Remedy, ...]]:
    """The stored remedies in badges, numbers of orders and instants."""
    if not stored:
        return {}
    badges = {str(key): badge for key, badge in session.execute(select(Technician.id, Technician.badge))}
    orders = _orders(session, stored)
    return {int(visit_id): tuple(_remedy(one, badges, orders) for one in found) for visit_id, found in stored.items()}


def _orders(session: Session, stored: _Stored) -> Mapping[int, str]:
    """The numbers of the orders whose visits would make way."""
    changes = [change["detail"] for found in stored.values() for one in found for change in one["changes"]]
    visits = {detail["visit_id"] for detail in changes if "visit_id" in detail}
    rows = select(Visit.id, Order.number).join(Order, Order.id == Visit.order_id).where(Visit.id.in_(visits))
    return {row.id: row.number for row in session.execute(rows)}


def _remedy(stored: Mapping[str, Any], badges: Mapping[str, str], orders: Mapping[int, str]) -> Remedy:
    return Remedy(
        changes=tuple(Needed(one["code"], _read(one["detail"], badges, orders)) for one in stored["changes"]),
        badge=badges.get(stored["technician"], ""),
        start_at=datetime.fromisoformat(stored["start_at"]),
    )


def _read(stored: Mapping[str, Any], badges: Mapping[str, str], orders: Mapping[int, str]) -> dict[str, Any]:
    detail = dict(stored)
    for name in ("from_at", "until_at"):
        if name in detail:
            detail[name] = datetime.fromisoformat(detail[name])
    if "technician" in detail:
        detail["technician"] = badges.get(detail["technician"], "")
    if "visit_id" in detail:
        detail["order"] = orders.get(detail.pop("visit_id"), "")
    return detail
