"""What a phone reports: stored first, once, with its time put right."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import FieldReport, Technician
from dispatch.rules import events as e
from dispatch.rules.vocabulary import OrderKind, PromiseKind
from dispatch.services.receive_field_reports import Report, receive_field_reports
from tests.world import World

DAY = "2026-11-24"


@pytest.fixture
def world(database: Database) -> World:
    """A visit told for 12:00 to 14:00."""
    world = World(database)
    world.ids["order"] = world.order(OrderKind.REPAIR, f"{DAY} 07:00")
    world.ids["visit"] = world.visit(world.ids["order"])
    window = {"from_at": world.at(f"{DAY} 12:00"), "until_at": world.at(f"{DAY} 14:00")}
    about = {"order_id": world.ids["order"], "visit_id": world.ids["visit"]}
    world.happens(e.WindowTold, f"{DAY} 11:00", known=None, announcement=1, **about, **window)
    return world


def sync(world: World, at: str, *reports: Report, device_is_ahead: timedelta = timedelta()) -> list[datetime]:
    """One sync at local time `at`; when its reports occurred."""
    now = world.at(f"{DAY} {at}")

    def use_case(session: Session) -> list[datetime]:
        technician = session.get_one(Technician, world.ids["technician"])
        rows = receive_field_reports(session, technician, "phone-1", reports, device_now=now + device_is_ahead, now=now)
        return [row.occurred_at for row in rows]

    return world.do(use_case)


def report(world: World, sequence: int, at: str, kind: str = "note") -> Report:
    """A report in the device's own time."""
    return Report(sequence=sequence, kind=kind, device_at=world.at(f"{DAY} {at}"), visit_id=world.ids["visit"])


def stored(world: World) -> list[int]:
    with world.database.read_session() as session:
        return list(session.scalars(select(FieldReport.sequence).order_by(FieldReport.sequence)))


def test_the_same_report_twice_is_stored_once(world: World) -> None:
    sync(world, "13:00", report(world, 1, "12:50"))
    sync(world, "13:10", report(world, 1, "12:50"), report(world, 2, "13:05"))
    assert stored(world) == [1, 2]


def test_a_clock_that_is_wrong_is_put_right(world: World) -> None:
    """The phone is ten minutes ahead: what it calls 13:05 was 12:55."""
    occurred = sync(world, "13:00", report(world, 1, "13:05"), device_is_ahead=timedelta(minutes=10))
    assert occurred == [world.at(f"{DAY} 12:55")]


def test_nothing_has_occurred_in_the_future(world: World) -> None:
    assert sync(world, "13:00", report(world, 1, "18:00")) == [world.at(f"{DAY} 13:00")]


def test_a_sync_without_an_arrival_ends_the_wait_for_one(world: World) -> None:
    """The promise waited for the phone; the phone has spoken."""
    world.work(f"{DAY} 14:01")
    promise = world.promise(PromiseKind.ARRIVAL, visit_id=world.ids["visit"])
    assert promise.status.value == "due_passed"
    sync(world, "14:10", report(world, 1, "14:09"))
    world.work(f"{DAY} 14:10")
    assert world.promise(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]).status.value == "broken"
