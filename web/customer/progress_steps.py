"""How far an order has come, as steps that a customer takes in at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dispatch.queries.customer_page import CustomerPage
from dispatch.queries.customer_visits import Stage
from dispatch.rules.lifecycles import OrderStatus


class Step(StrEnum):
    """What happens one after the other."""

    RECEIVED = "received"
    BOOKED = "booked"
    NAMED = "named"
    ON_THE_WAY = "on_the_way"
    ON_SITE = "on_site"
    DONE = "done"


@dataclass(frozen=True)
class StepShown:
    """One step; `is_current` is where the order stands."""

    step: Step
    is_past: bool
    is_current: bool


_REACHED = {
    Stage.UNBOOKED: Step.RECEIVED,
    Stage.UNSURE: Step.RECEIVED,
    Stage.BOOKED: Step.BOOKED,
    Stage.NAMED: Step.NAMED,
    Stage.AGREED: Step.NAMED,
    Stage.ON_THE_WAY: Step.ON_THE_WAY,
    Stage.ON_SITE: Step.ON_SITE,
}


def progress_steps(page: CustomerPage) -> list[StepShown]:
    """The steps of an order that goes on or is done; none for one that was given up."""
    if page.status is OrderStatus.FULFILLED:
        reached = Step.DONE
    elif page.status is OrderStatus.OPEN:
        reached = _REACHED.get(page.current.stage, Step.RECEIVED) if page.current else Step.RECEIVED
    else:
        return []
    place = list(Step).index(reached)
    return [StepShown(step, here < place, here == place) for here, step in enumerate(Step)]


def part_of_the_way(page: CustomerPage) -> int:
    """How much of the time on the road has passed, in percent: an estimate, as the arrival is."""
    visit = page.current
    if visit is None or visit.set_off_at is None or visit.eta_at is None or visit.eta_at <= visit.set_off_at:
        return 0
    passed = (page.now - visit.set_off_at) / (visit.eta_at - visit.set_off_at)
    return max(0, min(100, round(100 * passed)))
