"""What is said about an order: that it was received, ended, withdrawn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import query_code
from dispatch.models import Order, Visit
from dispatch.queries.current_visit import current_visit
from dispatch.queries.order_clock import order_clock
from dispatch.queries.running_dues import running_dues
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from notifications.composers.subjects import order_of, order_values
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Reason, Value


@composes("order_received")
def compose_order_received(telling: Telling) -> Content | NotTrue:
    """The order has a number, a promise (or none, R05) and a code to ask with."""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{order.status}")
    values: dict[str, Value] = {**order_values(order), "query_code": query_code(telling.secret, order)}
    clock = order_clock(telling.session, order.id)
    if clock is None:
        return Content("order_received_without_promise", values)
    if clock.status not in (PromiseStatus.RUNNING, PromiseStatus.PAUSED) or clock.due_at <= telling.now:
        return NotTrue("due_passed")
    return Content("order_received", values | {"due": clock.due_at}, until_at=clock.due_at)


@composes("order_fulfilled")
def compose_order_fulfilled(telling: Telling) -> Content | NotTrue:
    """Done without anybody at the door (R26); who was visited is told of the visit."""
    order = order_of(telling)
    if order.status is not OrderStatus.FULFILLED:
        return NotTrue(f"order_{order.status}")
    if _was_visited(telling.session, order):
        return NotTrue("told_of_visit")
    return Content("order_fulfilled", order_values(order))


@composes("order_infeasible")
def compose_order_infeasible(telling: Telling) -> Content | NotTrue:
    """It cannot be done, why, and by when somebody else verifies that with the customer (R13)."""
    order = order_of(telling)
    if order.status is not OrderStatus.INFEASIBLE:
        return NotTrue(f"order_{order.status}")
    values = order_values(order) | {"reason": Reason("infeasible", order.status_reason or "other")}
    check_by = _check_by(telling.session, order)
    if check_by is None:
        return Content("order_infeasible_unchecked", values)
    return Content("order_infeasible", values | {"check_by": check_by})


@composes("withdrawal_received")
def compose_withdrawal_received(telling: Telling) -> Content | NotTrue:
    """The withdrawal was understood, and by when it is verified (R13)."""
    order = order_of(telling)
    if order.status is not OrderStatus.WITHDRAWING:
        return NotTrue(f"order_{order.status}")
    check_by = _check_by(telling.session, order)
    if check_by is None:
        return Content("withdrawal_received_unchecked", order_values(order))
    return Content("withdrawal_received", order_values(order) | {"check_by": check_by})


@composes("withdrawal_revoked")
def compose_withdrawal_revoked(telling: Telling) -> Content | NotTrue:
    """The order goes on, and by when it is done now."""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{order.status}")
    clock = order_clock(telling.session, order.id)
    if clock is None:
        values = order_values(order) | {"query_code": query_code(telling.secret, order)}
        return Content("status_unpromised", values)
    values = order_values(order) | {"due": clock.due_at}
    visit = current_visit(telling.session, order.id)
    is_unbooked = visit is not None and visit.status is VisitStatus.REQUESTED
    return Content("withdrawal_revoked_unbooked" if is_unbooked else "withdrawal_revoked", values)


@composes("order_withdrawn")
def compose_order_withdrawn(telling: Telling) -> Content | NotTrue:
    """Closed at the customer's wish."""
    order = order_of(telling)
    if order.status is not OrderStatus.WITHDRAWN:
        return NotTrue(f"order_{order.status}")
    return Content("order_withdrawn", order_values(order))


def _was_visited(session: Session, order: Order) -> bool:
    statement = select(Visit.id).where(Visit.order_id == order.id, Visit.status == VisitStatus.COMPLETED)
    return session.scalars(statement).first() is not None


def _check_by(session: Session, order: Order) -> datetime | None:
    """By when it is verified; None where no rule says so."""
    return running_dues(session, order_id=order.id).get(PromiseKind.WITHDRAWAL_CHECK)
