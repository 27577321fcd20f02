"""The rush hours of some days, as the optimizer's travel periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from dispatch.models import Operator
from dispatch.rules.calendars import LocalHours
from dispatch.rules.rush_hours import RushHour, rush_hours
from dispatch.travel import TravelModel
from dispatch.working_days import surroundings
from optimizer.problem import TravelPeriod

Percents = tuple[int, ...]


def travel_periods(
    session: Session, days: Iterable[date], zone: ZoneInfo, start_at: datetime, travel: TravelModel
) -> tuple[TravelPeriod, ...]:
    """When travel is slower on `days` and the days after them (a shift may pass midnight), from `start_at`.

    Working days are the operator's; on all others, weekends and holidays, the hours of a day
    off hold.
    """
    found = (
        one
        for day, percents in rush_percents(session, days, zone, start_at, travel).items()
        for one in _of_day(day, percents, zone)
    )
    return tuple(_period(one, start_at) for one in found)


def rush_percents(
    session: Session, days: Iterable[date], zone: ZoneInfo, start_at: datetime, travel: TravelModel
) -> dict[date, Percents]:
    """How much of the usual travel time it takes by local hour, on `days` and the days after them, in order."""
    working, off = (_percents(travel, working_day=working_day) for working_day in (True, False))
    wanted = sorted({day + timedelta(days=more) for day in days for more in (0, 1)})
    around = surroundings(session, session.get_one(Operator, 1), zone, start_at)
    calendar = LocalHours(zone.key, weekdays=around.weekdays, closed_on=around.closed_on, extra_on=around.extra_on)
    return {day: working if calendar.is_open_on(day) else off for day in wanted}


def _percents(travel: TravelModel, *, working_day: bool) -> Percents:
    """Of the usual travel time, by local hour, rounded up: never promised faster than it is."""
    factors = travel.factors_by_hour(working_day=working_day)
    return tuple(int(percent) for percent in np.ceil(100 * factors - 1e-6))


@lru_cache(maxsize=512)
def _of_day(day: date, percents: Percents, zone: ZoneInfo) -> Sequence[RushHour]:
    return tuple(rush_hours(day, percents, zone))


def _period(one: RushHour, start_at: datetime) -> TravelPeriod:
    second = timedelta(seconds=1)
    return TravelPeriod(
        start_s=(one.from_at - start_at) // second, end_s=(one.until_at - start_at) // second, percent=one.percent
    )
