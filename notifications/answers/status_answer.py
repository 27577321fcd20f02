"""Where an order stands now, in one SMS (R30)."""

from __future__ import annotations

from dispatch.links import door_code, query_code
from dispatch.models import Order, Visit
from dispatch.queries.assigned_technicians import Assigned, assigned_technician
from dispatch.queries.current_visit import current_visit
from dispatch.queries.expected_arrival import expected_arrival
from dispatch.queries.naming_time import named_again_by
from dispatch.queries.order_clock import order_clock
from dispatch.queries.told_visits import LastTold, last_told, told_late
from dispatch.queries.visit_truth import VisitTruth, visit_truth
from dispatch.rules.announcing import Told
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from notifications.composers.subjects import (
    arrival_window,
    order_of,
    order_values,
    technician_values,
    visit_values,
)
from notifications.composing import Content, Telling, composes
from notifications.values import Reason, Value, Window

_UNDER_WAY = (VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)
_TO_COME = (
    VisitStatus.BOOKED,
    VisitStatus.SCHEDULED,
    VisitStatus.SENT,
    VisitStatus.ACCEPTED,
    VisitStatus.AGREED,
    *_UNDER_WAY,
)


@composes("status")
def compose_status(telling: Telling) -> Content:
    """What is so: the visit that comes, else the order's clock, else that it is over and how."""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return Content("status_over", order_values(order) | {"reason": Reason("ended", order.status)})
    visit = _visit(telling, order)
    content = _of_visit(telling, visit) if visit is not None else None
    return content or _of_order(telling, order)


def _visit(telling: Telling, order: Order) -> Visit | None:
    """The visit that was asked about, if it is to come, else the order's next."""
    asked = telling.message.visit_id
    visit = telling.session.get_one(Visit, asked) if asked is not None else None
    if visit is None or visit.status not in _TO_COME:
        visit = current_visit(telling.session, order.id)
    return visit


def _of_visit(telling: Telling, visit: Visit) -> Content | None:
    technician = assigned_technician(telling.session, visit.id)
    if visit.status in _UNDER_WAY and technician is not None:
        return _under_way(telling, visit, technician)
    last = last_told(telling.session, visit.id, telling.message.conversation_id)
    truth = visit_truth(telling.session, visit, last=None if last is None else last.told, now=telling.now)
    if technician is not None and told_late(telling.session, visit.id, telling.message.conversation_id):
        late = _late(telling, visit, technician)
        if late is not None:
            return late
    if truth is None and last is not None:
        return None  # later than was told, or to be chosen anew: nothing about the visit is sure
    if truth is not None and truth.told is not None and technician is not None and _is_named(telling, truth, last):
        return _named(telling, visit, truth, truth.told, technician)
    if visit.booked_from_at is None or visit.booked_until_at is None or visit.status not in _TO_COME:
        return None
    named_by = truth.named_from_at if truth is not None else None
    if named_by is None or named_by <= telling.now:
        named_by = named_again_by(visit, visit.order, telling.now)
    values: dict[str, Value] = {"window": Window(visit.booked_from_at, visit.booked_until_at), "named_by": named_by}
    return Content("status_booked", visit_values(visit) | values)


def _late(telling: Telling, visit: Visit, technician: Assigned) -> Content | None:
    """What was said of the delay, as it is expected now; None if it was made up for."""
    eta = expected_arrival(telling.session, visit, technician, now=telling.now)
    window = arrival_window(telling, visit, technician)
    if eta <= window.until_at:
        return None
    values = visit_values(visit) | technician_values(technician)
    return Content("status_late", values | {"eta": eta, "window": window})


def _is_named(telling: Telling, truth: VisitTruth, last: LastTold | None) -> bool:
    """Whether the customer may know who comes: it was told, or the evening before has come."""
    return last is not None or (truth.named_from_at is not None and truth.named_from_at <= telling.now)


def _named(telling: Telling, visit: Visit, truth: VisitTruth, told: Told, technician: Assigned) -> Content:
    values: dict[str, Value] = {
        **visit_values(visit),
        **technician_values(technician),
        "window": Window(*told.window),
    }
    if truth.time_at is None and told.contact_by_at is not None:
        return Content("status_visit", values | {"contact_by": told.contact_by_at})
    code = door_code(telling.secret, visit.id, technician.technician_id)
    return Content("status_agreed", values | {"time": truth.time_at or told.window[0], "door_code": code})


def _under_way(telling: Telling, visit: Visit, technician: Assigned) -> Content:
    values = visit_values(visit) | technician_values(technician)
    if visit.status is VisitStatus.ON_SITE:
        return Content("status_on_site", values | {"arrived_at": visit.arrived_at or visit.status_at})
    on_the_way: dict[str, Value] = {
        "eta": expected_arrival(telling.session, visit, technician, now=telling.now),
        "window": arrival_window(telling, visit, technician),
        "door_code": door_code(telling.secret, visit.id, technician.technician_id),
    }
    return Content("status_on_the_way", values | on_the_way)


def _of_order(telling: Telling, order: Order) -> Content:
    """Nobody is to come yet: by when it is done, or why that waits."""
    clock = order_clock(telling.session, order.id)
    if clock is not None and clock.pauses:
        pause = clock.pauses[-1]
        values: dict[str, Value] = {"reason": Reason("pause", pause.cause), "since": pause.since}
        return Content("status_paused", order_values(order) | values)
    coded = order_values(order) | {"query_code": query_code(telling.secret, order)}
    if clock is not None and clock.status is PromiseStatus.RUNNING and clock.due_at > telling.now:
        return Content("status_open", coded | {"due": clock.due_at})
    return Content("status_unpromised", coded)
