"""What is said of orders to those who ask, decide or rate."""

from __future__ import annotations

from dispatch.models import Order
from dispatch.queries.order_clock import order_clock
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus
from notifications.composers.subjects import order_of, order_values
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Value

#: a rating given once more changes it (`questions.py`)
_RATED = {"rated": True}


@composes("question_over")
def compose_question_over(telling: Telling) -> Content:
    """The answer came too late, and has changed nothing."""
    return Content("question_over", order_values(order_of(telling)))


@composes("withdrawal_asked")
def compose_withdrawal_asked(telling: Telling) -> Content | NotTrue:
    """Really?"""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{order.status}")
    return Content("withdrawal_asked", order_values(order))


@composes("withdrawal_kept")
def compose_withdrawal_kept(telling: Telling) -> Content | NotTrue:
    """It goes on."""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{order.status}")
    return Content("withdrawal_kept", order_values(order))


@composes("only_subscriber")
def compose_only_subscriber(telling: Telling) -> Content:
    """Not by this person (R28)."""
    return Content("only_subscriber", order_values(order_of(telling)))


@composes("rating_thanked")
def compose_rating_thanked(telling: Telling) -> Content:
    """Thank you; and what to do if it breaks again."""
    return Content("rating_thanked", order_values(order_of(telling)), choices=_RATED)


@composes("rating_changed")
def compose_rating_changed(telling: Telling) -> Content:
    """The latest counts."""
    return Content("rating_changed", order_values(order_of(telling)), choices=_RATED)


@composes("not_fixed")
def compose_not_fixed(telling: Telling) -> Content:
    """It goes on as a new order; by when, if that is promised."""
    repair = order_of(telling)
    earlier = telling.session.get_one(Order, int(telling.message.params["earlier"]))
    values: dict[str, Value] = {**order_values(earlier), "new_order": repair.number}
    clock = order_clock(telling.session, repair.id)
    if clock is None or clock.status is not PromiseStatus.RUNNING or clock.due_at <= telling.now:
        return Content("not_fixed_without_promise", values)
    return Content("not_fixed", values | {"due": clock.due_at})


@composes("substitute_asked")
def compose_substitute_asked(telling: Telling) -> Content:
    """Whom to call instead?"""
    return Content("substitute_asked", order_values(order_of(telling)))


@composes("opted_in")
def compose_opted_in(telling: Telling) -> Content | NotTrue:
    """Messages come again, unless they have been stopped again."""
    if telling.message.conversation.opted_out_at is not None:
        return NotTrue("opted_out")
    return Content("opted_in", {})
