"""The operator's working days: public holidays of the country, corrected by overrides."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import HolidayOverride, Operator
from dispatch.rules.calendars import Span
from dispatch.rules.promise_rule import Surroundings

#: a promise copies the holidays of so many days: longer than any rule looks ahead
HORIZON = timedelta(days=120)


class UnknownCountry(InvalidInput):
    """No holiday calendar is known for the country."""


def check_country(country: str) -> None:
    """Raise UnknownCountry unless public holidays of `country` (ISO 3166-1 alpha-2) are known."""
    if country not in holidays.list_supported_countries():
        raise UnknownCountry("country", country=country)


def surroundings(
    session: Session, operator: Operator, zone: ZoneInfo, start_at: datetime, shifts: tuple[Span, ...] = ()
) -> Surroundings:
    """What rules need to know of the operator's calendar around `start_at`, in `zone`."""
    first = start_at.astimezone(zone).date()
    last = first + HORIZON
    closed = {day for day in _public_holidays(operator.country, first.year, last.year) if first <= day <= last}
    extra: set[date] = set()
    for override in session.scalars(select(HolidayOverride).where(HolidayOverride.day_on.between(first, last))):
        (extra.add if override.is_working else closed.add)(override.day_on)
        (closed.discard if override.is_working else extra.discard)(override.day_on)
    return Surroundings(
        zone=zone,
        weekdays=frozenset(map(int, operator.weekdays)),
        closed_on=frozenset(closed),
        extra_on=frozenset(extra),
        shifts=shifts,
    )


@lru_cache(maxsize=64)
def _public_holidays(country: str, first_year: int, last_year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=range(first_year, last_year + 1)))
