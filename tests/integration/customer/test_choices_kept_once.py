"""What is chosen on an order's page, twice, late or from two instances at once: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, Order
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import CaseKind, PauseCause, ProofKind
from dispatch.services.find_order_by_code import MOST_FOR_ORDER
from dispatch.services.pause_clock import pause_clock
from tests.booking import DAY, BookingDay
from tests.order_visitor import Visitor, number_and_code, open_app, order_of

ENDING = "0001"


@pytest.fixture
def day(database: Database) -> BookingDay:
    day = BookingDay.evening_before(database)
    day.technician("08:00-18:00")
    return day


@pytest.fixture
def visit(day: BookingDay) -> int:
    """A repair without a time."""
    return day.customer()


@pytest.fixture
def visitor(database: Database, day: BookingDay, visit: int) -> Visitor:
    return Visitor.of(open_app(database, day), day, order_of(day, visit))


def test_guesses_are_limited_across_instances_and_all_wrong_answers_are_alike(
    database: Database, day: BookingDay, visit: int
) -> None:
    number, code = number_and_code(day, order_of(day, visit))
    guests = [Visitor(open_app(database, day).test_client(), "/o") for _ in range(2)]
    for guest in guests:
        guest.read("/o?lang=en")
    unknown = guests[0].post("/o", number="no such", code="AAAAAA")
    for turn in range(MOST_FOR_ORDER):
        wrong = guests[turn % 2].post("/o", number=number, code="AAAAAA")
        assert wrong.status_code == unknown.status_code == 422
        assert "do not belong together" in wrong.text
        assert "do not belong together" in unknown.text
    for guest in guests:
        assert guest.post("/o", number=number, code=code).status_code == 429
    day.later(business=timedelta(minutes=61))
    assert guests[0].post("/o", number=number, code=code).status_code == 303


def test_a_time_is_chosen_and_changed_and_choosing_twice_is_choosing_once(
    visitor: Visitor, day: BookingDay, visit: int
) -> None:
    visitor.read()
    visitor.send("/times")
    offers = visitor.offers()
    assert "13:00-15:00" in offers
    first = visitor.post("/times/choose", offer=offers["13:00-15:00"])
    again = visitor.post("/times/choose", offer=offers["13:00-15:00"])
    assert first.headers["Location"] == again.headers["Location"]
    assert "said=booked" in first.headers["Location"]
    assert day.status(visit) == "scheduled"
    day.later(business=timedelta(seconds=5))
    visitor.read()
    visitor.send("/times")
    assert "时间已约好" in visitor.send("/times/choose", offer=visitor.offers()["15:00-17:00"])
    booked = day.visit(visit)
    assert (day.world.local(booked.booked_from_at), day.status(visit)) == (f"{DAY} 15:00", "scheduled")


def test_a_time_that_was_taken_meanwhile_is_answered_with_others(visitor: Visitor, day: BookingDay, visit: int) -> None:
    visitor.read()
    visitor.send("/times")
    offer = visitor.offers()["13:00-15:00"]
    day.pin(day.booked("13:00-15:00", minutes=290))
    text = visitor.send("/times/choose", offer=offer)
    assert "该时段已没有空位" in text
    assert visitor.offers()
    assert day.status(visit) == "requested"


def test_a_person_is_asked_for_once(visitor: Visitor, day: BookingDay) -> None:
    visitor.read()
    visitor.post("/person", said="请问要带什么")
    text = visitor.send("/person", said="请问要带什么")
    assert "给您回电" in text
    cases = day.world.do(lambda s: [(case.kind, case.contacts, len(case.remarks)) for case in s.scalars(select(Case))])
    assert cases == [(CaseKind.QUESTION, 1, 1)]


def test_a_pause_is_disputed_once(visitor: Visitor, day: BookingDay, visit: int) -> None:
    """R51."""
    order_id = order_of(day, visit)

    def pause(session: Session) -> None:
        pause_clock(
            session,
            session.get_one(Order, order_id),
            cause=PauseCause.CUSTOMER_REQUEST,
            proof_kind=ProofKind.CALL_RECORD,
            proof_id=7,
            since=day.now,
            now=day.now,
        )

    day.world.do(pause)
    assert "暂停计时" in visitor.read()
    visitor.post("/dispute")
    text = visitor.send("/dispute")
    assert "正在核查凭证" in text
    assert day.world.do(lambda s: s.scalar(select(func.count()).select_from(Case))) == 1
    visitor.read()
    assert 'name="proof"' not in visitor.page.text


def test_only_the_subscriber_withdraws_and_can_take_it_back(visitor: Visitor, day: BookingDay, visit: int) -> None:
    """R13, R28."""
    order_id = order_of(day, visit)
    visitor.read()
    assert "与登记机主号码的后四位不符" in visitor.send("/withdraw", ending="9999")
    assert day.world.do(lambda s: s.get_one(Order, order_id).status) is OrderStatus.OPEN
    visitor.read()
    visitor.post("/withdraw", ending=ENDING)
    visitor.send("/withdraw", ending=ENDING)
    assert day.world.do(lambda s: s.get_one(Order, order_id).status) is OrderStatus.WITHDRAWING
    assert day.status(visit) == "cancelled"
    assert "订单继续办理" in visitor.send("/keep", ending=ENDING)
    assert day.world.do(lambda s: s.get_one(Order, order_id).status) is OrderStatus.OPEN
