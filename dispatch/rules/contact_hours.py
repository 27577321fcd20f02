"""When people may be disturbed by a message (R10, R60)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import local_instant

#: local times from and to
CONTACT_HOURS = ("08:00", "20:00")
RATING_HOURS = ("08:00", "20:30")


def next_opening(at: datetime, hours: tuple[str, str], zone: ZoneInfo) -> datetime:
    """`at` itself if it lies within `hours` of a day in `zone`, else when the next such hours begin."""
    day = at.astimezone(zone).date()
    opens_at, closes_at = (local_instant(day, clock, zone) for clock in hours)
    if at >= closes_at:
        return local_instant(day + timedelta(days=1), hours[0], zone)
    return max(at, opens_at)
