"""By when a customer learns who comes, where nobody is named yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.models import Order, Visit
from dispatch.rules.announcing import named_by
from dispatch.rules.contact_hours import CONTACT_HOURS, next_opening

#: how soon somebody is named for a visit whose evening before is over already
NAMED_WITHIN = timedelta(hours=2)


def named_again_by(visit: Visit | None, order: Order, now: datetime) -> datetime:
    """When the customer learns who comes: the evening before the visit, if that lies ahead, else in two hours."""
    if visit is not None and visit.booked_from_at is not None:
        zone = visit.premises.community.territory.zone
        evening = named_by(visit.booked_from_at.astimezone(zone).date(), zone)
        if evening > now:
            return evening
    return next_opening(now + NAMED_WITHIN, CONTACT_HOURS, order.territory.zone)
