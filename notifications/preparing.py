"""What must be found out before a message is composed, because no transaction may be open meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Message, Territory, Visit
from dispatch.queries.next_visit import next_visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import Channel
from dispatch.services.offer_slots import offer_slots
from dispatch.travel_memory import RememberedTravel

#: how many windows an SMS holds, and on how many days they are looked for
MOST_WINDOWS = 3
DAYS_AHEAD = 4

Preparer = Callable[[Database, Message, datetime, datetime, RememberedTravel], Mapping[str, Any]]


def _windows_of_visit(
    database: Database, message: Message, now: datetime, machine_now: datetime, travel: RememberedTravel
) -> Mapping[str, Any]:
    """Windows for the visit that the message is about."""
    return _windows(database, message, _this, now, machine_now, travel)


def _windows_of_next_visit(
    database: Database, message: Message, now: datetime, machine_now: datetime, travel: RememberedTravel
) -> Mapping[str, Any]:
    """Windows for the visit that follows the one that the message is about."""
    return _windows(database, message, next_visit, now, machine_now, travel)


#: by kind of message; the result is plain JSON, and becomes part of the message's parameters
PREPARERS: Mapping[str, Preparer] = {
    "contact_given_up": _windows_of_visit,
    "nobody_home": _windows_of_next_visit,
}


def _windows(
    database: Database,
    message: Message,
    which: Callable[[Session, Visit], Visit | None],
    now: datetime,
    machine_now: datetime,
    travel: RememberedTravel,
) -> Mapping[str, Any]:
    """At most three windows that can be kept, in order of time; none where nothing can be promised now."""
    with database.read_session() as session:
        visit = which(session, session.get_one(Visit, message.visit_id))
        if visit is None or visit.status not in MOVABLE or visit.order.status is not OrderStatus.OPEN:
            return {"windows": []}
        visit_id = visit.id
        today = now.astimezone(session.get_one(Territory, visit.territory_id).zone).date()
    shown = offer_slots(
        database,
        visit_id,
        [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)],
        channel=Channel.SMS,
        now=now,
        machine_now=machine_now,
        travel=travel,
        most=MOST_WINDOWS,
    )
    return {
        "windows": [
            {"offer_id": offer.id, "from_at": offer.from_at.isoformat(), "until_at": offer.until_at.isoformat()}
            for offer in shown.in_order_of_time()
        ]
    }


def _this(_session: Session, visit: Visit) -> Visit:
    return visit
