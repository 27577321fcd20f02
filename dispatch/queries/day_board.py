"""A territory's day as dispatchers watch it: who is where, what is due, how safe it is.

Read in a handful of statements of plain columns, since it is asked for again and again.
Coordinates are in WGS-84 (R82); there is no name, number or address of a customer in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from dispatch.models import (
    Absence,
    Announcement,
    Community,
    Eta,
    Order,
    Premises,
    Promise,
    Route,
    Shift,
    Stop,
    Technician,
    Visit,
)
from dispatch.queries.board_territories import TerritoryView
from dispatch.rules.announcing import window_around
from dispatch.rules.calendars import local_instant
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.promise_risk import URGENCY, Risk, risk_of
from dispatch.rules.vocabulary import OrderKind, Priority, PromiseKind, VisitPurpose

Window = tuple[datetime, datetime]
_Row = Row[*tuple[Any, ...]]
#: the promises that a visit's board entry may show
_SHOWN = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED, PromiseStatus.BROKEN)
_OPEN = _SHOWN[:3]
_WAITING = (VisitStatus.REQUESTED, VisitStatus.BOOKED)
_ENDED = (VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED, VisitStatus.CANCELLED)
_BEGUN = (VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)


@dataclass(frozen=True)
class PromiseRisk:
    """The promise of a visit or its order that is most at risk."""

    promise_id: int
    kind: PromiseKind
    due_at: datetime
    risk: Risk


@dataclass(frozen=True)
class PlannedTimes:
    """When a stop is planned, at which place of its route, and whether it may be moved."""

    shift_id: int
    position: int
    arrive_at: datetime
    start_at: datetime
    finish_at: datetime
    is_pinned: bool
    is_tentative: bool


@dataclass(frozen=True)
class BoardVisit:
    """One visit: planned, expected, actual and told times apart; `place` is latitude and longitude."""

    visit_id: int
    order_id: int
    order_number: str
    order_kind: OrderKind
    purpose: VisitPurpose
    priority: Priority
    status: VisitStatus
    duration_s: int
    community: str
    place: tuple[float, float] | None = field(repr=False)
    planned: PlannedTimes | None
    eta_at: datetime | None
    sent_at: datetime | None
    set_off_at: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    appointed_at: datetime | None
    booked: Window | None
    told: Window | None
    promise: PromiseRisk | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is to come."""
        return self.status in _ENDED

    @property
    def expected_at(self) -> datetime | None:
        """When somebody is expected at the door, or came; None without a place on a route."""
        if self.arrived_at is not None or self.planned is None:
            return self.arrived_at
        return self.eta_at or self.planned.arrive_at

    @property
    def is_late(self) -> bool:
        """Whether somebody is expected after what the customer was told, or agreed to."""
        expected_at = None if self.is_over or self.arrived_at is not None else self.expected_at
        return expected_at is not None and self.told is not None and expected_at > self.told[1]

    def finish_at(self, now: datetime) -> datetime | None:
        """When it is expected to be done; None without a place on a route."""
        if self.left_at is not None or self.planned is None or self.expected_at is None:
            return self.left_at
        if self.arrived_at is not None:
            return max(now, self.arrived_at + timedelta(seconds=self.duration_s))
        begins_at = max(self.expected_at, self.planned.start_at if self.eta_at is None else self.eta_at)
        return begins_at + (self.planned.finish_at - self.planned.start_at)


@dataclass(frozen=True)
class BoardRow:
    """One technician's shift with its visits in driving order; `last_place` is where work began last."""

    shift_id: int
    technician_id: int
    badge: str
    name: str = field(repr=False)
    is_contractors: bool
    starts_at: datetime
    ends_at: datetime
    rest: Window | None
    absences: tuple[Window, ...]
    heard_at: datetime | None
    visits: tuple[BoardVisit, ...]

    @property
    def last_place(self) -> tuple[float, float] | None:
        """Where the technician arrived last."""
        been = [visit for visit in self.visits if visit.arrived_at is not None and visit.place is not None]
        return max(been, key=lambda visit: visit.arrived_at or self.starts_at).place if been else None


@dataclass(frozen=True)
class KeptCount:
    """The promises of one kind that are due on the day."""

    kind: PromiseKind
    kept: int
    broken: int
    open: int

    @property
    def share(self) -> float | None:
        """Kept among those judged; None before any is."""
        judged = self.kept + self.broken
        return self.kept / judged if judged else None


@dataclass(frozen=True)
class DayBoard:
    """The day of one territory as it stands."""

    view: TerritoryView
    day_on: date
    rows: tuple[BoardRow, ...]
    unassigned: tuple[BoardVisit, ...]
    kept: tuple[KeptCount, ...]

    @property
    def visits(self) -> tuple[BoardVisit, ...]:
        """Every visit of the day, on a route or not."""
        return (*(visit for row in self.rows for visit in row.visits), *self.unassigned)


def day_board(session: Session, view: TerritoryView, day_on: date, *, now: datetime) -> DayBoard:
    """The board of one day; of a contractor's view only its technicians' rows and promises."""
    return _Board(session, view, day_on, now).made()


@dataclass
class _Board:
    session: Session
    view: TerritoryView
    day_on: date
    now: datetime

    def made(self) -> DayBoard:
        by_shift: dict[int, list[BoardVisit]] = defaultdict(list)
        for visit in self._visits(self._planned):
            by_shift[visit.planned.shift_id if visit.planned else 0].append(visit)
        rows = tuple(self._row(row, by_shift[row.id]) for row in self._shifts)
        return DayBoard(self.view, self.day_on, rows, tuple(self._visits(self._waiting)), self._kept())

    # --- rows ---------------------------------------------------------------------------

    @property
    def _span(self) -> Window:
        zone = self.view.zone
        return local_instant(self.day_on, "00:00", zone), local_instant(self.day_on, "24:00", zone)

    @cached_property
    def _shifts(self) -> Sequence[_Row]:
        statement = (
            select(
                Shift.id,
                Shift.technician_id,
                Shift.starts_at,
                Shift.ends_at,
                Shift.break_s,
                Technician.badge,
                Technician.name,
                Technician.contractor_id,
                Technician.heard_at,
                Route.break_start_at,
            )
            .join(Technician, Technician.id == Shift.technician_id)
            .outerjoin(Route, Route.shift_id == Shift.id)
            .where(Shift.territory_id == self.view.territory_id, Shift.day_on == self.day_on, Technician.is_active)
            .order_by(Technician.badge, Shift.starts_at)
        )
        if not self.view.is_whole:
            statement = statement.where(Technician.contractor_id.in_(self.view.contractor_ids or ()))
        return self.session.execute(statement).all()

    @cached_property
    def _absences(self) -> Mapping[int, list[Window]]:
        from_at, until_at = self._span
        found: dict[int, list[Window]] = defaultdict(list)
        statement = select(Absence.technician_id, Absence.from_at, Absence.until_at).where(
            Absence.technician_id.in_([row.technician_id for row in self._shifts]),
            Absence.from_at < until_at,
            Absence.until_at > from_at,
        )
        for technician_id, absent_from_at, absent_until_at in self.session.execute(statement.order_by(Absence.from_at)):
            found[technician_id].append((absent_from_at, absent_until_at))
        return found

    def _row(self, row: _Row, visits: Iterable[BoardVisit]) -> BoardRow:
        rest_at = row.break_start_at if row.break_s else None
        return BoardRow(
            shift_id=row.id,
            technician_id=row.technician_id,
            badge=row.badge,
            name=row.name,
            is_contractors=row.contractor_id is not None,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            rest=None if rest_at is None else (rest_at, rest_at + timedelta(seconds=row.break_s)),
            absences=tuple(self._absences.get(row.technician_id, ())),
            heard_at=row.heard_at,
            visits=tuple(visits),
        )

    # --- visits -------------------------------------------------------------------------

    @cached_property
    def _planned(self) -> Sequence[_Row]:
        shifts = [row.id for row in self._shifts]
        return self.session.execute(
            _visit_rows()
            .join(Stop, Stop.visit_id == Visit.id)
            .join(Route, Route.id == Stop.route_id)
            .add_columns(
                Route.shift_id,
                Stop.position,
                Stop.arrive_at,
                Stop.start_at,
                Stop.finish_at,
                Stop.is_pinned,
                Stop.is_tentative,
            )
            .where(Route.shift_id.in_(shifts))
            .order_by(Route.shift_id, Stop.position)
        ).all()

    @cached_property
    def _waiting(self) -> Sequence[_Row]:
        """The visits without a place that should have one by the end of the day."""
        _, until_at = self._span
        if not self.view.is_whole or until_at <= self.now:
            return ()
        due = select(Promise.order_id).where(
            Promise.order_id.is_not(None), Promise.status.in_(_OPEN), Promise.due_at < until_at
        )
        wanted = or_(
            Visit.booked_from_at < until_at,
            Visit.booked_from_at.is_(None) & or_(Visit.wanted_from_at < until_at, Visit.order_id.in_(due)),
        )
        return self.session.execute(
            _visit_rows()
            .outerjoin(Stop, Stop.visit_id == Visit.id)
            .where(Visit.territory_id == self.view.territory_id, Visit.status.in_(_WAITING), Stop.id.is_(None))
            .where(Order.status == OrderStatus.OPEN, wanted)
            .order_by(Visit.id)
        ).all()

    @cached_property
    def _told(self) -> Mapping[int, Window]:
        """What each customer was told last."""
        statement = (
            select(Announcement.visit_id, Announcement.from_at, Announcement.until_at)
            .where(Announcement.visit_id.in_(self._visit_ids), Announcement.told_at.is_not(None))
            .order_by(Announcement.number)
        )
        return {visit_id: (from_at, until_at) for visit_id, from_at, until_at in self.session.execute(statement)}

    @cached_property
    def _visit_ids(self) -> list[int]:
        return [row.id for row in (*self._planned, *self._waiting)]

    @cached_property
    def _promises(self) -> Mapping[tuple[str, int], list[_Row]]:
        """The open and broken promises by what they are about."""
        orders = {row.order_id for row in (*self._planned, *self._waiting)}
        found: dict[tuple[str, int], list[_Row]] = defaultdict(list)
        columns = (Promise.id, Promise.kind, Promise.status, Promise.due_at, Promise.order_id, Promise.visit_id)
        for subject, ids in ((Promise.order_id, orders), (Promise.visit_id, self._visit_ids)):
            statement = select(*columns).where(subject.in_(ids), Promise.status.in_(_SHOWN), ~Promise.is_silent)
            for row in self.session.execute(statement.order_by(Promise.id)):
                found[("visit", row.visit_id) if row.visit_id else ("order", row.order_id)].append(row)
        return found

    def _visits(self, rows: Iterable[_Row]) -> Iterable[BoardVisit]:
        for row in rows:
            visit = _visit(row, self._told.get(row.id))
            risk = self._most_at_risk(visit)
            yield visit if risk is None else replace(visit, promise=risk)

    def _most_at_risk(self, visit: BoardVisit) -> PromiseRisk | None:
        # nothing about a visit that is over can still be kept; what its order is owed can
        about = [] if visit.is_over else list(self._promises.get(("visit", visit.visit_id), ()))
        if visit.purpose is not VisitPurpose.RECOVER:
            about += self._promises.get(("order", visit.order_id), ())
        found = [
            PromiseRisk(row.id, row.kind, row.due_at, risk)
            for row in about
            if (
                risk := risk_of(
                    row.kind, row.status, row.due_at, expected_at=self._expected(row.kind, visit), now=self.now
                )
            )
        ]
        # of equal risk, the one that is due first
        return max(found, key=lambda one: (URGENCY.index(one.risk), -one.due_at.timestamp()), default=None)

    def _expected(self, kind: PromiseKind, visit: BoardVisit) -> datetime | None:
        if kind is PromiseKind.ARRIVAL:
            return visit.expected_at
        return visit.finish_at(self.now) if kind in SERVICE else None

    # --- figures ------------------------------------------------------------------------

    def _kept(self) -> tuple[KeptCount, ...]:
        """The promises about orders and visits here that are due on the day, by kind."""
        from_at, until_at = self._span
        statement = (
            select(Promise.kind, Promise.status, func.count())
            .outerjoin(Order, Order.id == Promise.order_id)
            .outerjoin(Visit, Visit.id == Promise.visit_id)
            .where(Promise.due_at >= from_at, Promise.due_at < until_at, Promise.status != PromiseStatus.VOID)
            .where(~Promise.is_silent)
            .group_by(Promise.kind, Promise.status)
        )
        if self.view.is_whole:
            territory_id = self.view.territory_id
            statement = statement.where(or_(Order.territory_id == territory_id, Visit.territory_id == territory_id))
        else:
            orders = {row.order_id for row in self._planned}
            statement = statement.where(or_(Order.id.in_(orders), Visit.id.in_(self._visit_ids)))
        counted: dict[PromiseKind, dict[PromiseStatus, int]] = defaultdict(dict)
        for kind, status, count in self.session.execute(statement):
            counted[kind][status] = count
        return tuple(_count(kind, counted[kind]) for kind in PromiseKind if kind in counted)


def _count(kind: PromiseKind, counted: Mapping[PromiseStatus, int]) -> KeptCount:
    kept, broken = (counted.get(status, 0) for status in (PromiseStatus.KEPT, PromiseStatus.BROKEN))
    return KeptCount(kind, kept, broken, sum(counted.values()) - kept - broken)


def _visit_rows() -> Select[*tuple[Any, ...]]:
    """Visits with what is shown of their orders and places."""
    return (
        select(
            Visit.id,
            Visit.order_id,
            Visit.purpose,
            Visit.status,
            Visit.duration_s,
            Visit.sent_at,
            Visit.set_off_at,
            Visit.arrived_at,
            Visit.left_at,
            Visit.appointed_at,
            Visit.booked_from_at,
            Visit.booked_until_at,
            Order.number,
            Order.kind,
            Order.priority,
            Community.name.label("community"),
            Premises.lat,
            Premises.lon,
            Premises.datum,
            Eta.arrive_at.label("eta_at"),
        )
        .join(Order, Order.id == Visit.order_id)
        .join(Premises, Premises.id == Visit.premises_id)
        .join(Community, Community.id == Premises.community_id)
        .outerjoin(Eta, Eta.visit_id == Visit.id)
    )


def _visit(row: _Row, told: Window | None) -> BoardVisit:
    has_stop = "shift_id" in row._fields
    is_agreed = row.appointed_at is not None and row.status in (VisitStatus.AGREED, *_BEGUN)
    return BoardVisit(
        visit_id=row.id,
        order_id=row.order_id,
        order_number=row.number,
        order_kind=row.kind,
        purpose=row.purpose,
        priority=row.priority,
        status=row.status,
        duration_s=row.duration_s,
        community=row.community,
        place=_place(row.lat, row.lon, row.datum),
        planned=_planned_times(row) if has_stop else None,
        eta_at=None if row.arrived_at is not None or row.status in _ENDED else row.eta_at,
        sent_at=row.sent_at,
        set_off_at=row.set_off_at,
        arrived_at=row.arrived_at,
        left_at=row.left_at,
        appointed_at=row.appointed_at,
        booked=(row.booked_from_at, row.booked_until_at) if row.booked_from_at else None,
        told=window_around(row.appointed_at) if is_agreed else told,
    )


def _planned_times(row: _Row) -> PlannedTimes:
    return PlannedTimes(
        shift_id=row.shift_id,
        position=row.position,
        arrive_at=row.arrive_at,
        start_at=row.start_at,
        finish_at=row.finish_at,
        is_pinned=row.is_pinned,
        is_tentative=row.is_tentative,
    )


def _place(lat: float | None, lon: float | None, datum: Datum) -> tuple[float, float] | None:
    return None if lat is None or lon is None else _in_wgs84(lat, lon, datum)


@lru_cache(maxsize=4096)
def _in_wgs84(lat: float, lon: float, datum: Datum) -> tuple[float, float]:
    """To five decimals, which is a metre: a door needs no more."""
    place = convert(Coordinate(lat, lon, datum), Datum.WGS84)
    return round(place.lat, 5), round(place.lon, 5)
