"""Keeping a visit's stop where it is, whoever plans; and letting it go again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dispatch.db import lock
from dispatch.errors import NotFound, Refusal
from dispatch.models import Route, Stop, Visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.events import StopPinned, StopUnpinned
from dispatch.services.lock_territory_day import lock_territory_days
from dispatch.services.record import record


class NothingToPin(Refusal):
    """The visit has no stop that could still be moved."""


def pin_stop(session: Session, visit_id: int, *, is_pinned: bool, now: datetime) -> None:
    """Pin the visit's stop to its technician and start, or unpin it; doing so again changes nothing.

    The route gets a new version, so that a plan that is being published looks again. Raises
    NotFound, and NothingToPin for a visit without a firm place on a route, or that has begun.
    """
    if session.get(Visit, visit_id) is None:
        raise NotFound("visit")
    on_route = select(Route).join(Stop, Stop.route_id == Route.id).where(Stop.visit_id == visit_id, ~Stop.is_tentative)
    route = session.scalars(on_route).first()
    if route is None:
        raise NothingToPin("visit")
    lock_territory_days(session, route.territory_id, [route.day_on])
    lock(session, Route, [route.id])
    (visit,) = lock(session, Visit, [visit_id])
    statement = select(Stop).where(Stop.visit_id == visit_id, Stop.route_id == route.id)
    stop = session.scalars(statement.execution_options(populate_existing=True)).first()
    if stop is None or visit.status not in MOVABLE:
        raise NothingToPin("visit")
    if stop.is_pinned == is_pinned:
        return
    stop.is_pinned = is_pinned
    flag_modified(route, "return_travel_s")  # every change is a new version
    kind = StopPinned if is_pinned else StopUnpinned
    record(session, kind(occurred_at=now, order_id=visit.order_id, visit_id=visit.id), now=now)
