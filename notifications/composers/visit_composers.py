"""What is said of a visit that is to come: booked, on the way, late, cancelled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from dispatch.links import door_code
from dispatch.models import Contact, Event, Order, Visit
from dispatch.queries.assigned_technicians import assigned_technician
from dispatch.queries.expected_arrival import expected_arrival
from dispatch.queries.naming_time import named_again_by
from dispatch.rules.announcing import named_by
from dispatch.rules.contact_hours import CONTACT_HOURS, next_opening
from dispatch.rules.events import VisitBooked
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import ContactRole, Priority
from notifications.composers.subjects import (
    arrival_window,
    instant,
    technician_values,
    visit_of,
    visit_values,
    zone_of,
)
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Reason, Value, Window

_BOOKED = (VisitStatus.BOOKED, VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED)
#: orders that end tell their subscribers so themselves
_ENDED = (OrderStatus.WITHDRAWING, OrderStatus.WITHDRAWN, OrderStatus.INFEASIBLE, OrderStatus.FULFILLED)


@composes("visit_booked")
def compose_visit_booked(telling: Telling) -> Content | NotTrue:
    """The window that the customer has chosen, and by when the technician is named (R31)."""
    visit = visit_of(telling)
    if visit.order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{visit.order.status}")
    if visit.status not in _BOOKED or visit.booked_from_at is None or visit.booked_until_at is None:
        return NotTrue(f"visit_{visit.status}")
    chosen = (instant(telling, "from_at"), instant(telling, "until_at"))
    if (visit.booked_from_at, visit.booked_until_at) != chosen:
        return NotTrue("booked_otherwise")
    named_at = _named_by(telling, visit, visit.booked_from_at)
    if named_at is None:
        return NotTrue("named_at_once")
    values: dict[str, Value] = {
        **visit_values(visit),
        "window": Window(visit.booked_from_at, visit.booked_until_at),
        "named_by": named_at,
    }
    template = "visit_rebooked" if _choices_made(telling, visit) > 1 else "visit_booked"
    return Content(template, values, until_at=visit.booked_until_at)


@composes("technician_set_off")
def compose_technician_set_off(telling: Telling) -> Content | NotTrue:
    """On the way: who, since when, expected when, until when at the latest, and the door code (R20)."""
    visit = visit_of(telling)
    technician = assigned_technician(telling.session, visit.id, telling.message.params["technician_id"])
    if visit.status is not VisitStatus.EN_ROUTE:
        return NotTrue(f"visit_{visit.status}")
    if technician is None:
        return NotTrue("reassigned")
    values: dict[str, Value] = {
        **visit_values(visit),
        **technician_values(technician),
        "set_off_at": visit.set_off_at or visit.status_at,
        "eta": expected_arrival(telling.session, visit, technician, now=telling.now),
        "window": arrival_window(telling, visit, technician),
        "door_code": door_code(telling.secret, visit.id, technician.technician_id),
    }
    return Content("technician_set_off", values)


@composes("visit_late")
def compose_visit_late(telling: Telling) -> Content | NotTrue:
    """Expected after the window, told before it is missed, with a choice (R34)."""
    visit = visit_of(telling)
    technician = assigned_technician(telling.session, visit.id, telling.message.params["technician_id"])
    if visit.status not in (*_BOOKED, VisitStatus.AGREED, VisitStatus.EN_ROUTE):
        return NotTrue(f"visit_{visit.status}")
    if technician is None:
        return NotTrue("reassigned")
    eta = expected_arrival(telling.session, visit, technician, now=telling.now)
    window = arrival_window(telling, visit, technician)
    if eta <= window.until_at:
        return NotTrue("in_time_after_all")
    decide_by = instant(telling, "answer_by_at")
    values: dict[str, Value] = {
        **visit_values(visit),
        **technician_values(technician),
        "eta": eta,
        "window": window,
        "decide_by": decide_by or eta,
    }
    return Content("visit_late", values, until_at=decide_by)


@composes("visit_cancelled")
def compose_visit_cancelled(telling: Telling) -> Content | NotTrue:
    """What was booked will not take place, and why."""
    visit = visit_of(telling)
    if visit.status is not VisitStatus.CANCELLED:
        return NotTrue(f"visit_{visit.status}")
    if visit.order.status in _ENDED and _is_subscribers(telling, visit.order):
        return NotTrue(f"order_{visit.order.status}")
    if visit.booked_from_at is None:
        return NotTrue("never_booked")
    reason = Reason("cancelled", visit.status_reason or "other")
    return Content("visit_cancelled", visit_values(visit) | {"reason": reason})


def _is_subscribers(telling: Telling, order: Order) -> bool:
    """Whether who reads this is told of the order itself too."""
    statement = select(Contact.id).where(
        Contact.order_id == order.id,
        Contact.role == ContactRole.SUBSCRIBER,
        Contact.phone == telling.message.conversation.handset,
    )
    return telling.session.scalars(statement).first() is not None


def _named_by(telling: Telling, visit: Visit, from_at: datetime) -> datetime | None:
    """When the technician is named; None if that is told at once, and the window with it."""
    zone = zone_of(visit)
    evening = named_by(from_at.astimezone(zone).date(), zone)
    if evening > telling.now:
        return evening
    if assigned_technician(telling.session, visit.id) is None:
        return named_again_by(visit, visit.order, telling.now)
    opens_at = next_opening(telling.now, CONTACT_HOURS, zone)
    is_told_now = opens_at <= telling.now or visit.order.priority is Priority.EMERGENCY
    return None if is_told_now else opens_at


def _choices_made(telling: Telling, visit: Visit) -> int:
    statement = select(func.count()).where(Event.visit_id == visit.id, Event.kind == VisitBooked.kind)
    return telling.session.scalar(statement.select_from(Event)) or 0
