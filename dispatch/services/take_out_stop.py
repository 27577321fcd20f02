"""Taking a visit's stop out of its route."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from dispatch.models import Route, Stop


def take_out_stop(session: Session, visit_id: int, *, only_tentative: bool = False) -> bool:
    """Take the visit out of whatever route it is on; whether it was on one.

    The stops behind it keep their times, which can only become easier to keep; the way to
    the next one counts as long as the detour was, at most, until the route is written anew.
    Who has no stop left stays at home. The route gets a new version. The caller holds the territory-day.
    """
    wanted = select(Stop).where(Stop.visit_id == visit_id).order_by(Stop.route_id)
    if only_tentative:
        wanted = wanted.where(Stop.is_tentative)
    stops = session.scalars(wanted.execution_options(populate_existing=True)).all()
    for stop in stops:
        _hand_on_way(session, stop)
        session.execute(delete(Stop).where(Stop.id == stop.id).execution_options(synchronize_session=False))
        session.expunge(stop)
    return bool(stops)


def _hand_on_way(session: Session, stop: Stop) -> None:
    """Add the way to the stop to the way that follows it, and count a new version of the route."""
    route = update(Route).where(Route.id == stop.route_id).execution_options(synchronize_session=False)
    others = session.scalars(
        select(Stop)
        .where(Stop.route_id == stop.route_id, Stop.id != stop.id)
        .order_by(Stop.position)
        .execution_options(populate_existing=True)
    ).all()
    behind = next((other for other in others if other.position > stop.position), None)
    if behind is not None:
        behind.travel_s += stop.travel_s
        session.execute(route.values(version=Route.version + 1))
    else:
        way_back = Route.return_travel_s + stop.travel_s if others else 0
        session.execute(route.values(version=Route.version + 1, return_travel_s=way_back))
    session.flush()
    loaded = session.identity_map.get(session.identity_key(Route, stop.route_id))
    if loaded is not None:
        session.expire(loaded)
