"""By when a customer who wants a person is called (R43): within two contact hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.calendars import LocalHours
from dispatch.rules.contact_hours import CONTACT_HOURS

WITHIN = timedelta(hours=2)
_STEP = timedelta(minutes=5)


def callback_due(now: datetime, zone: ZoneInfo, within: timedelta = WITHIN) -> datetime:
    """When the promised call is due at the latest, rounded up to five minutes."""
    due_at = LocalHours(zone.key, *CONTACT_HOURS).add(now, within)
    over = timedelta(minutes=due_at.minute % 5, seconds=due_at.second, microseconds=due_at.microsecond)
    return due_at + (_STEP - over) if over else due_at
