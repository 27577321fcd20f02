"""Moving one stop of a route to another time of the same shift."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dispatch.models import Route, Stop
from dispatch.rules.begun_stops import MOVABLE

#: a smaller difference is none
CLOSE_ENOUGH = timedelta(minutes=5)


def retime_stop(session: Session, stop: Stop, start_at: datetime) -> bool:
    """Let the stop start at `start_at`; False if it starts about then already.

    It takes its place in the order of time among the stops that have not begun. Whoever cannot
    be reached in time starts later, this stop too: nobody is planned to be in two places.
    The ways between stops that were not neighbours count as long as they were planned,
    until the route is written anew. The caller holds the territory-day and the route.
    """
    if abs(stop.start_at - start_at) <= CLOSE_ENOUGH:
        return False
    route = stop.route
    waiting = [one for one in route.stops if one.visit.status in MOVABLE and one is not stop]
    kept = [one for one in route.stops if one.visit.status not in MOVABLE]
    _shift(stop, start_at)
    _place(session, route, [*kept, *sorted([*waiting, stop], key=lambda one: (one.start_at, one.position))])
    for before, one in zip(route.stops, route.stops[1:], strict=False):
        if one is stop or one in waiting:
            _push(one, before)
    flag_modified(route, "return_travel_s")  # every change is a new version
    session.flush()
    return True


def _place(session: Session, route: Route, stops: list[Stop]) -> None:
    """Write the stops in this order; positions are unique at every moment."""
    if [one.id for one in stops] == [one.id for one in route.stops]:
        return
    session.flush()
    far = max(one.position for one in stops)
    session.execute(
        update(Stop)
        .where(Stop.route_id == route.id)
        .values(position=Stop.position + far)
        .execution_options(synchronize_session=False)
    )
    for position, one in enumerate(stops, start=1):
        one.position = position
        flag_modified(one, "position")
    session.flush()
    session.expire(route, ["stops"])


def _push(stop: Stop, before: Stop) -> None:
    """Not before the stop before is over and the way is made."""
    reached_at = before.finish_at + timedelta(seconds=stop.travel_s)
    if reached_at > stop.start_at:
        _shift(stop, reached_at)
    elif reached_at > stop.arrive_at:
        stop.arrive_at = reached_at


def _shift(stop: Stop, start_at: datetime) -> None:
    length = stop.finish_at - stop.start_at
    stop.start_at, stop.finish_at = start_at, start_at + length
    stop.arrive_at = min(stop.arrive_at, start_at)
