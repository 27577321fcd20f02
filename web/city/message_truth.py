"""Is what a message says so? Read anew from the database at the moment at which a provider takes it.

Nothing of the composing is used here: numbers, badges and door codes are compared as they stand,
times by the hours and minutes that a reader sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import Secret, door_code
from dispatch.models import Announcement, Eta, Message, Order, Promise, Route, Stop, Technician, Visit
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import VisitStatus

_CLOCK = re.compile(r"\d{1,2}:\d{2}")
#: kinds whose technician and window are those of the plan at this moment
ABOUT_THE_PLAN = ("visit_announced",)


def false_parts(session: Session, message: Message, *, zone: ZoneInfo, secret: Secret) -> list[str]:
    """The names of what the message says and is not so."""
    order = session.get(Order, message.order_id) if message.order_id is not None else None
    visit = session.get(Visit, message.visit_id) if message.visit_id is not None else None
    said = dict(message.variables)
    wrong = [name for name, value in _numbers(session, order, visit, secret, said) if said[name] != value]
    for name, instants in _instants(session, message, order, visit):
        if name in said and instants and not _shows(said[name], instants, zone):
            wrong.append(name)
    if visit is not None and message.kind in ABOUT_THE_PLAN:
        wrong += _against_the_plan(session, message, visit, said)
    return wrong


def _numbers(
    session: Session, order: Order | None, visit: Visit | None, secret: Secret, said: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    named = "new_order" if "new_order" in said else "order"  # a repeat fault names the order it follows, too
    if named in said and order is not None:
        yield named, order.number
    if "badge" not in said:
        return
    technician = session.scalars(select(Technician).where(Technician.badge == said["badge"])).first()
    yield "badge", said["badge"] if technician is not None else "?"
    if technician is not None and "door_code" in said and visit is not None:
        yield "door_code", door_code(secret, visit.id, technician.id)


def _instants(
    session: Session, message: Message, order: Order | None, visit: Visit | None
) -> Iterator[tuple[str, list[datetime | None]]]:
    """What each part that is a time should show."""
    row = session.get(Announcement, message.announcement_id) if message.announcement_id is not None else None
    if row is not None:
        yield "window", [row.from_at, row.until_at]
        if row.contact_by_at is not None:
            yield "contact_by", [row.contact_by_at]
    if visit is not None:
        for name, read in _VISIT_TIMES.items():
            yield name, [read(visit)]
        eta = session.get(Eta, visit.id)
        is_foreseen = eta is not None and visit.set_off_at is not None and eta.computed_at >= visit.set_off_at
        if message.kind == "technician_set_off" and eta is not None and is_foreseen:
            yield "eta", [eta.arrive_at]
    if order is not None and message.kind == "order_received":
        due = select(Promise.due_at).where(Promise.order_id == order.id, Promise.kind.in_(SERVICE))
        yield "due", list(session.scalars(due.order_by(Promise.id.desc()).limit(1)))


_VISIT_TIMES: Mapping[str, Callable[[Visit], datetime | None]] = {
    "time": lambda visit: visit.appointed_at,
    "agreed_at": lambda visit: visit.agreed_at,
    "accepted_at": lambda visit: visit.accepted_at,
    "set_off_at": lambda visit: visit.set_off_at,
    "arrived_at": lambda visit: visit.arrived_at,
    "done_at": lambda visit: visit.left_at,
}


def _against_the_plan(session: Session, message: Message, visit: Visit, said: Mapping[str, str]) -> Iterator[str]:
    """Who is announced has the visit on the route, and starts it inside what is announced."""
    statement = select(Stop, Route.technician_id).join(Route, Route.id == Stop.route_id)
    found = session.execute(statement.where(Stop.visit_id == visit.id, ~Stop.is_tentative)).first()
    row = session.get(Announcement, message.announcement_id) if message.announcement_id is not None else None
    if found is None or row is None:
        yield "plan"
        return
    stop, technician_id = found
    technician = session.get_one(Technician, technician_id)
    if technician.badge != said.get("badge") or not _may_be_called(session, technician, said.get("technician")):
        yield "technician"
    start_at = visit.appointed_at if visit.status is VisitStatus.AGREED else stop.start_at
    if start_at is None or not row.from_at <= start_at <= row.until_at:
        yield "window"


def _may_be_called(session: Session, technician: Technician, name: str | None) -> bool:
    """By name; or, where that does not fit the message's script, by no name of anybody."""
    somebody = select(Technician.id).where(Technician.name == name).limit(1)
    return name == technician.name or session.scalars(somebody).first() is None


def _shows(text: str, instants: list[datetime | None], zone: ZoneInfo) -> bool:
    """Whether the hours and minutes in the text are those of the instants; midnight has many names."""
    expected = [one.astimezone(zone).strftime("%H:%M") for one in instants if one is not None]
    if len(expected) < len(instants) or "00:00" in expected:
        return True
    return _CLOCK.findall(text) == expected
