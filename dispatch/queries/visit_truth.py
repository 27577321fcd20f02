"""What is so about a visit now, as far as its customer should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.models import Promise, Stop, Territory, Visit
from dispatch.queries.unanswered_tries import unanswered_tries
from dispatch.rules.announcing import Told, contact_by, named_by, window_around, window_to_tell
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind

#: it has a stop, and nobody has set off
_TO_COME = (VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.AGREED)
#: it is to take place, and has no stop
_PLACELESS = (VisitStatus.REQUESTED, VisitStatus.BOOKED)


@dataclass(frozen=True)
class VisitTruth:
    """Where a visit stands.

    `told` is what its customer should know, from `named_from_at` on; None if the visit has
    no place in a route. `accepted_at` and `time_at` (the agreed time) as far as they go.
    """

    named_from_at: datetime | None
    told: Told | None
    accepted_at: datetime | None = None
    agreed_at: datetime | None = None
    time_at: datetime | None = None


def visit_truth(session: Session, visit: Visit, *, last: Told | None, now: datetime) -> VisitTruth | None:
    """What is so; None for a visit that is under way, over, or of an order that is not open.

    None too once its customer was tried in vain for the last time (R12): they are asked to
    choose a new time, and until they do nothing else is told.

    `last` is what this customer was told last: the window stands as long as the plan keeps
    it, and with it the time of the call unless an earlier one is promised. None again once
    the window is over: what is late is told otherwise (R34).
    """
    if visit.order.status is not OrderStatus.OPEN or visit.status not in (*_TO_COME, *_PLACELESS):
        return None
    if visit.status is VisitStatus.ACCEPTED and unanswered_tries(session, visit.id).is_over:
        return None
    statement = select(Stop).where(Stop.visit_id == visit.id, ~Stop.is_tentative).options(joinedload(Stop.route))
    stop = session.scalars(statement.order_by(Stop.attendance)).first()
    if stop is None or visit.status in _PLACELESS:
        return VisitTruth(None, None)
    zone = session.get_one(Territory, visit.territory_id).zone
    time_at = _standing_time(visit, stop.start_at)
    told = _told(session, visit, stop, last, zone, now) if time_at is None else _agreed(stop, time_at)
    if told.window[1] <= now:
        return None
    accepted = visit.status in (VisitStatus.ACCEPTED, VisitStatus.AGREED)
    return VisitTruth(
        named_by(stop.start_at.astimezone(zone).date(), zone),
        told,
        visit.accepted_at if accepted else None,
        visit.agreed_at if time_at is not None else None,
        time_at,
    )


def _standing_time(visit: Visit, start_at: datetime) -> datetime | None:
    """The agreed time; before anybody has (again) accepted the visit, as long as the plan keeps it (R11)."""
    time_at = visit.appointed_at
    if time_at is None or visit.status is VisitStatus.AGREED:
        return time_at
    from_at, until_at = window_around(time_at)
    return time_at if from_at <= start_at <= until_at else None


def _agreed(stop: Stop, time_at: datetime) -> Told:
    return Told(stop.route.technician_id, None, window_around(time_at))


def _told(session: Session, visit: Visit, stop: Stop, last: Told | None, zone: ZoneInfo, now: datetime) -> Told:
    technician_id, booked = stop.route.technician_id, None
    if visit.booked_from_at is not None and visit.booked_until_at is not None:
        booked = (visit.booked_from_at, visit.booked_until_at)
    late = None if stop.late_s is None else timedelta(seconds=stop.late_s)
    window = window_to_tell(stop.start_at, booked, None if last is None else last.window, zone, late)
    due_at = _contact_due(session, visit) if visit.status is VisitStatus.ACCEPTED else None
    call_at = contact_by(window, due_at, zone, now)
    if last is not None and (last.technician_id, last.window) == (technician_id, window):
        call_at = _still_ahead(last.contact_by_at, due_at, now) or call_at
    return Told(technician_id, call_at, window)


def _still_ahead(told_at: datetime | None, due_at: datetime | None, now: datetime) -> datetime | None:
    """What was told stands, unless an earlier call is promised or it is past."""
    if told_at is None or told_at <= now:
        return None
    return told_at if due_at is None else min(told_at, due_at)


def _contact_due(session: Session, visit: Visit) -> datetime | None:
    """By when the technician who has accepted calls (R10)."""
    statement = (
        select(Promise.due_at)
        .where(Promise.visit_id == visit.id, Promise.kind == PromiseKind.CONTACT)
        .where(Promise.status.in_((PromiseStatus.RUNNING, PromiseStatus.PAUSED)))
        .order_by(Promise.occasion.desc())
    )
    return session.scalars(statement).first()
