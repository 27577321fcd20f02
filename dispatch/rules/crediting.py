"""By when a compensation is on the customer's account (R36)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CREDITED_WITHIN = timedelta(days=3)


def credited_by(told_at: datetime, zone: ZoneInfo) -> date:
    """The local day by whose end a compensation told at `told_at` is credited."""
    return (told_at + CREDITED_WITHIN).astimezone(zone).date()
