"""What a customer's answers lead to: ratings, repeat faults, cases and their alarms."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Case, Contact, Order, Rating, Visit
from dispatch.rules.lifecycles import CaseStatus, OrderStatus, VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel, ContactRole, OrderKind, Priority, PromiseKind
from dispatch.services.add_remark import ALARM, add_remark
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.confirm_visit import confirm_visit
from dispatch.services.name_substitute import name_substitute
from dispatch.services.rate_visit import NotRateable, Rated, rate_visit
from dispatch.services.report_fault import report_fault
from tests.world import World

DONE = "2026-11-24 15:00"


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def repaired(world: World, priority: Priority = Priority.NORMAL) -> tuple[int, int]:
    """A repair that was done at DONE; order and visit."""
    order_id = world.order(OrderKind.REPAIR, "2026-11-24 09:12", priority=priority)
    visit_id = world.visit(order_id)

    def finish(session) -> None:  # type: ignore[no-untyped-def]
        visit = session.get_one(Visit, visit_id)
        for status in ("booked", "scheduled", "sent", "accepted", "en_route", "on_site", "completed"):
            visit.move_to(VisitStatus(status), at=world.at(DONE), by="technician:1")
        session.get_one(Order, order_id).move_to(OrderStatus.FULFILLED, at=world.at(DONE), by="technician:1")

    world.do(finish)
    return order_id, visit_id


def rate(world: World, visit_id: int, score: int | None, at: str = "2026-11-24 15:10", said: str = "") -> Rated:
    return world.do(lambda s: rate_visit(s, visit_id, score=score, channel=Channel.PAGE, now=world.at(at), said=said))


@pytest.mark.parametrize(("score", "is_low"), [(1, True), (2, True), (3, False), (4, False), (5, False)])
def test_a_low_rating_opens_a_case_whose_owner_calls(world: World, score: int, is_low: bool) -> None:
    _, visit_id = repaired(world)
    rated = rate(world, visit_id, score)
    assert (rated.case is not None) == is_low
    assert rated.repair is None
    calls = world.log("callback_promised")
    assert len(calls) == is_low


def test_the_latest_score_counts_and_saying_it_again_says_nothing_new(world: World) -> None:
    _, visit_id = repaired(world)
    assert not rate(world, visit_id, 5).replaced
    assert rate(world, visit_id, 1).replaced
    assert rate(world, visit_id, 1).case is not None
    rate(world, visit_id, 4)
    with world.database.read_session() as session:
        assert session.scalars(select(Rating)).one().score == 4
        assert len(session.scalars(select(Case)).all()) == 1
    assert world.log("visit_rated") == ["visit_rated"] * 3


def test_not_fixed_stands_whatever_is_rated_afterwards(world: World) -> None:
    _, visit_id = repaired(world)
    first = rate(world, visit_id, None)
    assert first.repair is not None
    assert first.case is not None
    again = rate(world, visit_id, None)
    assert again.repair is None
    rate(world, visit_id, 4)
    with world.database.read_session() as session:
        rating = session.scalars(select(Rating)).one()
        assert (rating.score, rating.is_fixed) == (4, False)
        assert len(session.scalars(select(Order)).all()) == 2


def test_a_grumble_with_a_low_rating_is_a_complaint(world: World) -> None:
    _, visit_id = repaired(world)
    case = rate(world, visit_id, 1, said="never again").case
    assert case is not None
    assert case.kind is CaseKind.COMPLAINT
    assert world.promise(PromiseKind.COMPLAINT_REPLY, case_id=case.id)


def test_a_visit_to_come_cannot_be_rated(world: World) -> None:
    visit_id = world.visit(world.order(OrderKind.REPAIR, "2026-11-24 09:12"))
    with pytest.raises(NotRateable):
        rate(world, visit_id, 5)


def fault(world: World, order_id: int, at: datetime) -> Order:
    return world.do(lambda s: report_fault(s, order_id, channel=Channel.PAGE, now=at))


@pytest.mark.parametrize(
    ("after", "before", "priority"),
    [
        (timedelta(days=7), Priority.NORMAL, Priority.HIGH),
        (timedelta(days=7, seconds=1), Priority.NORMAL, Priority.NORMAL),
        (timedelta(days=30), Priority.EMERGENCY, Priority.EMERGENCY),
    ],
)
def test_a_fault_again_goes_first_for_seven_days(
    world: World, after: timedelta, before: Priority, priority: Priority
) -> None:
    order_id, _ = repaired(world, before)
    new = fault(world, order_id, world.at(DONE) + after)
    assert (new.priority, new.linked_order_id, new.kind) == (priority, order_id, OrderKind.REPAIR)
    with world.database.read_session() as session:
        assert session.scalars(select(Visit).where(Visit.order_id == new.id)).one().status is VisitStatus.REQUESTED
        old, copied = (
            [(c.role, c.name, c.phone, c.language) for c in session.scalars(select(Contact).filter_by(order_id=one))]
            for one in (order_id, new.id)
        )
    assert copied == old


def test_a_fault_that_is_being_repaired_is_not_reported_twice(world: World) -> None:
    order_id, _ = repaired(world)
    first = fault(world, order_id, world.at("2026-11-25 09:00"))
    assert fault(world, order_id, world.at("2026-11-25 09:05")).id == first.id
    assert fault(world, first.id, world.at("2026-11-25 09:06")).id == first.id


def test_the_third_contact_raises_the_alarm_and_wakes_a_waiting_case(world: World) -> None:
    now = world.at("2026-11-24 10:00")
    case_id = world.do(lambda s: ask_for_person(s, CaseKind.QUESTION, channel=Channel.SMS, said="one", now=now).id)

    def wait(session) -> None:  # type: ignore[no-untyped-def]
        session.get_one(Case, case_id).move_to(CaseStatus.WAITING, at=now, by="user:1", waiting_for="customer")

    world.do(wait)
    steps = []
    for text in ("two", "three"):
        case = world.do(lambda s, text=text: add_remark(s, case_id, text, now=now))  # type: ignore[misc]
        steps.append((case.contacts, case.next_step, case.status))
    assert steps == [(2, "call_back", CaseStatus.OPEN), (3, ALARM, CaseStatus.OPEN)]
    world.do(lambda s: add_remark(s, case_id, "called her", now=now, said_by="user:1"))
    with world.database.read_session() as session:
        assert session.get_one(Case, case_id).contacts == 3


def test_a_visit_under_way_needs_no_confirmation(world: World) -> None:
    _, visit_id = repaired(world)
    assert not world.do(lambda s: confirm_visit(s, visit_id, now=world.at(DONE)))
    assert world.log("visit_confirmed") == []


def test_a_substitute_is_replaced_not_doubled(world: World) -> None:
    order_id = world.order(OrderKind.REPAIR, "2026-11-24 09:12")
    now = world.at("2026-11-24 10:00")
    for phone in ("+8613800000007", "+862584400000"):
        world.do(lambda s, phone=phone: name_substitute(s, order_id, phone, language="en", now=now))  # type: ignore[misc]
    with world.database.read_session() as session:
        found = session.scalars(select(Contact).where(Contact.role == ContactRole.SUBSTITUTE)).one()
    assert (found.phone, found.is_landline) == ("+862584400000", True)
