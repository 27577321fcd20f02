"""What a plan would change, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from dispatch.models import Order, Plan, Route, Shift, Stop, Technician, Territory, Visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycles import PlanStatus


@dataclass(frozen=True)
class Obstacle:
    """One reason, by code, with its particulars: codes, numbers, instants, badges of technicians."""

    code: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class LeftOut:
    """A visit that the plan cannot serve, with every obstacle; `external_id` is the order's in the CRM."""

    visit_id: int
    order: str
    external_id: str | None
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True)
class Place:
    """Who comes, and when service starts."""

    shift_id: int
    badge: str
    start_at: datetime


@dataclass(frozen=True)
class Change:
    """One visit whose stop would change: `added`, `moved` to another technician, `retimed` or `removed`."""

    what: str
    visit_id: int
    order: str
    before: Place | None
    after: Place | None


@dataclass(frozen=True)
class PlanDifference:
    """A plan beside the routes as they are now; travel in seconds. Stops that have begun change no more."""

    status: PlanStatus
    status_reason: str | None
    territory: str
    zone: ZoneInfo
    changes: tuple[Change, ...]
    unassigned: tuple[LeftOut, ...]
    visits: int
    technicians: int
    travel_before_s: int
    travel_s: int

    def _count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)

    @property
    def added(self) -> int:
        """Visits that have no stop now and would get one."""
        return self._count("added")

    @property
    def moved(self) -> int:
        """Visits that another technician would make, or the same one on another shift."""
        return self._count("moved")

    @property
    def retimed(self) -> int:
        """Visits that the same technician would make at another time."""
        return self._count("retimed")

    @property
    def removed(self) -> int:
        """Visits that would lose their stop."""
        return self._count("removed")

    @property
    def unserved(self) -> int:
        """Visits that the plan leaves out."""
        return len(self.unassigned)


def drafts(session: Session) -> list[int]:
    """The newest drafts: of two for the same territory and a same day, the later one; in the order they were made."""
    rows = session.scalars(select(Plan).where(Plan.status == PlanStatus.DRAFT).order_by(Plan.id.desc()))
    newest: list[Plan] = []
    for plan in rows:
        same = (one for one in newest if one.territory_id == plan.territory_id)
        if not any(set(one.days) & set(plan.days) for one in same):
            newest.append(plan)
    return sorted(plan.id for plan in newest)


def plan_difference(session: Session, plan_id: int) -> PlanDifference:
    """Hold the plan's proposal against the routes of its days."""
    plan = session.get_one(Plan, plan_id)
    territory = session.get_one(Territory, plan.territory_id)
    routes = session.scalars(
        select(Route)
        .where(Route.territory_id == plan.territory_id, Route.day_on.in_(plan.days))
        .options(selectinload(Route.stops))
    ).all()
    before = {stop.visit_id: (route.shift_id, stop.start_at) for route in routes for stop in route.stops}
    after = {
        stop["visit_id"]: (int(shift_id), datetime.fromisoformat(stop["start_at"]))
        for shift_id, stops in plan.proposal.get("routes", {}).items()
        for stop in stops
    }
    return PlanDifference(
        status=plan.status,
        status_reason=plan.status_reason,
        territory=territory.name,
        zone=territory.zone,
        changes=tuple(_changes(session, before, after)),
        unassigned=tuple(_left_out(session, plan)),
        visits=len(after),
        technicians=plan.summary.get("technicians", 0),
        travel_before_s=sum(_travel_s(route.stops) + route.return_travel_s for route in routes),
        travel_s=plan.summary.get("travel_s", 0),
    )


_Where = Mapping[int, tuple[int, datetime]]


def _changes(session: Session, before: _Where, after: _Where) -> list[Change]:
    differing = [visit_id for visit_id in before.keys() | after.keys() if before.get(visit_id) != after.get(visit_id)]
    rows = session.execute(
        select(Visit.id, Order.number)
        .join(Order, Order.id == Visit.order_id)
        .where(Visit.id.in_(differing), Visit.status.in_(MOVABLE))
        .order_by(Visit.id)
    ).all()
    wanted = {shift_id for place in (before, after) for shift_id, _ in place.values()}
    owners = (
        select(Shift.id, Technician.badge)
        .join(Technician, Technician.id == Shift.technician_id)
        .where(Shift.id.in_(wanted))
    )
    badges = {row.id: row.badge for row in session.execute(owners)}
    return [_change(visit_id, number, before.get(visit_id), after.get(visit_id), badges) for visit_id, number in rows]


def _change(
    visit_id: int,
    order: str,
    old: tuple[int, datetime] | None,
    new: tuple[int, datetime] | None,
    badges: Mapping[int, str],
) -> Change:
    what = "retimed"
    if old is None or new is None:
        what = "added" if old is None else "removed"
    elif old[0] != new[0]:
        what = "moved"
    places = [None if one is None else Place(one[0], badges.get(one[0], ""), one[1]) for one in (old, new)]
    return Change(what, visit_id, order, places[0], places[1])


def _left_out(session: Session, plan: Plan) -> list[LeftOut]:
    rows = {row["visit_id"]: row["obstacles"] for row in plan.proposal.get("unassigned", [])}
    badges = {str(key): badge for key, badge in session.execute(select(Technician.id, Technician.badge))}
    orders = session.execute(
        select(Visit.id, Order.number, Order.external_id)
        .join(Order, Order.id == Visit.order_id)
        .where(Visit.id.in_(list(rows)))
        .order_by(Visit.id)
    )
    return [
        LeftOut(visit_id, number, external_id, tuple(_obstacle(one, badges) for one in rows[visit_id]))
        for visit_id, number, external_id in orders
    ]


def _obstacle(stored: Mapping[str, Any], badges: Mapping[str, str]) -> Obstacle:
    detail = dict(stored["detail"])
    for name in ("from_at", "until_at"):
        if name in detail:
            detail[name] = datetime.fromisoformat(detail[name])
    if "technicians" in detail:
        detail["technicians"] = [badges.get(one, one) for one in detail["technicians"]]
    if "technician" in detail:
        detail["technician"] = badges.get(detail["technician"], detail["technician"])
    return Obstacle(stored["code"], detail)


def _travel_s(stops: Sequence[Stop]) -> int:
    return sum(stop.travel_s for stop in stops)
