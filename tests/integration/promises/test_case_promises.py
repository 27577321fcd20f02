"""Call-backs, complaints and follow-ups: R25, R43, R46."""

from __future__ import annotations

from datetime import date

import pytest

from dispatch.db import Database
from dispatch.rules import events as e
from dispatch.rules.vocabulary import CaseKind, Channel, OrderKind, PromiseKind
from dispatch.services.open_case import open_case
from tests.world import World


@pytest.fixture
def world(database: Database) -> World:
    """A world with an order."""
    world = World(database, premium_from_on=date(2026, 1, 1))
    world.ids["order"] = world.order(OrderKind.INSTALL, "2026-11-23 09:30")
    return world


def complain(world: World, at: str, *, about_order: bool = True) -> int:
    """Somebody complains."""
    when = world.at(at)
    order_id = world.ids["order"] if about_order else None
    return world.do(
        lambda s: (
            open_case(
                s,
                CaseKind.COMPLAINT,
                channel=Channel.SMS,
                next_step="call_back",
                order_id=order_id,
                remark="changed again",
                now=when,
            ).id
        )
    )


@pytest.mark.parametrize("about_order", [True, False])
def test_complaint_is_replied_to_in_48_hours_and_answered_in_15_days(world: World, about_order: bool) -> None:
    case_id = complain(world, "2026-11-24 13:50", about_order=about_order)
    assert world.due(PromiseKind.COMPLAINT_REPLY, case_id=case_id) == "2026-11-26 13:50"
    assert world.due(PromiseKind.COMPLAINT_ANSWER, case_id=case_id) == "2026-12-09 13:50"


def test_alarm_on_the_tenth_day_unless_answered(world: World) -> None:
    complain(world, "2026-11-24 13:50")
    world.work("2026-12-04 13:49")
    assert world.log("promise_nearly_due") == []
    world.work("2026-12-04 13:50")
    assert world.log("promise_nearly_due") == ["promise_nearly_due"]


def test_no_alarm_for_an_answered_complaint(world: World) -> None:
    case_id = complain(world, "2026-11-24 13:50")
    world.happens(e.CaseReplied, "2026-11-24 16:00", case_id=case_id, user_id=1)
    world.happens(e.CaseResolved, "2026-11-25 16:00", case_id=case_id, user_id=1)
    world.work("2026-12-10 13:50")
    assert world.log("promise_nearly_due") == []
    kinds = (PromiseKind.COMPLAINT_REPLY, PromiseKind.COMPLAINT_ANSWER)
    assert [world.promise(kind, case_id=case_id).status.value for kind in kinds] == ["kept", "kept"]


def test_a_promised_call_back_is_a_promise_with_a_clock(world: World) -> None:
    case_id = complain(world, "2026-11-24 13:50")
    due_at = world.at("2026-11-24 16:30")
    world.happens(e.CallbackPromised, "2026-11-24 13:51", case_id=case_id, due_at=due_at, user_id=1)
    world.work("2026-11-24 16:31")
    assert world.promise(PromiseKind.CALLBACK, case_id=case_id).status.value == "broken"
    world.happens(
        e.CallbackPromised, "2026-11-24 16:40", case_id=case_id, due_at=world.at("2026-11-24 18:00"), user_id=1
    )
    world.happens(e.CallbackMade, "2026-11-24 17:00", case_id=case_id, user_id=1)
    outcomes = [promise.status.value for promise in world.promises(PromiseKind.CALLBACK, case_id=case_id)]
    assert outcomes == ["broken", "kept"]


def test_premium_customers_are_followed_up_again_and_again(world: World) -> None:
    """R25: a month after fulfilment, then every half year."""
    world.happens(e.OrderFulfilled, "2026-11-24 15:40", order_id=world.ids["order"])
    assert world.due(PromiseKind.FOLLOW_UP, order_id=world.ids["order"]) == "2026-12-24 15:40"
    world.happens(e.FollowUpMade, "2026-12-20 10:00", order_id=world.ids["order"], user_id=1)
    promises = world.promises(PromiseKind.FOLLOW_UP, order_id=world.ids["order"])
    assert [(p.status.value, world.local(p.due_at)) for p in promises] == [
        ("kept", "2026-12-24 15:40"),
        ("running", "2027-06-18 10:00"),
    ]


def test_standard_customers_are_not_followed_up(database: Database) -> None:
    world = World(database)
    order_id = world.order(OrderKind.INSTALL, "2026-11-23 09:30")
    world.happens(e.OrderFulfilled, "2026-11-24 15:40", order_id=order_id)
    assert world.promises(PromiseKind.FOLLOW_UP, order_id=order_id) == []
