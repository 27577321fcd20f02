"""A technician's day as the phone shows it: what to do next, and everything else on the route."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from dispatch.links import Secret
from dispatch.models import Case, Event, FieldReport, Order, Route, Shift, Stop, Technician, Territory, Visit
from dispatch.queries.phone_visits import Onlooker, PhoneVisit, PhoneVisits
from dispatch.rules.announcing import Span
from dispatch.rules.events import VisitSent
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import ReportOutcome

_BEGUN = (VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
#: the phone knows the routes of so many days to either side of today
_REACH = timedelta(days=1)
#: how long a report that did not fit is shown
_CONFLICTS_SHOWN = timedelta(hours=24)


@dataclass(frozen=True)
class ReportInDoubt:
    """A report of this technician that did not fit; whoever owns the case sorts it out."""

    sequence: int
    kind: str
    visit_id: int | None
    reported_at: datetime
    reason: str | None
    case_number: str | None


@dataclass(frozen=True)
class TechnicianDay:
    """Today, with the day before (what is not over yet) and the day after; times are on the territory's wall clocks."""

    technician_id: int
    badge: str
    name: str = field(repr=False)
    zone: ZoneInfo
    day_on: date
    shift: Span | None
    pause: Span | None
    visits: tuple[PhoneVisit, ...]
    tomorrow: tuple[PhoneVisit, ...]
    yesterday: tuple[PhoneVisit, ...]
    conflicts: tuple[ReportInDoubt, ...]

    @property
    def current(self) -> PhoneVisit | None:
        """What to do now: what has begun, else the first that is not over; None if nothing is left today."""
        left = [visit for visit in (*self.yesterday, *self.visits) if not visit.is_over]
        begun = [visit for visit in left if visit.status in _BEGUN]
        return next(iter((*begun[::-1], *left)), None)

    def visit(self, visit_id: int) -> PhoneVisit | None:
        """The visit with this id, if it is on a route of yesterday, today or tomorrow."""
        known = (*self.yesterday, *self.visits, *self.tomorrow)
        return next((visit for visit in known if visit.visit_id == visit_id), None)


def technician_day(session: Session, technician_id: int, *, now: datetime, secret: Secret) -> TechnicianDay:
    """What the technician's phone shows at `now` (business time)."""
    technician = session.get_one(Technician, technician_id)
    zone = session.get_one(Territory, technician.territory_id).zone
    today = now.astimezone(zone).date()
    routes = _routes(session, technician_id, today)
    visits = _visits_by_day(session, Onlooker(technician_id, zone, now, secret), routes)
    return TechnicianDay(
        technician_id=technician_id,
        badge=technician.badge,
        name=technician.name,
        zone=zone,
        day_on=today,
        shift=_shift(session, technician_id, today, zone),
        pause=_pause(routes, today, zone),
        visits=visits.get(today, ()),
        tomorrow=visits.get(today + _REACH, ()),
        yesterday=visits.get(today - _REACH, ()),
        conflicts=_conflicts(session, technician_id, zone, now),
    )


def visits_in_hand(session: Session, technician_id: int, *, now: datetime) -> frozenset[int]:
    """The visits on the technician's routes of yesterday, today and tomorrow, and those ever sent to this phone.

    One that was given to somebody else while the phone was silent is still reported about.
    """
    technician = session.get_one(Technician, technician_id)
    today = now.astimezone(session.get_one(Territory, technician.territory_id).zone).date()
    on_routes = (
        select(Stop.visit_id)
        .join(Route, Route.id == Stop.route_id)
        .where(Route.technician_id == technician_id, Route.day_on.between(today - _REACH, today + _REACH))
        .where(~Stop.is_tentative)
    )
    sent = select(Event.visit_id).where(Event.technician_id == technician_id, Event.kind == VisitSent.kind)
    return frozenset(session.scalars(on_routes)) | frozenset(id_ for id_ in session.scalars(sent) if id_ is not None)


def _routes(session: Session, technician_id: int, today: date) -> Sequence[Route]:
    visit = selectinload(Route.stops).selectinload(Stop.visit)
    statement = (
        select(Route)
        .join(Shift, Shift.id == Route.shift_id)
        .where(Route.technician_id == technician_id, Route.day_on.between(today - _REACH, today + _REACH))
        .options(
            selectinload(Route.shift),
            visit.selectinload(Visit.premises),
            visit.selectinload(Visit.skills),
            visit.selectinload(Visit.order).selectinload(Order.contacts),
        )
        .order_by(Shift.starts_at)
    )
    return session.scalars(statement).all()


def _visits_by_day(session: Session, who: Onlooker, routes: Sequence[Route]) -> dict[date, tuple[PhoneVisit, ...]]:
    stops = [(route.day_on, stop) for route in routes for stop in route.stops if not stop.is_tentative]
    reading = PhoneVisits(session, who, [stop for _day, stop in stops])
    found: dict[date, tuple[PhoneVisit, ...]] = {}
    for day, stop in stops:
        before = found.get(day, ())
        found[day] = (*before, reading.phone_visit(len(before) + 1, day, stop))
    return found


def _shift(session: Session, technician_id: int, today: date, zone: ZoneInfo) -> Span | None:
    shifts = session.scalars(select(Shift).where(Shift.technician_id == technician_id, Shift.day_on == today)).all()
    if not shifts:
        return None
    first, last = min(shift.starts_at for shift in shifts), max(shift.ends_at for shift in shifts)
    return first.astimezone(zone), last.astimezone(zone)


def _pause(routes: Sequence[Route], today: date, zone: ZoneInfo) -> Span | None:
    for route in routes:
        if route.day_on == today and route.shift.break_s and route.break_start_at is not None:
            from_at = route.break_start_at.astimezone(zone)
            return from_at, from_at + timedelta(seconds=route.shift.break_s)
    return None


def _conflicts(session: Session, technician_id: int, zone: ZoneInfo, now: datetime) -> tuple[ReportInDoubt, ...]:
    statement = (
        select(FieldReport, Case.number)
        .outerjoin(Case, Case.id == FieldReport.case_id)
        .where(FieldReport.technician_id == technician_id, FieldReport.outcome == ReportOutcome.CONFLICT)
        .where(FieldReport.recorded_at > now - _CONFLICTS_SHOWN)
        .order_by(FieldReport.id.desc())
    )
    return tuple(
        ReportInDoubt(
            row.sequence, row.kind, row.visit_id, row.occurred_at.astimezone(zone), row.outcome_reason, case_number
        )
        for row, case_number in session.execute(statement)
    )
