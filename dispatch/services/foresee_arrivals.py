"""Foreseeing when technicians come, and saying so before a window that was told is missed (R34)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from dispatch.models import Disruption, Eta, Event, Route, Shift, Stop, Visit
from dispatch.queries.route_ahead import RouteAhead, route_ahead
from dispatch.rules import events as e
from dispatch.rules.foresight import (
    FORESIGHT,
    Foreseen,
    ForesightRules,
    answer_by,
    is_endangered,
    is_worth_telling,
    next_look,
)
from dispatch.rules.lifecycles import DisruptionStatus
from dispatch.services.follow_log import Reader
from dispatch.services.record import record
from dispatch.services.schedule_work import schedule_work
from dispatch.upsert import insert_or_update

#: due work, by route: what is to come on it is foreseen anew
FORESEE_ARRIVALS = "foresee_arrivals"
#: so long after a technician's time is over nobody looks any more
LOOKED_AFTER = timedelta(hours=2)


def _on_fact(session: Session, event: Event, now: datetime) -> None:
    """Look at the routes that the fact is about: at once, or when their day begins."""
    for route_id, starts_at in _routes_of(session, event, now):
        wanted: set[tuple[int, datetime]] = session.info.setdefault("foresight_wanted", set())
        if (route_id, now) not in wanted:
            schedule_work(session, FORESEE_ARRIVALS, route_id, max(now, starts_at))
            wanted.add((route_id, now))
    if event.visit_id is not None and event.kind in _TAKEN_OUT:
        session.execute(delete(Eta).where(Eta.visit_id == event.visit_id, Eta.visit_id.not_in(select(Stop.visit_id))))


_REPAIRED = (e.DisruptionUndecided.kind, e.DisruptionSettled.kind)
_TAKEN_OUT = (e.VisitUnscheduled.kind, e.VisitCancelled.kind)
#: whatever changes when somebody comes, or what a customer counts on
FORESIGHT_READER = Reader(
    "foresight",
    (
        e.VisitScheduled,
        e.VisitUnscheduled,
        e.VisitSent,
        e.VisitUnsent,
        e.VisitAccepted,
        e.VisitConfirmed,
        e.VisitReassigned,
        e.ContactTried,
        e.WindowTold,
        e.WindowChosen,
        e.TimeAgreed,
        e.EarlyArrivalAllowed,
        e.TechnicianSetOff,
        e.VisitDiverted,
        e.TechnicianArrived,
        e.ArrivalUndone,
        e.VisitCompleted,
        e.VisitNotCompleted,
        e.VisitCancelled,
        e.DisruptionReported,
        e.DisruptionUndecided,
        e.DisruptionSettled,
    ),
    _on_fact,
)


def foresee_arrivals(session: Session, key: str, now: datetime, *, rules: ForesightRules = FORESIGHT) -> None:
    """Predict anew what is to come on a route, and warn whose window is in danger (due work `foresee_arrivals`).

    Each customer is warned once, and again only if it gets much worse; nobody while the
    technician's day is being repaired, since another may come in time. The next look is due
    when time alone changes something.
    """
    ahead = route_ahead(session, int(key), now=now)
    if ahead is None:
        return
    _write(session, ahead, now)
    in_danger = [one for one in ahead.foreseen if is_endangered(one, now=now, rules=rules)]
    if in_danger and _is_being_repaired(session, ahead.technician_id):
        in_danger = []
    told = _told_expectations(session, [one.visit_id for one in in_danger])
    for one in in_danger:
        if is_worth_telling(one.arrive_at, told.get(one.visit_id), rules):
            _warn(session, ahead, one, now, rules)
    look_at = next_look(ahead.foreseen, now=now, rules=rules)
    if look_at is not None and look_at <= ahead.ends_at + LOOKED_AFTER:
        schedule_work(session, FORESEE_ARRIVALS, int(key), look_at)


def _write(session: Session, ahead: RouteAhead, now: datetime) -> None:
    """The predictions, and none for visits that nobody comes to any more."""
    session.execute(delete(Eta).where(Eta.visit_id.in_(ahead.over)))
    for one in ahead.foreseen:
        values = {"visit_id": one.visit_id, "arrive_at": one.arrive_at, "computed_at": now}
        insert_or_update(session, Eta, values, unique=("visit_id",), update=("arrive_at", "computed_at"))


def _is_being_repaired(session: Session, technician_id: int) -> bool:
    """Whether the routes of this technician may change any moment; the log says when that is over."""
    statement = select(Disruption.id).where(
        Disruption.technician_id == technician_id,
        Disruption.status.in_((DisruptionStatus.REPORTED, DisruptionStatus.REPAIRING)),
    )
    return session.scalars(statement.limit(1)).first() is not None


def _warn(session: Session, ahead: RouteAhead, one: Foreseen, now: datetime, rules: ForesightRules) -> None:
    until_at = one.until_at or one.arrive_at
    fact = e.ArrivalEndangered(
        occurred_at=now,
        order_id=ahead.orders[one.visit_id],
        visit_id=one.visit_id,
        technician_id=ahead.technician_id,
        expected_at=one.arrive_at,
        answer_by_at=answer_by(until_at, one.arrive_at, now=now, rules=rules),
    )
    record(session, fact, now=now)


def _told_expectations(session: Session, visit_ids: Collection[int]) -> Mapping[int, datetime]:
    """What the customers were last warned of, since another window than before was told or another time agreed."""
    kinds = (e.WindowTold.kind, e.TimeAgreed.kind, e.ArrivalEndangered.kind)
    statement = select(Event).where(Event.visit_id.in_(visit_ids), Event.kind.in_(kinds)).order_by(Event.id)
    counted_on: dict[int, datetime] = {}
    warned_of: dict[int, datetime] = {}
    for event in session.scalars(statement) if visit_ids else ():
        visit_id = event.visit_id or 0
        if event.kind == e.ArrivalEndangered.kind:
            warned_of[visit_id] = datetime.fromisoformat(event.payload["expected_at"])
            continue
        told_at = datetime.fromisoformat(event.payload.get("until_at") or event.payload["time_at"])
        if counted_on.get(visit_id) != told_at:
            counted_on[visit_id] = told_at
            warned_of.pop(visit_id, None)
    return warned_of


def _routes_of(session: Session, event: Event, now: datetime) -> Iterable[tuple[int, datetime]]:
    """The routes of today, or of a shift that begins within a day, that the fact is about: id and beginning."""
    concerned = select(Route.id, Shift.starts_at).join(Shift, Shift.id == Route.shift_id)
    concerned = concerned.where(Shift.ends_at > now - LOOKED_AFTER, Shift.starts_at < now + timedelta(days=1))
    is_its: ColumnElement[bool] = Route.id.in_(select(Stop.route_id).where(Stop.visit_id == event.visit_id))
    technician_id = event.technician_id or _technician_before(session, event)
    if event.kind in _REPAIRED:
        technician_id = session.get_one(Disruption, event.payload["disruption_id"]).technician_id
    if technician_id is not None:
        is_its = is_its | (Route.technician_id == technician_id)
    elif event.kind in _TAKEN_OUT:  # whoever had it
        is_its = is_its | (Route.territory_id == session.get_one(Visit, event.visit_id).territory_id)
    return [(row.id, row.starts_at) for row in session.execute(concerned.where(is_its).order_by(Route.id))]


def _technician_before(session: Session, event: Event) -> int | None:
    """Whose route a visit was on that has none any more."""
    if event.kind not in _TAKEN_OUT:
        return None
    statement = select(Event.technician_id).where(
        Event.visit_id == event.visit_id, Event.kind == e.VisitScheduled.kind, Event.id < event.id
    )
    return session.scalars(statement.order_by(Event.id.desc()).limit(1)).first()
