"""When an order is promised for: R01 to R05, R07, R08, R14, R15."""

from __future__ import annotations

from datetime import date

import pytest

from dispatch.db import Database
from dispatch.rules.vocabulary import OrderKind, PromiseKind
from tests.world import World

STANDARD = [
    ("install", "2026-11-23 09:30", "2026-11-26 09:30"),
    ("install", "2028-02-27 09:30", "2028-03-01 09:30"),  # over 29 February
    ("move", "2026-11-23 09:30", "2026-11-26 09:30"),
    ("repair", "2026-11-23 23:59", "2026-11-24 23:59"),
    ("repair", "2028-02-28 17:00", "2028-02-29 17:00"),
    ("line_tuning", "2026-11-23 09:30", "2026-11-26 09:30"),
]
PREMIUM = [
    ("install", "2026-11-23 16:59", "2026-11-24 16:59"),
    ("install", "2026-11-23 17:00", "2026-11-24 17:00"),
    ("install", "2026-11-23 23:30", "2026-11-24 17:00"),
    ("repair", "2026-11-23 16:59", "2026-11-24 00:00"),
    ("repair", "2026-11-23 17:00", "2026-11-24 15:00"),
    ("repair", "2028-02-28 17:00", "2028-02-29 15:00"),
]


@pytest.mark.parametrize(("kind", "received", "due"), STANDARD)
def test_standard_order_is_due(database: Database, kind: str, received: str, due: str) -> None:
    """R01, R02, R03, R14: hours around the clock from receipt."""
    world = World(database)
    order_id = world.order(OrderKind(kind), received)
    assert world.due(PromiseKind(kind), order_id=order_id) == due


@pytest.mark.parametrize(("kind", "received", "due"), PREMIUM)
def test_premium_order_is_due(database: Database, kind: str, received: str, due: str) -> None:
    """R07, R08: the cut-off at 17:00 decides."""
    world = World(database, premium_from_on=date(2026, 1, 1))
    order_id = world.order(OrderKind(kind), received)
    assert world.due(PromiseKind(kind), order_id=order_id) == due


def test_premium_repair_before_cutoff_is_planned_to_be_done_by_half_past_eight(database: Database) -> None:
    """R07: promised for midnight, planned for 20:30."""
    world = World(database, premium_from_on=date(2026, 1, 1))
    order_id = world.order(OrderKind.REPAIR, "2026-11-23 09:12")
    assert world.local(world.promise(PromiseKind.REPAIR, order_id=order_id).plan_by_at) == "2026-11-23 20:30"


def test_community_is_premium_from_its_day_of_enrolment_on(database: Database) -> None:
    """R07: the day before, the standard promise holds."""
    world = World(database, premium_from_on=date(2026, 11, 24))
    before = world.order(OrderKind.REPAIR, "2026-11-23 23:59")
    after = world.order(OrderKind.REPAIR, "2026-11-24 00:00")
    assert world.due(PromiseKind.REPAIR, order_id=before) == "2026-11-24 23:59"
    assert world.due(PromiseKind.REPAIR, order_id=after) == "2026-11-25 00:00"


def test_pilot_area_promises_its_own_time(database: Database) -> None:
    """R04: one pilot city installs in 24 h."""
    world = World(database, area="pilot")
    order_id = world.order(OrderKind.INSTALL, "2026-11-23 09:30")
    assert world.due(PromiseKind.INSTALL, order_id=order_id) == "2026-11-24 09:30"


def test_no_promise_where_the_community_cannot_be_served(database: Database) -> None:
    """R05: the order is taken without it, and the log says why."""
    world = World(database, is_serviceable=False)
    order_id = world.order(OrderKind.INSTALL, "2026-11-23 09:30")
    assert world.promises(PromiseKind.INSTALL, order_id=order_id) == []
    assert world.log() == ["rules_imported", "order_received", "promise_withheld"]


SHORT_AND_LONG_DAYS = [
    # a day of 23 hours: 24 h later the wall clock shows one hour more
    ("repair", "2026-03-28 15:00", "2026-03-29 16:00"),
    # a day of 25 hours
    ("repair", "2026-10-24 15:00", "2026-10-25 14:00"),
    ("install", "2026-03-27 12:00", "2026-03-30 13:00"),
]


@pytest.mark.parametrize(("kind", "received", "due"), SHORT_AND_LONG_DAYS)
def test_hours_are_hours_when_the_clocks_change(database: Database, kind: str, received: str, due: str) -> None:
    world = World(database, time_zone="Europe/Vaduz")
    order_id = world.order(OrderKind(kind), received)
    assert world.due(PromiseKind(kind), order_id=order_id) == due


@pytest.mark.parametrize(
    ("received", "due"),
    [("2026-03-29 00:30", "2026-03-30 00:00"), ("2026-10-25 00:30", "2026-10-26 00:00")],
)
def test_midnight_is_local_midnight_when_the_clocks_change(database: Database, received: str, due: str) -> None:
    world = World(database, time_zone="Europe/Vaduz", premium_from_on=date(2026, 1, 1))
    order_id = world.order(OrderKind.REPAIR, received)
    assert world.due(PromiseKind.REPAIR, order_id=order_id) == due
