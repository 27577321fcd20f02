"""What exact times a customer is offered inside the window that they were told (R10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Route, Stop, Visit
from dispatch.queries.exact_times import exact_times
from dispatch.services.know_places import with_places_known
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel


def offer_times(database: Database, visit_id: int, *, now: datetime, travel: RememberedTravel) -> tuple[datetime, ...]:
    """The times that can be kept now, in order; showing them holds nothing and writes nothing."""
    with database.read_session() as session:
        statement = select(Route.day_on).join(Stop, Stop.route_id == Route.id).where(Stop.visit_id == visit_id)
        days = session.scalars(statement).all()

    def look(recalled: TravelModel) -> tuple[datetime, ...]:
        with database.read_session() as session:
            return exact_times(session, session.get_one(Visit, visit_id), now=now, travel=recalled)

    return with_places_known(database, [visit_id], days, travel, look)
