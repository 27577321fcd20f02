"""What a plan would change, in words and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from dispatch.errors import NotFound
from dispatch.models import Order, Plan, Route, Shift, Stop, Technician, Territory, Visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycles import OrderStatus, PlanStatus

#: a window that is kept with less than this is worth a look
SURE = 0.9


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
    """One visit whose stop would change: `added`, `moved` to another technician, `retimed` or `removed`.

    `kept` is the probability that its customer's window is kept; None if nobody has said.
    """

    what: str
    visit_id: int
    order: str
    before: Place | None
    after: Place | None
    kept: float | None = None


@dataclass(frozen=True)
class Doubtful:
    """A visit whose window may well not be kept: it is with this probability."""

    visit_id: int
    order: str
    place: Place
    kept: float


@dataclass(frozen=True)
class PlanDifference:
    """A plan beside the routes as they are now; travel in seconds. Stops that have begun change no more.

    `kept` says of each visit to come in the plan how likely its customer's window is kept, as
    was foreseen when the plan was made. Windows were asked to be kept with `level`, None if nobody
    asked; `doubtful` are those below, or below SURE, the least sure first. The codes say why there
    is no forecast, or nobody has looked what would help who is left out.
    """

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
    kept: Mapping[int, float] = field(default_factory=dict)
    level: float | None = None
    doubtful: tuple[Doubtful, ...] = ()
    level_failed_code: str | None = None
    forecast_failed_code: str | None = None
    remedies_failed_code: str | None = None

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
    def kept_share(self) -> float | None:
        """The share of windows that can be expected to be kept; None if nothing was foreseen."""
        return sum(self.kept.values()) / len(self.kept) if self.kept else None

    @property
    def bar(self) -> float:
        """A window that is kept with less is doubtful."""
        return SURE if self.level is None else self.level

    @property
    def unserved(self) -> int:
        """Visits that the plan leaves out."""
        return len(self.unassigned)


def plan_difference(session: Session, plan_id: int) -> PlanDifference:
    """Hold the plan's proposal against the routes of its days; raises NotFound.

    What has come since the plan was made is not undone by publishing it, so it is no change:
    a booking or hold that the plan does not know stays, and a visit that was cancelled,
    withdrawn or given another day is none of the plan's any more. A plan that has proposed
    nothing yet, or never will, changes nothing. A visit that nobody came to has its place on
    a route of another day until the plan is published.
    """
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("plan")
    territory = session.get_one(Territory, plan.territory_id)
    routes = session.scalars(
        select(Route)
        .where(Route.territory_id == plan.territory_id, Route.day_on.in_(plan.days))
        .options(selectinload(Route.stops))
    ).all()
    proposed = _proposed(plan)
    kept = {int(visit_id): float(one) for visit_id, one in plan.proposal.get("kept", {}).items()}
    level = None if plan.confidence_permille is None else plan.confidence_permille / 1000
    obstacles = {row["visit_id"]: row["obstacles"] for row in plan.proposal.get("unassigned", [])}
    before = _left_behind(session, plan, [*proposed, *obstacles]) | {
        stop.visit_id: (route.shift_id, stop.start_at) for route in routes for stop in route.stops
    }
    visits = _visits(session, [*before, *proposed, *obstacles])
    after = {visit_id: to for visit_id, to in proposed.items() if visit_id in before or visits[visit_id].waits}
    unread = {route.shift_id for route in routes if _has_moved_on(plan, route)}
    taken_off = {visit_id for visit_id in obstacles if visit_id in before and before[visit_id][0] not in unread}
    badges = _badges(session, {shift_id for shift_id, _ in (*before.values(), *after.values())})
    travel_before_s = sum(sum(stop.travel_s for stop in route.stops) + route.return_travel_s for route in routes)
    return PlanDifference(
        status=plan.status,
        status_reason=plan.status_reason,
        territory=territory.name,
        zone=territory.zone,
        changes=tuple(
            _change(visit, before.get(visit.id), after.get(visit.id), badges, kept)
            for visit in visits.values()
            if visit.is_movable
            and before.get(visit.id) != after.get(visit.id)
            and (visit.id in after or visit.id in taken_off)
        ),
        unassigned=tuple(_left_out(session, [v for v in visits.values() if v.waits or v.id in taken_off], obstacles)),
        visits=len(after),
        technicians=len({badges[shift_id] for shift_id, _ in after.values() if shift_id in badges}),
        travel_before_s=travel_before_s,
        travel_s=plan.summary.get("travel_s", travel_before_s),
        kept={visit_id: one for visit_id, one in kept.items() if visit_id in after},
        level=level,
        doubtful=tuple(
            Doubtful(visit_id, visits[visit_id].order, _place(after[visit_id], badges), one)
            for one, visit_id in sorted((one, visit_id) for visit_id, one in kept.items() if visit_id in after)
            if one < (SURE if level is None else level)
        ),
        level_failed_code=plan.level_failed_code,
        forecast_failed_code=plan.forecast_failed_code,
        remedies_failed_code=plan.remedies_failed_code,
    )


#: shift and start of service, by visit
_Where = tuple[int, datetime]


@dataclass(frozen=True)
class _Visit:
    """A visit as it is now: whether a plan may still move it, and whether it waits for a place."""

    id: int
    order: str
    external_id: str | None
    is_movable: bool
    waits: bool


def _proposed(plan: Plan) -> dict[int, _Where]:
    """Where the plan wants its visits."""
    return {
        stop["visit_id"]: (int(shift_id), datetime.fromisoformat(stop["start_at"]))
        for shift_id, stops in plan.proposal.get("routes", {}).items()
        for stop in stops
    }


def _left_behind(session: Session, plan: Plan, visit_ids: Collection[int]) -> dict[int, _Where]:
    """Where those of the visits are that nobody had come to before their shift was over."""
    statement = (
        select(Stop.visit_id, Route.shift_id, Stop.start_at)
        .join(Route, Route.id == Stop.route_id)
        .join(Shift, Shift.id == Route.shift_id)
        .where(Stop.visit_id.in_(visit_ids), Route.day_on.not_in(plan.days), Shift.ends_at <= plan.status_at)
    )
    return {visit_id: (shift_id, start_at) for visit_id, shift_id, start_at in session.execute(statement)}


def _has_moved_on(plan: Plan, route: Route) -> bool:
    """Whether somebody has changed the route since the plan read it; one of a shift that was gone was not read."""
    return bool(route.version != plan.read_versions.get(str(route.shift_id), route.version))


def _visits(session: Session, visit_ids: Collection[int]) -> dict[int, _Visit]:
    """The visits by id, in order."""
    statement = (
        select(Visit, Order, Visit.id.in_(select(Stop.visit_id)))
        .join(Order, Order.id == Visit.order_id)
        .where(Visit.id.in_(set(visit_ids)))
        .order_by(Visit.id)
    )
    found: dict[int, _Visit] = {}
    for visit, order, has_stop in session.execute(statement):
        is_movable = visit.status in MOVABLE
        waits = is_movable and order.status is OrderStatus.OPEN and not has_stop
        found[visit.id] = _Visit(visit.id, order.number, order.crm_id, is_movable, waits)
    return found


def _badges(session: Session, shift_ids: Collection[int]) -> Mapping[int, str]:
    """Whose shifts these are."""
    statement = select(Shift.id, Technician.badge).join(Technician, Technician.id == Shift.technician_id)
    return {row.id: row.badge for row in session.execute(statement.where(Shift.id.in_(shift_ids)))}


def _change(
    visit: _Visit, old: _Where | None, new: _Where | None, badges: Mapping[int, str], kept: Mapping[int, float]
) -> Change:
    what = "retimed"
    if old is None or new is None:
        what = "added" if old is None else "removed"
    elif old[0] != new[0]:
        what = "moved"
    before, after = (None if one is None else _place(one, badges) for one in (old, new))
    return Change(what, visit.id, visit.order, before, after, None if new is None else kept.get(visit.id))


def _place(where: _Where, badges: Mapping[int, str]) -> Place:
    shift_id, start_at = where
    return Place(shift_id, badges.get(shift_id, ""), start_at)


def _left_out(
    session: Session, visits: Iterable[_Visit], obstacles: Mapping[int, Sequence[Mapping[str, Any]]]
) -> Iterator[LeftOut]:
    badges = {str(key): badge for key, badge in session.execute(select(Technician.id, Technician.badge))}
    for visit in visits:
        if visit.id in obstacles:
            why = tuple(_obstacle(one, badges) for one in obstacles[visit.id])
            yield LeftOut(visit.id, visit.order, visit.external_id, why)


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
