"""What is said of windows to choose from, and of orders to choose among."""

from __future__ import annotations

from dispatch.models import Order, Visit
from dispatch.queries.case_progress import case_progress
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import PromiseKind
from notifications.composers.subjects import (
    case_id_of,
    choices_in,
    order_of,
    order_values,
    owner_of,
    visit_of,
    visit_values,
)
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Reason, Value


@composes("slots_offered")
def compose_slots_offered(telling: Telling) -> Content | NotTrue:
    """Windows that can be kept."""
    return _windows(telling, "slots_offered")


@composes("slot_taken")
def compose_slot_taken(telling: Telling) -> Content | NotTrue:
    """The one that was chosen is gone; these are left."""
    return _windows(telling, "slot_taken")


@composes("no_slots")
def compose_no_slots(telling: Telling) -> Content | NotTrue:
    """None can be offered: somebody calls."""
    case = case_progress(telling.session, case_id_of(telling))
    call_by = case.dues.get(PromiseKind.CALLBACK)
    if call_by is None:
        return NotTrue("not_owed")
    owned: dict[str, Value] = {"case": case.number, "owner": owner_of(telling, case), "call_by": call_by}
    return Content("no_slots", order_values(order_of(telling)) | owned)


@composes("change_refused")
def compose_change_refused(telling: Telling) -> Content:
    """It cannot be changed by SMS now, and why."""
    reason = Reason("unchangeable", str(telling.message.params["reason"]))
    return Content("change_refused", order_values(order_of(telling)) | {"reason": reason})


@composes("which_order")
def compose_which_order(telling: Telling) -> Content | NotTrue:
    """Which of the orders is meant; what was wanted of it is kept with the digits."""
    params = telling.message.params
    orders = [telling.session.get_one(Order, order_id) for order_id in params["orders"]]
    alive = [order for order in orders if order.status in (OrderStatus.OPEN, OrderStatus.WITHDRAWING)]
    if len(alive) < 2:
        return NotTrue("only_one_left")
    values: dict[str, Value] = {}
    for number, order in enumerate(alive, start=1):
        values |= {f"kind_{number}": order.kind, f"order_{number}": order.number}
    choices = {str(n): {"order_id": order.id, "then": params["then"]} for n, order in enumerate(alive, start=1)}
    return Content(f"which_order_{len(alive)}", values, choices=choices)


def _windows(telling: Telling, template: str) -> Content | NotTrue:
    visit: Visit = visit_of(telling)
    choices = choices_in(telling.message.params, telling.now)
    if not choices.windows:
        return NotTrue("windows_over")
    meanings = {
        str(number): {
            "visit_id": visit.id,
            "from_at": window.from_at.isoformat(),
            "until_at": window.until_at.isoformat(),
        }
        for number, window in enumerate(choices.windows, start=1)
    }
    values = visit_values(visit) | choices.values
    return Content(f"{template}{choices.suffix}", values, choices=meanings, until_at=choices.windows[-1].from_at)
