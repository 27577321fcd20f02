"""What is promised about a visit: acceptance (R17), contact (R10, R15), arrival (R11)."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.db import Database
from dispatch.rules import events as e
from dispatch.rules.vocabulary import Breach, OrderKind, Priority, PromiseKind
from tests.world import World

DAY = "2026-11-24"


@pytest.fixture
def world(database: Database) -> World:
    """A world with a repair order of 07:00 and one visit."""
    world = World(database)
    world.ids["order"] = world.order(OrderKind.REPAIR, f"{DAY} 07:00")
    world.ids["visit"] = world.visit(world.ids["order"])
    return world


def about(world: World, *, technician: bool = False) -> dict[str, Any]:
    """The subjects of a visit's fact."""
    ids = {"order_id": world.ids["order"], "visit_id": world.ids["visit"]}
    return ids | ({"technician_id": world.ids["technician"]} if technician else {})


def tell(world: World, at: str, window: tuple[str, str], number: int = 1) -> None:
    """We tell the customer a window."""
    world.happens(
        e.WindowTold,
        f"{DAY} {at}",
        **about(world),
        announcement=number,
        from_at=world.at(f"{DAY} {window[0]}"),
        until_at=world.at(f"{DAY} {window[1]}"),
    )


def agree(world: World, at: str, time: str) -> None:
    """Technician and customer agree a time."""
    world.happens(e.TimeAgreed, f"{DAY} {at}", **about(world), time_at=world.at(f"{DAY} {time}"), by_customer=False)


def arrive(world: World, at: str, report: int = 1) -> None:
    """The technician arrives."""
    world.happens(e.TechnicianArrived, f"{DAY} {at}", **about(world, technician=True), report_id=report)


def outcome(world: World, kind: PromiseKind = PromiseKind.ARRIVAL) -> str:
    """The status of the visit's latest promise of a kind."""
    return str(world.promise(kind, visit_id=world.ids["visit"]).status.value)


# --- acceptance -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2026-11-24 09:00", "2026-11-24 09:30"),
        ("2026-11-24 07:10", "2026-11-24 08:30"),  # the shift begins at 08:00
    ],
)
def test_acceptance_is_due_within_half_an_hour_of_working_time(world: World, sent: str, due: str) -> None:
    world.happens(e.VisitSent, sent, **about(world, technician=True))
    assert world.due(PromiseKind.ACCEPTANCE, visit_id=world.ids["visit"]) == due


def test_each_sending_has_its_own_acceptance(world: World) -> None:
    world.happens(e.VisitSent, f"{DAY} 09:00", **about(world, technician=True))
    world.happens(e.VisitUnsent, f"{DAY} 09:30", **about(world, technician=True), reason="not_accepted")
    world.happens(e.VisitSent, f"{DAY} 09:31", **about(world, technician=True))
    world.happens(e.VisitAccepted, f"{DAY} 09:40", **about(world, technician=True))
    statuses = [p.status.value for p in world.promises(PromiseKind.ACCEPTANCE, visit_id=world.ids["visit"])]
    assert statuses == ["void", "kept"]


# --- contact ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        ("09:38", "2026-11-24 11:38"),
        ("18:00", "2026-11-24 20:00"),
        ("19:30", "2026-11-25 09:30"),
        ("20:00", "2026-11-25 10:00"),
        ("07:00", "2026-11-24 10:00"),
    ],
)
def test_contact_is_due_within_two_contact_hours_of_acceptance(world: World, accepted: str, due: str) -> None:
    world.happens(e.VisitAccepted, f"{DAY} {accepted}", **about(world, technician=True))
    assert world.due(PromiseKind.CONTACT, visit_id=world.ids["visit"]) == due


def test_emergency_contact_ignores_contact_hours(database: Database) -> None:
    """R15: the green channel is open around the clock."""
    world = World(database)
    order_id = world.order(OrderKind.REPAIR, f"{DAY} 19:00", priority=Priority.EMERGENCY)
    world.ids |= {"order": order_id, "visit": world.visit(order_id)}
    world.happens(e.VisitAccepted, f"{DAY} 19:30", **about(world, technician=True))
    assert world.due(PromiseKind.CONTACT, visit_id=world.ids["visit"]) == f"{DAY} 21:30"


def test_reassignment_never_restarts_the_contact_clock(world: World) -> None:
    world.happens(e.VisitAccepted, f"{DAY} 09:00", **about(world, technician=True))
    world.happens(e.VisitReassigned, f"{DAY} 10:00", **about(world, technician=True), reason="ill")
    world.happens(e.VisitAccepted, f"{DAY} 10:05", **about(world, technician=True))
    promises = world.promises(PromiseKind.CONTACT, visit_id=world.ids["visit"])
    assert [world.local(p.due_at) for p in promises] == [f"{DAY} 11:00"]


@pytest.mark.parametrize("by_customer", [True, False])
def test_an_agreed_time_counts_as_contact_whoever_chose_it(world: World, by_customer: bool) -> None:
    world.happens(e.VisitAccepted, f"{DAY} 09:00", **about(world, technician=True))
    world.happens(
        e.TimeAgreed, f"{DAY} 10:12", **about(world), time_at=world.at(f"{DAY} 15:00"), by_customer=by_customer
    )
    assert outcome(world, PromiseKind.CONTACT) == "kept"


def test_a_try_that_reaches_nobody_is_no_contact(world: World) -> None:
    world.happens(e.VisitAccepted, f"{DAY} 09:00", **about(world, technician=True))
    world.happens(e.ContactTried, f"{DAY} 09:10", **about(world), attempt_id=1, band=None, reached=False)
    assert outcome(world, PromiseKind.CONTACT) == "running"
    world.happens(e.ContactTried, f"{DAY} 10:15", **about(world), attempt_id=2, band=None, reached=True)
    assert outcome(world, PromiseKind.CONTACT) == "kept"


@pytest.mark.parametrize(("arrived", "status"), [("10:55", "kept"), ("11:05", "broken")])
def test_who_was_met_at_the_door_was_contacted(world: World, arrived: str, status: str) -> None:
    world.happens(e.VisitAccepted, f"{DAY} 09:00", **about(world, technician=True))
    world.work(f"{DAY} 12:30")
    met_at = world.at(f"{DAY} {arrived}")
    world.happens(e.VisitCompleted, f"{DAY} 12:40", **about(world, technician=True), arrived_at=met_at)
    assert world.promise(PromiseKind.CONTACT, visit_id=world.ids["visit"]).status.value == status


def test_a_closed_door_is_no_contact(world: World) -> None:
    world.happens(e.VisitAccepted, f"{DAY} 09:00", **about(world, technician=True))
    world.happens(e.VisitNotCompleted, f"{DAY} 10:30", **about(world, technician=True), reason="nobody_there")
    assert world.promise(PromiseKind.CONTACT, visit_id=world.ids["visit"]).status.value == "running"


def test_no_second_contact_is_owed_where_a_time_is_agreed_already(world: World) -> None:
    """R41: nothing is asked twice."""
    world.happens(e.VisitAccepted, f"{DAY} 09:00", **about(world, technician=True), time_agreed=True)
    assert world.promises(PromiseKind.CONTACT, visit_id=world.ids["visit"]) == []


# --- arrival ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrived", "status"),
    [
        ("13:59", "broken"),
        ("14:44", "broken"),  # more than 15 minutes early, and nobody said yes
        ("14:45", "kept"),
        ("15:00", "kept"),
        ("16:00", "kept"),
        ("16:01", "broken"),
    ],
)
def test_arrival_around_an_agreed_time(world: World, arrived: str, status: str) -> None:
    """R11: agreed for 15:00."""
    agree(world, "10:12", "15:00")
    arrive(world, arrived)
    assert outcome(world) == status


def test_early_arrival_is_kept_with_the_customers_yes(world: World) -> None:
    agree(world, "10:12", "15:00")
    world.happens(e.EarlyArrivalAllowed, f"{DAY} 13:40", **about(world))
    arrive(world, "14:10")
    assert outcome(world) == "kept"


def test_early_arrival_without_a_yes_says_how_it_was_broken(world: World) -> None:
    agree(world, "10:12", "15:00")
    arrive(world, "14:10")
    assert world.promise(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]).breach is Breach.EARLY_WITHOUT_CONSENT


@pytest.mark.parametrize(
    ("arrived", "status"), [("13:44", "broken"), ("13:45", "kept"), ("17:00", "kept"), ("17:01", "broken")]
)
def test_before_a_time_is_agreed_the_told_window_is_the_promise(world: World, arrived: str, status: str) -> None:
    tell(world, "09:39", ("14:00", "17:00"))
    arrive(world, arrived)
    assert outcome(world) == status


def test_agreeing_a_time_narrows_the_window(world: World) -> None:
    tell(world, "09:39", ("14:00", "17:00"))
    agree(world, "10:12", "15:00")
    assert world.due(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]) == f"{DAY} 16:00"


def test_another_window_told_by_us_never_moves_the_promise(world: World) -> None:
    tell(world, "09:39", ("14:00", "16:00"))
    tell(world, "11:00", ("16:00", "18:00"), number=2)
    assert world.due(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]) == f"{DAY} 16:00"


def test_a_narrower_window_told_by_us_tightens_the_promise(world: World) -> None:
    tell(world, "09:39", ("13:00", "17:00"))
    tell(world, "11:00", ("14:00", "15:00"), number=2)
    assert world.due(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]) == f"{DAY} 15:00"


def test_a_window_chosen_by_the_customer_moves_the_promise(world: World) -> None:
    tell(world, "09:39", ("14:00", "16:00"))
    world.happens(
        e.WindowChosen,
        f"{DAY} 13:41",
        **about(world),
        from_at=world.at("2026-11-25 09:00"),
        until_at=world.at("2026-11-25 11:00"),
    )
    assert world.due(PromiseKind.ARRIVAL, visit_id=world.ids["visit"]) == "2026-11-25 11:00"


def test_what_is_chosen_after_the_window_is_a_new_promise(world: World) -> None:
    """The missed one stays broken."""
    tell(world, "09:39", ("14:00", "16:00"))
    world.work(f"{DAY} 16:30")
    world.happens(
        e.WindowChosen,
        f"{DAY} 17:10",
        **about(world),
        from_at=world.at("2026-11-25 09:00"),
        until_at=world.at("2026-11-25 11:00"),
    )
    world.happens(e.TechnicianArrived, "2026-11-25 09:30", **about(world, technician=True), report_id=1)
    world.work("2026-11-25 12:00")
    promises = world.promises(PromiseKind.ARRIVAL, visit_id=world.ids["visit"])
    assert [p.status.value for p in promises] == ["broken", "kept"]


def test_nobody_at_home_does_not_make_it_less_of_an_arrival(world: World) -> None:
    """R18: the technician's trip counts."""
    tell(world, "09:39", ("14:00", "16:00"))
    arrive(world, "14:30")
    reason = "nobody_there"
    world.happens(e.VisitNotCompleted, f"{DAY} 14:46", **about(world, technician=True), reason=reason)
    assert outcome(world) == "kept"


def test_arrival_taken_back_runs_again_until_the_real_one(world: World) -> None:
    tell(world, "09:39", ("14:00", "16:00"))
    arrive(world, "14:30")
    world.happens(e.ArrivalUndone, f"{DAY} 14:33", **about(world, technician=True), report_id=1)
    assert outcome(world) == "running"
    arrive(world, "15:50", report=2)
    promise = world.promise(PromiseKind.ARRIVAL, visit_id=world.ids["visit"])
    assert (promise.status.value, world.local(promise.met_at)) == ("kept", f"{DAY} 15:50")


@pytest.mark.parametrize(("with_consent", "status"), [(True, "void"), (False, "broken")])
def test_only_the_customers_consent_voids_an_arrival(world: World, with_consent: bool, status: str) -> None:
    tell(world, "09:39", ("14:00", "16:00"))
    world.happens(e.VisitCancelled, f"{DAY} 12:00", **about(world), reason="other", with_consent=with_consent)
    world.work(f"{DAY} 17:30")
    assert outcome(world) == status
