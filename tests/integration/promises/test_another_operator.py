"""The Ofcom preset: a different operator as data only."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dispatch.db import Database
from dispatch.models import HolidayOverride
from dispatch.rules import events as e
from dispatch.rules.vocabulary import OrderKind, PromiseKind
from tests.world import World


@pytest.fixture
def world(database: Database) -> World:
    """An operator in Great Britain."""
    return World(database, preset="ofcom", time_zone="Europe/London", phone_region="GB")


@pytest.mark.parametrize(
    ("reported", "due"),
    [
        ("2026-11-23 09:00", "2026-11-26 00:00"),  # Monday: the end of Wednesday
        ("2026-11-26 09:00", "2026-12-01 00:00"),  # Thursday: Friday and Monday
        ("2026-11-28 09:00", "2026-12-02 00:00"),  # Saturday: Monday and Tuesday
        ("2026-12-24 09:00", "2026-12-31 00:00"),  # Christmas, Boxing Day and its substitute
    ],
)
def test_repair_is_due_after_two_full_working_days(world: World, reported: str, due: str) -> None:
    order_id = world.order(OrderKind.REPAIR, reported)
    assert world.due(PromiseKind.REPAIR, order_id=order_id) == due


def test_an_override_makes_a_working_day_of_a_holiday(world: World) -> None:
    world.do(lambda s: s.add(HolidayOverride(day_on=date(2026, 12, 28), is_working=True)))
    order_id = world.order(OrderKind.REPAIR, "2026-12-24 09:00")
    assert world.due(PromiseKind.REPAIR, order_id=order_id) == "2026-12-30 00:00"


def test_an_override_makes_a_holiday_of_a_working_day(world: World) -> None:
    world.do(lambda s: s.add(HolidayOverride(day_on=date(2026, 11, 24), is_working=False)))
    order_id = world.order(OrderKind.REPAIR, "2026-11-23 09:00")
    assert world.due(PromiseKind.REPAIR, order_id=order_id) == "2026-11-27 00:00"


def test_delayed_repair_pays_for_each_calendar_day(world: World) -> None:
    order_id = world.order(OrderKind.REPAIR, "2026-11-23 09:00")
    world.happens(e.ServiceSeenWorking, "2026-11-28 10:00", order_id=order_id)
    world.work("2026-11-29 10:00")
    assert [amount for _, amount, _ in world.compensations(PromiseKind.REPAIR)] == [1034, 1034, 1034]


def test_delayed_start_is_counted_from_the_promised_date(world: World) -> None:
    order_id = world.order(OrderKind.INSTALL, "2026-11-10 09:00", stated_due="2026-11-24 00:00")
    world.happens(e.ServiceSeenWorking, "2026-11-25 10:00", order_id=order_id)
    world.work("2026-11-29 10:00")
    assert [amount for _, amount, _ in world.compensations(PromiseKind.INSTALL)] == [646, 646]


@pytest.mark.parametrize(("called_off", "paid"), [("2026-11-23 11:59", []), ("2026-11-23 12:01", [3231])])
def test_an_appointment_called_off_a_day_before_costs_nothing(world: World, called_off: str, paid: list[int]) -> None:
    order_id = world.order(OrderKind.REPAIR, "2026-11-22 09:00")
    about: dict[str, Any] = {"order_id": order_id, "visit_id": world.visit(order_id)}
    window: dict[str, Any] = {"from_at": world.at("2026-11-24 12:00"), "until_at": world.at("2026-11-24 18:00")}
    world.happens(e.WindowTold, "2026-11-22 10:00", **about, announcement=1, **window)
    world.happens(e.VisitCancelled, called_off, **about, reason="no_technician", with_consent=False)
    world.work("2026-11-25 12:00")
    assert [amount for _, amount, _ in world.compensations(PromiseKind.ARRIVAL)] == paid
