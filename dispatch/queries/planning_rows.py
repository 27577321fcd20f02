"""The rows that a plan of some days starts from: working time, routes, visits and what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from dispatch.models import (
    Absence,
    Announcement,
    Order,
    Promise,
    Route,
    Shift,
    SlotOffer,
    Stop,
    Technician,
    TerritoryDay,
    Visit,
)
from dispatch.rules.begun_stops import MOVABLE, Begun, StopState, begun_stops
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, SlotOfferStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from dispatch.rules.working_time import Rest, WorkingTime, rests_to_come, working_time

_RUNNING = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED)
_WAITING = (VisitStatus.REQUESTED, VisitStatus.BOOKED, VisitStatus.SCHEDULED)


@dataclass(frozen=True)
class WorkedShift:
    """A shift with what absences leave of it, its route if there is one, and what has begun on it."""

    shift: Shift
    time: WorkingTime
    route: Route | None
    begun: tuple[Begun, ...]

    def rests(self, now: datetime) -> list[Rest]:
        """The rests that are still to come, or in progress."""
        meal_began_at = None if self.route is None else self.route.break_start_at
        busy_until = max((one.end_at for one in self.begun), default=None)
        return list(rests_to_come(self.time.rests, meal_began_at, now=now, busy_until=busy_until))


@dataclass(frozen=True)
class VisitFacts:
    """What is known of visits besides their own rows, by visit (promises of service by order)."""

    due: Mapping[int, Sequence[Promise]] = field(default_factory=dict)
    arrivals: Mapping[int, Promise] = field(default_factory=dict)
    told: Mapping[int, Announcement] = field(default_factory=dict)
    held: Mapping[int, SlotOffer] = field(default_factory=dict)
    stops: Mapping[int, Stop] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanningRows:
    """Reads the rows of one territory on some days; `start_at` and `end_at` enclose the days."""

    session: Session
    territory_id: int
    days: tuple[date, ...]
    start_at: datetime
    end_at: datetime
    now: datetime

    def worked_shifts(self) -> list[WorkedShift]:
        """Shifts of active technicians with a home of which absences leave something, by technician and time."""
        statement = (
            select(Shift)
            .join(Technician, Technician.id == Shift.technician_id)
            .where(Shift.territory_id == self.territory_id, Shift.day_on.in_(self.days), Technician.is_active)
            .where(Technician.home_lat.is_not(None))
            .options(selectinload(Shift.technician).selectinload(Technician.skills))
            .order_by(Shift.technician_id, Shift.starts_at)
        )
        shifts = self.session.scalars(statement).all()
        absences = self._absences(shifts)
        times = {shift.id: _time_of(shift, absences.get(shift.technician_id, ())) for shift in shifts}
        routes = self._routes([shift.id for shift in shifts if times[shift.id] is not None])
        return [
            WorkedShift(shift, time, routes.get(shift.id), self._begun(shift, routes.get(shift.id)))
            for shift in shifts
            if (time := times[shift.id]) is not None
        ]

    def _absences(self, shifts: Sequence[Shift]) -> Mapping[int, list[tuple[datetime, datetime]]]:
        found: dict[int, list[tuple[datetime, datetime]]] = {}
        if shifts:
            statement = select(Absence).where(
                Absence.technician_id.in_({shift.technician_id for shift in shifts}),
                Absence.from_at < max(shift.ends_at for shift in shifts),
                Absence.until_at > min(shift.starts_at for shift in shifts),
            )
            for absence in self.session.scalars(statement.order_by(Absence.from_at, Absence.id)):
                found.setdefault(absence.technician_id, []).append((absence.from_at, absence.until_at))
        return found

    def _routes(self, shift_ids: Collection[int]) -> dict[int, Route]:
        statement = (
            select(Route)
            .where(Route.shift_id.in_(shift_ids))
            .options(selectinload(Route.stops).selectinload(Stop.visit))
            .order_by(Route.id)
            .execution_options(populate_existing=True)
        )
        return {route.shift_id: route for route in self.session.scalars(statement)}

    def _begun(self, shift: Shift, route: Route | None) -> tuple[Begun, ...]:
        stops = [] if route is None else [_state_of(stop) for stop in standing_stops(route)]
        return tuple(begun_stops(stops, heard_at=shift.technician.heard_at, now=self.now))

    def orphaned(self, worked: Iterable[WorkedShift]) -> tuple[int, ...]:
        """Visits that can still be moved, on routes of these days whose shift is gone."""
        usable = [one.shift.id for one in worked]
        statement = (
            select(Stop.visit_id)
            .join(Route, Route.id == Stop.route_id)
            .join(Visit, Visit.id == Stop.visit_id)
            .where(Route.territory_id == self.territory_id, Route.day_on.in_(self.days))
            .where(Route.shift_id.not_in(usable), Visit.status.in_(MOVABLE))
            .order_by(Stop.visit_id)
        )
        return tuple(dict.fromkeys(self.session.scalars(statement)))

    def visits(self, named: Collection[int], orphaned: Collection[int], *, waiting: bool) -> list[Visit]:
        """The visits `named`, and, if wanted, the orphaned ones and those that wait for a place on these days."""
        condition: ColumnElement[bool] = Visit.id.in_(named)
        if waiting:
            condition = or_(condition, Visit.id.in_(orphaned), and_(*self._waits()))
        statement = (
            select(Visit)
            .where(condition)
            .options(selectinload(Visit.order), selectinload(Visit.premises), selectinload(Visit.skills))
            .order_by(Visit.id)
        )
        return list(self.session.scalars(statement))

    def _waits(self) -> list[ColumnElement[bool]]:
        """Visits of open orders without a stop; those bound to days before or after these wait for another plan."""
        from_at = func.coalesce(Visit.booked_from_at, Visit.wanted_from_at)
        until_at = func.coalesce(Visit.booked_until_at, Visit.wanted_until_at)
        return [
            Visit.territory_id == self.territory_id,
            Visit.status.in_(_WAITING),
            Visit.order.has(Order.status == OrderStatus.OPEN),
            Visit.id.not_in(select(Stop.visit_id)),
            or_(from_at.is_(None), from_at < self.end_at),
            or_(until_at.is_(None), until_at > self.start_at, until_at <= self.now),
            or_(Visit.release_at.is_(None), Visit.release_at < self.end_at),
        ]

    def day_versions(self) -> dict[date, int]:
        """The version of each day, 0 where nothing has been written yet."""
        rows = self.session.scalars(
            select(TerritoryDay).where(
                TerritoryDay.territory_id == self.territory_id, TerritoryDay.day_on.in_(self.days)
            )
        )
        return dict.fromkeys(self.days, 0) | {row.day_on: row.version for row in rows}

    def facts_of(self, visits: Sequence[Visit]) -> VisitFacts:
        """What is known of these visits."""
        ids = [visit.id for visit in visits]
        due: dict[int, list[Promise]] = {}
        promises = select(Promise).where(Promise.status.in_(_RUNNING)).order_by(Promise.id)
        orders = {visit.order_id for visit in visits}
        for promise in self.session.scalars(promises.where(Promise.order_id.in_(orders), Promise.kind.in_(SERVICE))):
            due.setdefault(promise.order_id or 0, []).append(promise)
        arrivals = promises.where(Promise.visit_id.in_(ids), Promise.kind == PromiseKind.ARRIVAL)
        told = (
            select(Announcement)
            .where(Announcement.visit_id.in_(ids), Announcement.told_at.is_not(None))
            .order_by(Announcement.number)
        )
        held = select(SlotOffer).where(SlotOffer.visit_id.in_(ids), SlotOffer.status == SlotOfferStatus.HELD)
        stops = select(Stop).where(Stop.visit_id.in_(ids)).options(selectinload(Stop.route))
        return VisitFacts(
            due=due,
            arrivals={promise.visit_id or 0: promise for promise in self.session.scalars(arrivals)},
            told={row.visit_id: row for row in self.session.scalars(told)},
            held={row.visit_id: row for row in self.session.scalars(held)},
            stops={row.visit_id: row for row in self.session.scalars(stops)},
        )


def standing_stops(route: Route) -> list[Stop]:
    """The stops of a route in order; one of a cancelled visit stands no more."""
    stops = (stop for stop in route.stops if stop.visit.status is not VisitStatus.CANCELLED)
    return sorted(stops, key=lambda stop: stop.position)


def _state_of(stop: Stop) -> StopState:
    visit = stop.visit
    return StopState(
        visit_id=visit.id,
        status=visit.status,
        start_at=stop.start_at,
        length=timedelta(seconds=visit.duration_s),
        travel=timedelta(seconds=stop.travel_s),
        set_off_at=visit.set_off_at,
        arrived_at=visit.arrived_at,
        left_at=visit.left_at,
    )


def _time_of(shift: Shift, absences: Iterable[tuple[datetime, datetime]]) -> WorkingTime | None:
    meal = None
    if shift.break_s and shift.break_from_at and shift.break_until_at:
        meal = Rest(timedelta(seconds=shift.break_s), shift.break_from_at, shift.break_until_at, is_meal=True)
    return working_time((shift.starts_at, shift.ends_at), meal, absences)
