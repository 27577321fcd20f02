"""The exact times that a customer can choose inside the window that they were told (R10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.live_routes import Seat, quote_visit, seat_visit
from dispatch.models import Route, Stop, Visit
from dispatch.queries.told_thread import told_thread
from dispatch.queries.told_visits import last_told
from dispatch.queries.visit_truth import visit_truth
from dispatch.rules.announcing import Span
from dispatch.rules.lifecycles import VisitStatus
from dispatch.travel import TravelModel

#: before a time is agreed, and nobody has set off
CHOOSABLE = (VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED)
#: times on offer lie on the quarters of the hour, and not sooner than this
STEP, NOTICE = timedelta(minutes=15), timedelta(minutes=30)


def choosable_window(session: Session, visit: Visit, *, now: datetime) -> Span | None:
    """The window that the customer was told, inside which they can still choose a time; None if they cannot.

    None too before the technician is named, once a time stands, and after the last call in vain.
    """
    if visit.status not in CHOOSABLE:
        return None
    last = last_told(session, visit.id, told_thread(session, visit))
    truth = visit_truth(session, visit, last=None if last is None else last.told, now=now)
    if truth is None or truth.told is None or truth.time_at is not None or truth.named_from_at is None:
        return None
    is_named = last is not None or truth.named_from_at <= now
    return truth.told.window if is_named else None


def exact_times(session: Session, visit: Visit, *, now: datetime, travel: TravelModel) -> tuple[datetime, ...]:
    """The times at which the technician can be there, in order: whatever others were told, they still get (R16)."""
    window = choosable_window(session, visit, now=now)
    if window is None:
        return ()
    route = _movable_on(session, visit, now)
    if route is None:
        return ()
    windows = [(time_at, time_at) for time_at in _quarters(window, now)]
    answer = quote_visit(session, visit, [route.day_on], windows, now=now, travel=travel, only_shifts=[route.shift_id])
    return tuple(sorted(quote.from_at for quote in answer.quotes))


def seat_at(session: Session, visit: Visit, time_at: datetime, *, now: datetime, travel: TravelModel) -> Seat | None:
    """How the technician who has the visit can start it at a time; None if not, or if its stop is pinned or due."""
    route = _movable_on(session, visit, now)
    if route is None:
        return None
    on = [route.shift_id]
    return seat_visit(session, visit, route.day_on, (time_at, time_at), now=now, travel=travel, only_shifts=on)


def _movable_on(session: Session, visit: Visit, now: datetime) -> Route | None:
    """The route that the visit is on, if it can still be moved there."""
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id, ~Stop.is_tentative)).first()
    return None if stop is None or stop.is_pinned or stop.start_at <= now else stop.route


def is_on_offer(time_at: datetime, window: Span, now: datetime) -> bool:
    """Whether the time is one of those that are looked at."""
    return time_at in _quarters(window, now)


def _quarters(window: Span, now: datetime) -> Iterator[datetime]:
    """The quarters of the hour inside the window that are far enough ahead; every zone counts quarters alike."""
    opens_at, closes_at = max(window[0], now + NOTICE), window[1]
    past = timedelta(seconds=opens_at.timestamp() % STEP.total_seconds())
    time_at = opens_at if not past else opens_at - past + STEP
    while time_at <= closes_at:
        yield time_at
        time_at += STEP
