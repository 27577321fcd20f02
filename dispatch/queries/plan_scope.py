"""Is there anything to plan, and anybody to plan it for?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Territory
from dispatch.queries.planning_rows import PlanningRows, standing_stops
from dispatch.rules.calendars import local_instant


@dataclass(frozen=True)
class PlanScope:
    """One territory on some days: how many technicians work, and how many visits are on routes or wait for them."""

    territory_id: int
    territory: str
    technicians: int
    visits: int


def plan_scopes(session: Session, days: Sequence[date], *, now: datetime) -> list[PlanScope]:
    """What a plan of `days` (in order) would be about, for every territory in the order of their codes."""
    territories = session.scalars(select(Territory).order_by(Territory.code))
    return [_scope(session, territory, tuple(days), now) for territory in territories.all()]


def _scope(session: Session, territory: Territory, days: tuple[date, ...], now: datetime) -> PlanScope:
    start_at = local_instant(days[0], "00:00", territory.zone)
    end_at = local_instant(days[-1], "24:00", territory.zone)
    rows = PlanningRows(session, territory.id, days, start_at, end_at, now)
    worked = rows.worked_shifts()
    on_routes = {stop.visit_id for one in worked if one.route is not None for stop in standing_stops(one.route)}
    visits = rows.visits(on_routes, rows.orphaned(worked), waiting=True)
    technicians = len({one.shift.technician_id for one in worked})
    return PlanScope(territory.id, territory.name, technicians, len(visits))
