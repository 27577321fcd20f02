"""The rows that a plan of some days starts from: working time, routes, visits and what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from dispatch.models import (
    Absence,
    Announcement,
    Disruption,
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
from dispatch.queries.known_technicians import known_technicians
from dispatch.rules.begun_stops import MOVABLE, Begun, StopState, begun_stops
from dispatch.rules.calendars import local_instant
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import DisruptionStatus, OrderStatus, PromiseStatus, SlotOfferStatus, VisitStatus
from dispatch.rules.repair_ends import LEFT_AS_IT_IS
from dispatch.rules.vocabulary import DisruptionKind, PromiseKind
from dispatch.rules.working_time import Rest, WorkingTime, rests_to_come, working_time

#: promises that can still be kept, or are being judged
RUNNING = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED)
_WAITING = (VisitStatus.REQUESTED, VisitStatus.BOOKED, VisitStatus.SCHEDULED)
#: accepted, and not given back since
_TAKEN_ON = (VisitStatus.ACCEPTED, VisitStatus.AGREED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
#: so long after the end of a shift the last customer may be served
OVERTIME_LIMIT = timedelta(minutes=30)


@dataclass(frozen=True)
class WorkedShift:
    """A shift with what absences leave of it, its route if there is one, and what has begun on it.

    `overtime` is how long it may be overrun: not into the technician's next shift, wherever that is.
    """

    shift: Shift
    time: WorkingTime
    route: Route | None
    begun: tuple[Begun, ...]
    overtime: timedelta

    def rests(self, now: datetime) -> list[Rest]:
        """The rests that are still to come, or in progress."""
        meal_began_at = None if self.route is None else self.route.break_start_at
        busy_until = max((one.end_at for one in self.begun), default=None)
        return list(rests_to_come(self.time.rests, meal_began_at, now=now, busy_until=busy_until))


@dataclass(frozen=True)
class VisitFacts:
    """What is known of visits besides their own rows, by visit (promises of service by order).

    `refused_by` are technicians who are not asked again for a visit on these days, `known_by`
    those who were there about the same thing before (R41), and `upset`
    those whose day is being repaired: what is on their phones may become somebody else's.
    """

    due: Mapping[int, Sequence[Promise]] = field(default_factory=dict)
    arrivals: Mapping[int, Promise] = field(default_factory=dict)
    told: Mapping[int, Announcement] = field(default_factory=dict)
    held: Mapping[int, SlotOffer] = field(default_factory=dict)
    stops: Mapping[int, Stop] = field(default_factory=dict)
    refused_by: Mapping[int, frozenset[int]] = field(default_factory=dict)
    known_by: Mapping[int, frozenset[int]] = field(default_factory=dict)
    upset: frozenset[int] = frozenset()


@dataclass(frozen=True)
class PlanningRows:
    """Reads the rows of one territory on some days (in order)."""

    session: Session
    territory_id: int
    days: tuple[date, ...]
    zone: ZoneInfo
    now: datetime

    @property
    def start_at(self) -> datetime:
        """When the first day begins."""
        return local_instant(self.days[0], "00:00", self.zone)

    @cached_property
    def end_at(self) -> datetime:
        """When the last day is over, or the last shift of these days: a night's work passes midnight."""
        midnight = local_instant(self.days[-1], "24:00", self.zone)
        last = self.session.scalar(
            select(func.max(Shift.ends_at)).where(Shift.territory_id == self.territory_id, Shift.day_on.in_(self.days))
        )
        return midnight if last is None else max(midnight, last)

    def worked_shifts(self, only: Collection[int] | None = None) -> list[WorkedShift]:
        """Shifts (or `only` these) of active technicians with a home of which absences leave something.

        They come by technician and time.
        """
        statement = (
            select(Shift)
            .join(Technician, Technician.id == Shift.technician_id)
            .where(Shift.territory_id == self.territory_id, Shift.day_on.in_(self.days), Technician.is_active)
            .where(Technician.home_lat.is_not(None))
            .options(joinedload(Shift.technician, innerjoin=True).selectinload(Technician.skills))
            .order_by(Shift.technician_id, Shift.starts_at)
        )
        if only is not None:
            statement = statement.where(Shift.id.in_(only))
        shifts = self.session.scalars(statement).all()
        absences = self._absences(shifts)
        times = {shift.id: _time_of(shift, absences.get(shift.technician_id, ())) for shift in shifts}
        routes = self._routes([shift.id for shift in shifts if times[shift.id] is not None])
        begins = self._begins(shifts)
        return [
            WorkedShift(
                shift,
                time,
                routes.get(shift.id),
                self._begun(shift, routes.get(shift.id), absences.get(shift.technician_id, ())),
                _overtime(shift, time, begins[shift.technician_id]),
            )
            for shift in shifts
            if (time := times[shift.id]) is not None
        ]

    def _begins(self, shifts: Sequence[Shift]) -> Mapping[int, list[datetime]]:
        """When shifts of the same technicians begin around then, in whatever territory."""
        found: dict[int, list[datetime]] = {shift.technician_id: [] for shift in shifts}
        if shifts:
            statement = select(Shift.technician_id, Shift.starts_at).where(
                Shift.technician_id.in_(found),
                Shift.starts_at >= min(shift.starts_at for shift in shifts),
                Shift.starts_at <= max(shift.ends_at for shift in shifts) + OVERTIME_LIMIT,
            )
            for technician_id, starts_at in self.session.execute(statement):
                found[technician_id].append(starts_at)
        return found

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
            .options(selectinload(Route.stops).joinedload(Stop.visit, innerjoin=True))
            .order_by(Route.id)
            .execution_options(populate_existing=True)
        )
        return {route.shift_id: route for route in self.session.scalars(statement)}

    def _begun(
        self, shift: Shift, route: Route | None, absences: Sequence[tuple[datetime, datetime]] = ()
    ) -> tuple[Begun, ...]:
        said = self._said_ends
        stops = [] if route is None else [_state_of(stop, said.get(stop.visit_id)) for stop in standing_stops(route)]
        return tuple(begun_stops(stops, heard_at=shift.technician.heard_at, now=self.now, absences=absences))

    @cached_property
    def _disruptions(self) -> Sequence[Disruption]:
        """What was reported here since the first day began, or is not settled yet; in order."""
        statement = (
            select(Disruption)
            .where(Disruption.territory_id == self.territory_id, Disruption.occurred_at < self.end_at)
            .where(or_(Disruption.occurred_at >= self.start_at, Disruption.status != DisruptionStatus.SETTLED))
        )
        return self.session.scalars(statement.order_by(Disruption.id)).all()

    @cached_property
    def _said_ends(self) -> Mapping[int, datetime]:
        """When visits in progress are to be over, as was said last."""
        return {
            row.visit_id: row.until_at
            for row in self._disruptions
            if row.kind is DisruptionKind.OVERRUN and row.visit_id is not None and row.until_at is not None
        }

    def _refused_by(self) -> Mapping[int, frozenset[int]]:
        """Who is not asked again for which visit: one that was declined, or not accepted in time (R17).

        Who has accepted it after all has it, and so has who keeps it because somebody has decided so.
        """
        rows = [row for row in self._disruptions if row.kind is DisruptionKind.UNACCEPTED]
        refused = {(row.visit_id, row.technician_id) for row in rows if row.status_reason != LEFT_AS_IT_IS}
        found: dict[int, frozenset[int]] = {}
        for visit_id, technician_id in refused - self._taken_on({row.visit_id for row in rows}):
            if visit_id is not None and technician_id is not None:
                found[visit_id] = found.get(visit_id, frozenset()) | {technician_id}
        return found

    def _taken_on(self, visit_ids: Collection[int | None]) -> set[tuple[int | None, int | None]]:
        """Who has accepted which of the visits, and has not given it back; a visit with its technician."""
        statement = (
            select(Stop.visit_id, Route.technician_id)
            .join(Route, Route.id == Stop.route_id)
            .join(Visit, Visit.id == Stop.visit_id)
            .where(Stop.visit_id.in_(visit_ids), Stop.is_tentative.is_(False), Visit.status.in_(_TAKEN_ON))
        )
        found = self.session.execute(statement) if visit_ids else ()
        return {(visit_id, technician_id) for visit_id, technician_id in found}

    def _upset(self) -> frozenset[int]:
        """Whose day is being repaired; who has only declined a visit keeps the others."""
        rows = (row for row in self._disruptions if row.kind is not DisruptionKind.UNACCEPTED)
        upset = (row.technician_id for row in rows if row.status is not DisruptionStatus.SETTLED)
        return frozenset(technician_id for technician_id in upset if technician_id is not None)

    def orphaned(self, worked: Iterable[WorkedShift]) -> tuple[int, ...]:
        """Visits that can still be moved, on routes whose shift is gone, or was over with nobody having come."""
        usable = [one.shift.id for one in worked]
        statement = (
            select(Stop.visit_id)
            .join(Route, Route.id == Stop.route_id)
            .join(Visit, Visit.id == Stop.visit_id)
            .where(Route.territory_id == self.territory_id, Route.day_on.in_(self.days))
            .where(Route.shift_id.not_in(usable), Visit.status.in_(MOVABLE))
        )
        return tuple(sorted({*self.session.scalars(statement), *self._left_behind()}))

    def _left_behind(self) -> Iterator[int]:
        """Visits that wait again: on routes of other days whose shift was over before they had begun."""
        statement = (
            select(Stop.visit_id, Stop.route_id)
            .join(Route, Route.id == Stop.route_id)
            .join(Shift, Shift.id == Route.shift_id)
            .join(Visit, Visit.id == Stop.visit_id)
            .where(Route.day_on.not_in(self.days), Shift.ends_at <= self.now - OVERTIME_LIMIT)
            .where(Stop.is_tentative.is_(False), Visit.status.in_(MOVABLE), *self._may_be_planned())
        )
        stops = self.session.execute(statement).all()
        routes = (
            select(Route)
            .where(Route.id.in_({route_id for _, route_id in stops}))
            .options(selectinload(Route.stops).selectinload(Stop.visit))
            .options(selectinload(Route.shift).selectinload(Shift.technician))
        )
        found = self.session.scalars(routes).all() if stops else ()
        begun = {one.visit_id for route in found for one in self._begun(route.shift, route)}
        yield from (visit_id for visit_id, _ in stops if visit_id not in begun)

    def visits(self, named: Collection[int], orphaned: Collection[int], *, waiting: bool) -> list[Visit]:
        """The visits `named`, and, if wanted, the orphaned ones and those that wait for a place on these days."""
        condition: ColumnElement[bool] = Visit.id.in_(named)
        if waiting:
            waits = and_(Visit.status.in_(_WAITING), Visit.id.not_in(select(Stop.visit_id)), *self._may_be_planned())
            condition = or_(condition, Visit.id.in_(orphaned), waits)
        statement = (
            select(Visit)
            .where(condition)
            .options(joinedload(Visit.order, innerjoin=True), joinedload(Visit.premises, innerjoin=True))
            .options(selectinload(Visit.skills))
            .order_by(Visit.id)
        )
        return list(self.session.scalars(statement))

    def _may_be_planned(self) -> list[ColumnElement[bool]]:
        """Visits of open orders here; those bound to days before or after these wait for another plan."""
        from_at = func.coalesce(Visit.booked_from_at, Visit.wanted_from_at)
        until_at = func.coalesce(Visit.booked_until_at, Visit.wanted_until_at)
        return [
            Visit.territory_id == self.territory_id,
            Visit.order.has(Order.status == OrderStatus.OPEN),
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

    def wishes_of(self, visits: Sequence[Visit]) -> VisitFacts:
        """Of these visits only who is not asked again, and who was there before."""
        return VisitFacts(refused_by=self._refused_by(), known_by=known_technicians(self.session, visits))

    def facts_of(self, visits: Sequence[Visit]) -> VisitFacts:
        """What is known of these visits."""
        ids = [visit.id for visit in visits]
        due: dict[int, list[Promise]] = {}
        promises = select(Promise).where(Promise.status.in_(RUNNING)).order_by(Promise.id)
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
        stops = select(Stop).where(Stop.visit_id.in_(ids)).options(joinedload(Stop.route, innerjoin=True))
        return VisitFacts(
            due=due,
            arrivals={promise.visit_id or 0: promise for promise in self.session.scalars(arrivals)},
            told={row.visit_id: row for row in self.session.scalars(told)},
            held={row.visit_id: row for row in self.session.scalars(held)},
            stops={row.visit_id: row for row in self.session.scalars(stops)},
            refused_by=self._refused_by(),
            known_by=known_technicians(self.session, visits),
            upset=self._upset(),
        )


def standing_stops(route: Route) -> list[Stop]:
    """The stops of a route in order; one of a cancelled visit stands no more."""
    stops = (stop for stop in route.stops if stop.visit.status is not VisitStatus.CANCELLED)
    return sorted(stops, key=lambda stop: stop.position)


def _state_of(stop: Stop, expected_until_at: datetime | None) -> StopState:
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
        expected_until_at=expected_until_at,
    )


def _overtime(shift: Shift, time: WorkingTime, begins: Iterable[datetime]) -> timedelta:
    """Until the next shift begins, at most; none for who leaves early."""
    if time.ends_early:
        return timedelta()
    free_until = min((at for at in begins if at > shift.starts_at), default=time.ends_at + OVERTIME_LIMIT)
    return min(OVERTIME_LIMIT, max(timedelta(), free_until - time.ends_at))


def _time_of(shift: Shift, absences: Iterable[tuple[datetime, datetime]]) -> WorkingTime | None:
    meal = None
    if shift.break_s and shift.break_from_at and shift.break_until_at:
        meal = Rest(timedelta(seconds=shift.break_s), shift.break_from_at, shift.break_until_at, is_meal=True)
    return working_time((shift.starts_at, shift.ends_at), meal, absences)
