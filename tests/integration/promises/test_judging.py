"""Judging: what is known, what is silent, and what comes late."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.db import Database
from dispatch.rules import events as e
from dispatch.rules.vocabulary import BreakCause, OrderKind, PromiseKind
from dispatch.services.attribute_cause import attribute_cause
from tests.world import World

DAY = "2026-11-24"


@pytest.fixture
def world(database: Database) -> World:
    """A repair of 07:00 with a visit told for 12:00 to 14:00."""
    world = World(database, line_is_down=True)
    world.ids["order"] = world.order(OrderKind.REPAIR, f"{DAY} 07:00")
    world.ids["visit"] = world.visit(world.ids["order"])
    world.hear(f"{DAY} 11:00")
    world.happens(
        e.WindowTold,
        f"{DAY} 11:00",
        order_id=world.ids["order"],
        visit_id=world.ids["visit"],
        announcement=1,
        from_at=world.at(f"{DAY} 12:00"),
        until_at=world.at(f"{DAY} 14:00"),
    )
    return world


def arrival(world: World) -> str:
    """The status of the arrival promise."""
    return str(world.promise(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]).status.value)


def arrives(world: World, at: str, known: str, report: int = 1) -> None:
    """The technician arrives at one time and we know at another."""
    world.happens(
        e.TechnicianArrived,
        f"{DAY} {at}",
        known=f"{DAY} {known}",
        order_id=world.ids["order"],
        visit_id=world.ids["visit"],
        technician_id=world.ids["technician"],
        report_id=report,
    )


def test_the_very_minute_of_the_due_time_is_in_time(world: World) -> None:
    world.work(f"{DAY} 14:00")
    assert arrival(world) == "running"


def test_due_passed_while_the_phone_is_silent(world: World) -> None:
    """Shown to staff only: nobody is told, nothing is paid yet."""
    world.work(f"{DAY} 14:01")
    assert arrival(world) == "due_passed"
    assert world.compensations(PromiseKind.ARRIVAL) == []


def test_broken_when_the_offline_grace_is_over(world: World) -> None:
    world.work(f"{DAY} 14:59")
    assert arrival(world) == "due_passed"
    world.work(f"{DAY} 15:00")
    assert arrival(world) == "broken"


def test_broken_at_once_when_the_phone_has_spoken_since(world: World) -> None:
    world.hear(f"{DAY} 14:05")
    world.work(f"{DAY} 14:06")
    assert arrival(world) == "broken"


def test_phone_that_was_offline_and_syncs_arrived_in_time_an_hour_later(world: World) -> None:
    """Judged broken after the grace, corrected by the fact, and the money is withdrawn."""
    world.work(f"{DAY} 15:00")
    assert world.compensations(PromiseKind.ARRIVAL) == [(1, 1000, "approved")]
    arrives(world, "13:55", known="15:05")
    world.work(f"{DAY} 15:06")
    assert arrival(world) == "kept"
    assert world.compensations(PromiseKind.ARRIVAL) == [(1, 1000, "withdrawn")]


def test_phone_that_syncs_within_the_grace_costs_nothing(world: World) -> None:
    world.work(f"{DAY} 14:30")
    arrives(world, "13:55", known="14:40")
    world.work(f"{DAY} 16:00")
    assert arrival(world) == "kept"
    assert world.log("promise_broken", "compensation_proposed") == []


def test_late_arrival_is_broken_by_the_fact_itself(world: World) -> None:
    arrives(world, "14:13", known="14:13")
    assert arrival(world) == "broken"
    world.work(f"{DAY} 14:14")
    assert world.compensations(PromiseKind.ARRIVAL) == [(1, 1000, "approved")]


def test_a_correction_back_and_forth_owes_once(world: World) -> None:
    arrives(world, "14:13", known="14:13")
    world.work(f"{DAY} 14:14")
    about: dict[str, Any] = {
        "order_id": world.ids["order"],
        "visit_id": world.ids["visit"],
        "technician_id": world.ids["technician"],
    }
    world.happens(e.ArrivalUndone, f"{DAY} 14:15", **about, report_id=1)
    arrives(world, "13:50", known="14:16", report=2)
    world.work(f"{DAY} 14:17")
    assert arrival(world) == "kept"
    world.happens(e.ArrivalUndone, f"{DAY} 14:18", **about, report_id=2)
    arrives(world, "14:25", known="14:25", report=3)
    world.work(f"{DAY} 14:26")
    assert arrival(world) == "broken"
    assert world.compensations(PromiseKind.ARRIVAL) == [(1, 1000, "approved")]


@pytest.mark.parametrize(
    ("cause", "statuses"),
    [
        (BreakCause.CONTRACTOR, ["approved"]),
        (BreakCause.CUSTOMER, ["withdrawn"]),
        (BreakCause.FORCE_MAJEURE, ["withdrawn"]),
    ],
)
def test_compensation_follows_the_cause(world: World, cause: BreakCause, statuses: list[str]) -> None:
    """R36: ours, our resources and contractors' are compensated."""
    arrives(world, "14:13", known="14:13")
    world.work(f"{DAY} 14:14")
    promise = world.promise(PromiseKind.ARRIVAL, visit_id=world.ids["visit"])
    world.do(lambda s: attribute_cause(s, promise.id, cause, user_id=1, now=world.at(f"{DAY} 15:00")))
    world.work(f"{DAY} 15:01")
    assert [status for _, _, status in world.compensations(PromiseKind.ARRIVAL)] == statuses


# --- scale ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fixed", "amounts"),
    [
        ("2026-11-25 07:00", []),
        ("2026-11-25 07:01", [1000]),
        ("2026-11-26 07:00", [1000]),
        ("2026-11-26 07:01", [1000, 1000]),
        ("2026-11-29 12:00", [1000] * 5),
    ],
)
def test_late_repair_is_compensated_for_each_day_begun(world: World, fixed: str, amounts: list[int]) -> None:
    world.happens(e.ServiceSeenWorking, fixed, order_id=world.ids["order"])
    world.work("2026-12-24 12:00")
    assert [amount for _, amount, _ in world.compensations(PromiseKind.REPAIR)] == amounts


def test_late_repair_grows_day_by_day_up_to_the_most(world: World) -> None:
    """R36: ten a day, at most a hundred; one more step each day while nobody repairs."""
    world.hear("2026-11-25 08:00")
    for day, steps in ((25, 1), (26, 2), (27, 3)):
        world.work(f"2026-11-{day} 08:00")
        assert len(world.compensations(PromiseKind.REPAIR)) == steps
    world.work("2026-12-24 08:00")
    assert sum(amount for _, amount, _ in world.compensations(PromiseKind.REPAIR)) == 10000


def test_repair_known_late_to_have_been_done_earlier_takes_back_the_extra_days(world: World) -> None:
    world.hear("2026-11-25 08:00")
    world.work("2026-11-28 08:00")
    world.happens(e.ServiceSeenWorking, "2026-11-25 20:00", known="2026-11-28 09:00", order_id=world.ids["order"])
    world.work("2026-11-28 09:01")
    assert [status for _, _, status in world.compensations(PromiseKind.REPAIR)] == [
        "approved",
        "withdrawn",
        "withdrawn",
        "withdrawn",
    ]


def test_late_install_is_compensated_once(database: Database) -> None:
    world = World(database, line_is_down=True)
    order_id = world.order(OrderKind.INSTALL, "2026-11-23 09:30")
    world.work("2026-12-24 08:00")
    world.happens(e.ServiceSeenWorking, "2026-12-24 09:00", order_id=order_id)
    world.work("2026-12-24 10:00")
    assert world.compensations(PromiseKind.INSTALL) == [(1, 2000, "approved")]


def test_promise_past_due_when_the_order_came_in_is_judged_silently(database: Database) -> None:
    """An old order imported: judged, nobody told, nothing paid."""
    world = World(database, line_is_down=True)
    order_id = world.order(OrderKind.REPAIR, "2026-11-20 09:00", now="2026-11-24 08:00")
    world.work("2026-11-24 12:00")
    promise = world.promise(PromiseKind.REPAIR, order_id=order_id)
    assert (promise.status.value, promise.is_silent) == ("broken", True)
    assert world.compensations(PromiseKind.REPAIR) == []
