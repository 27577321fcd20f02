"""Windows that a message offers are found while no transaction is open (R12, R18)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Message, SlotOffer, Visit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel
from notifications.preparing import PREPARERS
from notifications.want_message import want_message
from tests.booking import BookingDay


@pytest.fixture
def day(database: Database) -> BookingDay:
    """The evening before DAY; one technician works on DAY and the day after."""
    day = BookingDay.evening_before(database)
    technician = day.technician()
    day.shift(technician, "08:00-17:00", day="2026-11-25")
    return day


def prepared(day: BookingDay, kind: str, visit: int) -> Any:
    message = day.world.do(lambda s: want_message(s, kind, now=day.now, visit_id=visit, occasion="test"))
    assert message is not None
    with day.database.read_session() as session:
        row = session.get_one(Message, message.id)
    return PREPARERS[kind](day.database, row, day.now, day.machine, day.travel)["windows"]


def follow(day: BookingDay, visit: int) -> int:
    """The visit ends with nobody at the door, and another is asked for."""

    def write(session: Session) -> int:
        row = session.get_one(Visit, visit)
        row.move_to(VisitStatus.NOT_COMPLETED, at=day.now, by="technician:1", reason="nobody_there")
        again = Visit(
            at=day.now,
            by="test",
            order_id=row.order_id,
            number=2,
            purpose=row.purpose,
            premises_id=row.premises_id,
            territory_id=row.territory_id,
            duration_s=row.duration_s,
        )
        session.add(again)
        session.flush()
        return again.id

    return day.world.do(write)


def test_at_most_three_in_order_of_time_each_an_offer_by_sms(day: BookingDay) -> None:
    visit = day.booked("10:00-12:00")
    windows = prepared(day, "contact_given_up", visit)
    assert len(windows) == 3
    assert sorted(window["from_at"] for window in windows) == [window["from_at"] for window in windows]
    with day.database.read_session() as session:
        offers = [session.get_one(SlotOffer, window["offer_id"]) for window in windows]
    assert {offer.channel for offer in offers} == {Channel.SMS}
    assert {offer.visit_id for offer in offers} == {visit}
    assert [offer.from_at.isoformat() for offer in offers] == [window["from_at"] for window in windows]


def test_nobody_home_offers_the_next_visit(day: BookingDay) -> None:
    visit = day.booked("10:00-12:00")
    day.reach(visit, VisitStatus.ON_SITE)
    again = follow(day, visit)
    windows = prepared(day, "nobody_home", visit)
    with day.database.read_session() as session:
        assert {session.get_one(SlotOffer, window["offer_id"]).visit_id for window in windows} == {again}


def test_without_a_next_visit_nothing_is_offered(day: BookingDay) -> None:
    visit = day.booked("10:00-12:00")
    day.reach(visit, VisitStatus.ON_SITE)
    day.world.do(
        lambda s: s.get_one(Visit, visit).move_to(
            VisitStatus.NOT_COMPLETED, at=day.now, by="technician:1", reason="nobody_there"
        )
    )
    assert prepared(day, "nobody_home", visit) == []


def test_a_visit_under_way_is_offered_nothing(day: BookingDay) -> None:
    visit = day.booked("10:00-12:00")
    day.reach(visit, VisitStatus.EN_ROUTE)
    assert prepared(day, "contact_given_up", visit) == []


def test_where_nobody_works_nothing_is_offered(database: Database) -> None:
    day = BookingDay.evening_before(database)
    assert prepared(day, "contact_given_up", day.customer()) == []
