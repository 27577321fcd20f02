"""Taking a territory's day before changing its routes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import TerritoryDay
from dispatch.upsert import insert_or_update


def lock_territory_days(session: Session, territory_id: int, days: Iterable[date]) -> Sequence[TerritoryDay]:
    """Lock the days of one territory in order, count a new version of each, and return them."""
    return lock_days(session, ((territory_id, day_on) for day_on in days))


def lock_days(session: Session, days: Iterable[tuple[int, date]]) -> Sequence[TerritoryDay]:
    """Lock days of several territories (territory id, date) at once; see `lock_territory_days`."""
    wanted = sorted(set(days))
    for territory_id, day_on in wanted:
        insert_or_update(
            session,
            TerritoryDay,
            {"territory_id": territory_id, "day_on": day_on, "version": 0},
            unique=("territory_id", "day_on"),
        )
    ids = session.scalars(
        select(TerritoryDay.id).where(tuple_(TerritoryDay.territory_id, TerritoryDay.day_on).in_(wanted))
    )
    locked = lock(session, TerritoryDay, ids)
    for territory_day in locked:
        territory_day.version += 1
    return locked
