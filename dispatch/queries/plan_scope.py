"""Is there anything to plan, and anybody to plan it for?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Territory
from dispatch.queries.planning_rows import PlanningRows, standing_stops


@dataclass(frozen=True)
class PlanScope:
    """One territory on some days: how many technicians still work, how many visits are on routes or wait for them.

    `is_over` says that the days are past and nobody is at work on them any more.
    """

    territory_id: int
    territory: str
    technicians: int
    visits: int
    is_over: bool


def plan_scopes(session: Session, days: Sequence[date], *, now: datetime) -> list[PlanScope]:
    """What a plan of `days` (in order) would be about, for every territory in the order of their codes."""
    territories = session.scalars(select(Territory).order_by(Territory.code))
    return [_scope(session, territory, tuple(days), now) for territory in territories.all()]


def _scope(session: Session, territory: Territory, days: tuple[date, ...], now: datetime) -> PlanScope:
    rows = PlanningRows(session, territory.id, days, territory.zone, now)
    worked = rows.worked_shifts()
    on_routes = {stop.visit_id for one in worked if one.route is not None for stop in standing_stops(one.route)}
    visits = rows.visits(on_routes, rows.orphaned(worked), waiting=True)
    technicians = len({one.shift.technician_id for one in worked if one.time.ends_at > now})
    is_over = rows.end_at <= now and not technicians
    return PlanScope(territory.id, territory.name, technicians, len(visits), is_over)
