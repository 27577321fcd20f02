"""A technician's day as the technician knows it: the phone's list, and what the phone has not passed on yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.models import Absence, Event, FieldReport, Route, Shift, Stop, Visit
from dispatch.queries.unanswered_tries import unanswered_tries
from dispatch.rules.events import VisitConfirmed
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import OrderKind, Priority, ReportKind, Tier, VisitPurpose
from dispatch.services.receive_field_reports import Report

#: somebody looks at the phone so long before and after the shift
BEFORE, AFTER = timedelta(minutes=45), timedelta(hours=5)
_V = VisitStatus
_R = ReportKind


@dataclass(frozen=True)
class Task:
    """One visit of the day, as far as its technician knows."""

    visit_id: int
    status: VisitStatus
    start_at: datetime
    travel_s: int
    duration_s: int
    purpose: VisitPurpose
    kind: OrderKind
    service: str
    tier: Tier
    priority: Priority
    rate: int | None
    lat: float
    lon: float
    booked_from_at: datetime | None = None
    booked_until_at: datetime | None = None
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    appointed_at: datetime | None = None
    set_off_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    tries: int = 0
    try_from_at: datetime | None = None
    try_until_at: datetime | None = None
    is_confirmed: bool = False
    is_given_up: bool = False
    reported: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do here."""
        return self.status in (_V.COMPLETED, _V.NOT_COMPLETED, _V.CANCELLED)


@dataclass(frozen=True)
class CrewDay:
    """A shift with its tasks in driving order."""

    technician_id: int
    starts_at: datetime
    ends_at: datetime
    break_start_at: datetime | None
    break_s: int
    is_away: bool
    tasks: tuple[Task, ...] = ()
    reported: frozenset[str] = field(default_factory=frozenset)


def crew_day(session: Session, technician_id: int, now: datetime, waiting: Sequence[Report] = ()) -> CrewDay | None:
    """The shift that is under way or about to begin; None if there is none."""
    shift = session.scalars(
        select(Shift)
        .where(Shift.technician_id == technician_id, Shift.starts_at <= now + BEFORE, Shift.ends_at > now - AFTER)
        .order_by(Shift.starts_at.desc())
        .limit(1)
    ).first()
    if shift is None:
        return None
    route = session.scalars(select(Route).where(Route.shift_id == shift.id)).first()
    reports = _reported(session, technician_id, shift.starts_at - BEFORE)
    tasks = tuple(_tasks(session, route, reports)) if route is not None else ()
    away = select(Absence.id).where(
        Absence.technician_id == technician_id, Absence.from_at <= now, Absence.until_at > now
    )
    day = CrewDay(
        technician_id=technician_id,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        break_start_at=None if route is None else route.break_start_at,
        break_s=shift.break_s,
        is_away=session.scalars(away).first() is not None,
        tasks=tasks,
        reported=frozenset(reports.get(None, ())),
    )
    for report in waiting:
        day = _with_report(day, report)
    return day


def next_shift_at(session: Session, technician_id: int, now: datetime) -> datetime | None:
    """When the next shift begins."""
    statement = select(Shift.starts_at).where(Shift.technician_id == technician_id, Shift.starts_at > now + BEFORE)
    return session.scalars(statement.order_by(Shift.starts_at).limit(1)).first()


def _reported(session: Session, technician_id: int, since: datetime) -> Mapping[int | None, set[str]]:
    """What has been reported since then, by visit."""
    statement = select(FieldReport.visit_id, FieldReport.kind).where(
        FieldReport.technician_id == technician_id, FieldReport.occurred_at >= since
    )
    found: dict[int | None, set[str]] = {}
    for visit_id, kind in session.execute(statement):
        found.setdefault(visit_id, set()).add(kind)
    return found


def _tasks(session: Session, route: Route, reports: Mapping[int | None, Iterable[str]]) -> Iterable[Task]:
    statement = (
        select(Stop)
        .where(Stop.route_id == route.id, ~Stop.is_tentative)
        .options(joinedload(Stop.visit).joinedload(Visit.order), joinedload(Stop.visit).joinedload(Visit.premises))
        .order_by(Stop.position)
    )
    for stop in session.scalars(statement):
        task = _task(stop, frozenset(reports.get(stop.visit_id, ())))
        yield _with_tries(session, task) if task.status is _V.ACCEPTED else task


def _task(stop: Stop, reported: frozenset[str]) -> Task:
    visit = stop.visit
    return Task(
        visit_id=visit.id,
        status=visit.status,
        start_at=stop.start_at,
        travel_s=stop.travel_s,
        duration_s=visit.duration_s,
        purpose=visit.purpose,
        kind=visit.order.kind,
        service=visit.order.service,
        tier=visit.order.tier,
        priority=visit.order.priority,
        rate=visit.order.contracted_mbps,
        lat=visit.premises.lat or 0.0,
        lon=visit.premises.lon or 0.0,
        booked_from_at=visit.booked_from_at,
        booked_until_at=visit.booked_until_at,
        sent_at=visit.sent_at,
        accepted_at=visit.accepted_at,
        appointed_at=visit.appointed_at,
        set_off_at=visit.set_off_at,
        arrived_at=visit.arrived_at,
        left_at=visit.left_at,
        reported=reported,
    )


def _with_tries(session: Session, task: Task) -> Task:
    """How often the customer was called in vain, and when the next call is."""
    tries = unanswered_tries(session, task.visit_id)
    confirmed = select(Event.id).where(Event.visit_id == task.visit_id, Event.kind == VisitConfirmed.kind)
    again = tries.next
    return replace(
        task,
        tries=len(tries.tried),
        try_from_at=None if again is None else again.from_at,
        try_until_at=None if again is None else again.until_at,
        is_confirmed=session.scalars(confirmed).first() is not None,
        is_given_up=tries.is_over,
    )


# --- what the phone keeps ------------------------------------------------------------------------


def _with_report(day: CrewDay, report: Report) -> CrewDay:
    """The day as it is once this report is known."""
    if report.visit_id is None:
        return replace(day, reported=day.reported | {report.kind})
    tasks = tuple(_after(task, report) if task.visit_id == report.visit_id else task for task in day.tasks)
    return replace(day, tasks=tasks)


def _after(task: Task, report: Report) -> Task:
    kind = _R(report.kind)
    changed: dict[str, Any] = {"reported": task.reported | {report.kind}, **_BECOMES.get(kind, {})}
    name = _TIMES.get(kind)
    if name is not None:
        changed[name] = report.device_at
    if kind is _R.TIME_AGREED:
        changed["appointed_at"] = datetime.fromisoformat(report.payload["time_at"])
    if kind is _R.CONTACT_TRIED and not report.payload["reached"]:
        changed |= {"tries": task.tries + 1, "try_from_at": None}
    return replace(task, **changed)


_BECOMES: Mapping[ReportKind, Mapping[str, Any]] = {
    _R.ACCEPTED: {"status": _V.ACCEPTED},
    _R.TIME_AGREED: {"status": _V.AGREED},
    _R.SET_OFF: {"status": _V.EN_ROUTE},
    _R.ARRIVED: {"status": _V.ON_SITE},
    _R.CLOSED_OUT: {"status": _V.COMPLETED},
    _R.NOT_COMPLETED: {"status": _V.NOT_COMPLETED},
    _R.NOBODY_THERE: {"status": _V.NOT_COMPLETED},
    _R.DECLINED: {"status": _V.SCHEDULED},
}
_TIMES: Mapping[ReportKind, str] = {
    _R.ACCEPTED: "accepted_at",
    _R.SET_OFF: "set_off_at",
    _R.ARRIVED: "arrived_at",
    _R.CLOSED_OUT: "left_at",
    _R.NOT_COMPLETED: "left_at",
    _R.NOBODY_THERE: "left_at",
}
