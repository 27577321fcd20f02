"""What is still to come on a technician's route, and what its customers count on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Announcement, ContactAttempt, Route, Stop, Territory, Visit
from dispatch.queries.planning_rows import PlanningRows, WorkedShift, standing_stops
from dispatch.queries.unanswered_tries import unanswered_tries
from dispatch.rules.announcing import Span, window_around
from dispatch.rules.foresight import Ahead, Foreseen, foresee
from dispatch.rules.lifecycles import VisitStatus

#: so long before an agreed time nobody comes without the customer's yes (R11)
EARLY = timedelta(minutes=15)
_AS_AGREED = (VisitStatus.AGREED, VisitStatus.EN_ROUTE)


@dataclass(frozen=True)
class RouteAhead:
    """The arrivals that are foreseen on one route, in order; `over` are its visits that nobody comes to any more.

    `ends_at` is when the technician's working time is over.
    """

    technician_id: int
    starts_at: datetime
    ends_at: datetime
    foreseen: tuple[Foreseen, ...]
    orders: Mapping[int, int]
    over: frozenset[int]


def route_ahead(session: Session, route_id: int, *, now: datetime) -> RouteAhead | None:
    """What is to come on the route; None if there is no such route.

    Who is absent comes to nobody, and nobody comes to a customer who was tried in vain for the last
    time, until the customer is heard of.
    """
    route = session.get(Route, route_id)
    if route is None:
        return None
    zone = session.get_one(Territory, route.territory_id).zone
    rows = PlanningRows(session, route.territory_id, (route.day_on,), zone, now)
    worked = next(iter(rows.worked_shifts([route.shift_id])), None)
    visits = {stop.visit_id: stop.visit for stop in route.stops}
    orders = {visit.id: visit.order_id for visit in visits.values()}
    foreseen = () if worked is None else _foreseen(session, worked, now)
    coming = {one.visit_id for one in foreseen}
    starts_at = route.shift.starts_at if worked is None else worked.time.starts_at
    ends_at = now if worked is None else worked.time.ends_at + worked.overtime
    return RouteAhead(route.technician_id, starts_at, ends_at, foreseen, orders, frozenset(visits) - coming)


def _foreseen(session: Session, worked: WorkedShift, now: datetime) -> tuple[Foreseen, ...]:
    stops = [] if worked.route is None else [stop for stop in standing_stops(worked.route) if not stop.is_tentative]
    told = _told_windows(session, [stop.visit_id for stop in stops])
    begun = {one.visit_id: one for one in worked.begun}
    free_at = max([worked.time.starts_at, now, *(one.end_at for one in worked.begun)])
    found = [
        Foreseen(stop.visit_id, max(now, begun[stop.visit_id].start_at), now, _counted_on(stop, told))
        for stop in stops
        if stop.visit_id in begun and stop.visit.status is VisitStatus.EN_ROUTE
    ]
    given_up = _given_up(session, [stop.visit for stop in stops if stop.visit_id not in begun])
    ahead = [_ahead(stop, told) for stop in stops if stop.visit_id not in begun and stop.visit_id not in given_up]
    to_come = foresee(ahead, free_at=free_at, rests=worked.rests(now))
    if worked.time.ends_early:
        to_come = [one for one in to_come if one.arrive_at < worked.time.ends_at]
    return (*found, *to_come)


def _given_up(session: Session, visits: Collection[Visit]) -> frozenset[int]:
    """Visits without an agreed time, tried in vain for the last time: as things stand, nobody goes there (R12)."""
    untimed = [visit.id for visit in visits if visit.appointed_at is None]
    tried = select(ContactAttempt.visit_id).where(ContactAttempt.visit_id.in_(untimed), ~ContactAttempt.reached)
    found = session.scalars(tried.distinct()).all() if untimed else ()
    return frozenset(visit_id for visit_id in found if unanswered_tries(session, visit_id).is_over)


def _ahead(stop: Stop, told: Mapping[int, Span]) -> Ahead:
    visit = stop.visit
    return Ahead(
        visit_id=visit.id,
        travel=timedelta(seconds=stop.travel_s),
        service=timedelta(seconds=visit.duration_s),
        not_before=_not_before(visit, told.get(visit.id)),
        until_at=_counted_on(stop, told),
    )


def _not_before(visit: Visit, told: Span | None) -> datetime | None:
    """The earliest that the customer expects somebody."""
    if visit.appointed_at is not None and visit.status in _AS_AGREED:
        return visit.appointed_at - EARLY
    expected_at = visit.booked_from_at if told is None else told[0]
    known = [at for at in (expected_at, visit.release_at) if at is not None]
    return max(known, default=None)


def _counted_on(stop: Stop, told: Mapping[int, Span]) -> datetime | None:
    """Until when somebody must have come: by what was agreed, else by what was told.

    A stop that was planned after the window that was told gets another one told, not a warning.
    """
    visit = stop.visit
    if visit.appointed_at is not None and visit.status in _AS_AGREED:
        return window_around(visit.appointed_at)[1]
    window = told.get(visit.id)
    return None if window is None or stop.start_at > window[1] else window[1]


def _told_windows(session: Session, visit_ids: Collection[int]) -> Mapping[int, Span]:
    """The windows that customers were told last, by visit."""
    statement = (
        select(Announcement.visit_id, Announcement.from_at, Announcement.until_at)
        .where(Announcement.visit_id.in_(visit_ids), Announcement.told_at.is_not(None))
        .order_by(Announcement.number)
    )
    return {row.visit_id: (row.from_at, row.until_at) for row in session.execute(statement)}
