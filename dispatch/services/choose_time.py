"""The customer chooses an exact time inside the window that was told: it counts as contact (R10)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, lock, run_use_case
from dispatch.errors import Refusal
from dispatch.live_routes import Seat
from dispatch.models import Route, Stop, Visit
from dispatch.queries.exact_times import choosable_window, is_on_offer, seat_at
from dispatch.rules.events import TimeAgreed
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel
from dispatch.services.know_places import with_places_known
from dispatch.services.lock_places import lock_places
from dispatch.services.record import record
from dispatch.services.write_routes import write_routes
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel


class TimeNotOffered(Refusal):
    """The technician cannot be there at this time, or no time can be chosen (any more)."""


def choose_time(
    database: Database,
    visit_id: int,
    time_at: datetime,
    *,
    channel: Channel,
    now: datetime,
    travel: RememberedTravel,
) -> bool:
    """The customer has chosen `time_at`; False if that is agreed already.

    The stop moves to that time on the route that it is on, others keep what they were told, and
    the arrival promise narrows to it (R11). A visit that is accepted is agreed; whoever accepts
    it later finds it agreed, and owes no call. Raises TimeNotOffered.
    """
    with database.read_session() as session:
        statement = select(Route.day_on).join(Stop, Stop.route_id == Route.id).where(Stop.visit_id == visit_id)
        days = session.scalars(statement).all()
    return with_places_known(
        database,
        [visit_id],
        days,
        travel,
        lambda recalled: run_use_case(
            database,
            partial(_choose, visit_id=visit_id, time_at=time_at, by=f"channel:{channel}", now=now, travel=recalled),
        ),
    )


def _choose(session: Session, *, visit_id: int, time_at: datetime, by: str, now: datetime, travel: TravelModel) -> bool:
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise TimeNotOffered("time_at")
    lock_places(session, [visit])
    if visit.appointed_at == time_at and visit.status in (*_STANDS, VisitStatus.AGREED):
        return False
    seat = _seat(session, visit, time_at, now, travel)
    lock(session, Route, session.scalars(select(Route.id).where(Route.shift_id == seat.shift_id)))
    write_routes(session, seat.snapshot, [seat.offer.route], now=now, by=by, only=[seat.shift_id])
    lock(session, Visit, [visit.id])
    if visit.status is VisitStatus.ACCEPTED:
        visit.move_to(VisitStatus.AGREED, at=now, by=by)
    visit.appointed_at, visit.agreed_at = time_at, now
    session.flush()
    fact = TimeAgreed(occurred_at=now, order_id=visit.order_id, visit_id=visit.id, time_at=time_at, by_customer=True)
    record(session, fact, now=now)
    return True


#: a time chosen before anybody has accepted the visit
_STANDS = (VisitStatus.SCHEDULED, VisitStatus.SENT)


def _seat(session: Session, visit: Visit, time_at: datetime, now: datetime, travel: TravelModel) -> Seat:
    window = choosable_window(session, visit, now=now)
    if window is None or not is_on_offer(time_at, window, now):
        raise TimeNotOffered("time_at")
    seat = seat_at(session, visit, time_at, now=now, travel=travel)
    if seat is None:
        raise TimeNotOffered("time_at")
    return seat
