"""What is said when a visit has ended: done, not done, nobody at the door."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dispatch.models import CloseOut, Rating, Technician, Visit
from dispatch.queries.measured_rate import measured_rate
from dispatch.queries.naming_time import named_again_by
from dispatch.queries.next_visit import next_visit
from dispatch.queries.order_clock import order_clock
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from notifications.composers.subjects import choices_in, visit_of, visit_values
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Reason, Value


@composes("visit_completed")
def compose_visit_completed(telling: Telling) -> Content | NotTrue:
    """Done when, whether as promised, what was measured; and please rate it (R60)."""
    visit = visit_of(telling)
    if visit.status is not VisitStatus.COMPLETED:
        return NotTrue(f"visit_{visit.status}")
    if telling.session.scalars(select(Rating.id).where(Rating.visit_id == visit.id)).first() is not None:
        return NotTrue("rated")
    done_at = _closed_at(telling, visit)
    values: dict[str, Value] = {**visit_values(visit), **_who_was_there(telling), "done_at": done_at}
    template = "visit_completed"
    clock = order_clock(telling.session, visit.order_id)
    if clock is not None and clock.status is PromiseStatus.KEPT and done_at <= clock.due_at:
        template, values["due"] = "visit_completed_kept", clock.due_at
        measured = measured_rate(telling.session, visit.id)
        if measured is not None and visit.order.contracted_mbps is not None:
            template = "visit_completed_measured"
            values |= {"measured": measured, "contracted": visit.order.contracted_mbps}
    return Content(template, values)


@composes("visit_not_completed")
def compose_visit_not_completed(telling: Telling) -> Content | NotTrue:
    """Why it could not be done, and by when the customer learns who comes next."""
    visit = visit_of(telling)
    if visit.status is not VisitStatus.NOT_COMPLETED:
        return NotTrue(f"visit_{visit.status}")
    if visit.order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{visit.order.status}")
    values: dict[str, Value] = {
        **visit_values(visit),
        **_who_was_there(telling),
        "reason": Reason("not_completed", visit.status_reason or "other"),
        "named_by": named_again_by(next_visit(telling.session, visit), visit.order, telling.now),
    }
    return Content("visit_not_completed", values)


@composes("nobody_home")
def compose_nobody_home(telling: Telling) -> Content | NotTrue:
    """The technician stood at the door in vain; the next visit is offered at once (R18)."""
    visit = visit_of(telling)
    if visit.status is not VisitStatus.NOT_COMPLETED:
        return NotTrue(f"visit_{visit.status}")
    if visit.order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{visit.order.status}")
    choices = choices_in(telling.message.params, telling.now)
    values: dict[str, Value] = {
        **visit_values(visit),
        **_who_was_there(telling),
        **choices.values,
        "arrived_at": visit.arrived_at or visit.status_at,
    }
    return Content(f"nobody_home{choices.suffix}", values, choices=choices.meanings)


def _who_was_there(telling: Telling) -> dict[str, Value]:
    technician = telling.session.get_one(Technician, telling.message.params["technician_id"])
    return {"technician": technician.name, "badge": technician.badge}


def _closed_at(telling: Telling, visit: Visit) -> datetime:
    statement = select(CloseOut.closed_at).where(CloseOut.visit_id == visit.id)
    return telling.session.scalars(statement).first() or visit.status_at
