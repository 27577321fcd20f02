"""Both visits of a move get their times with one choice at a desk (R02)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import AuditEntry
from dispatch.rules.vocabulary import Role
from tests.booking import DAY, BookingDay
from tests.order_visitor import order_of
from tests.signing_in import SignedInClient, client_for_staff
from web.app import create_app

_PAIR = re.compile('name="starts" value="([^"]+)"')


class Desk:
    """A console in front of a day with one technician, and the order of somebody who moves."""

    def __init__(self, database: Database) -> None:
        self.day = BookingDay.evening_before(database)
        self.day.technician("08:00-18:00", skills=["fibre"])
        self.visits = self.day.move(old_north=0.05)
        self.order = f"/console/orders/{order_of(self.day, self.visits[0])}"
        self.app = create_app(database, machine_clock=FixedClock(self.day.now))
        self.app.extensions["travel"] = self.day.travel
        self.client = client_for_staff(self.app, Role.DISPATCHER)

    def pairs(self, client: SignedInClient | None = None) -> list[str]:
        """What is on offer, as the forms say it."""
        return _PAIR.findall((client or self.client).get(f"{self.order}?both=1").text)

    def choose(self, starts: str, *, visit: int | None = None) -> TestResponse:
        return self.client.post(
            f"{self.order}/both?both=1", data={"visit_id": visit or self.visits[0], "starts": starts}
        )

    def booked(self) -> list[str | None]:
        return [self.day.world.local(self.day.visit(visit).booked_from_at) for visit in self.visits]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_both_are_booked_once_and_that_is_audited(desk: Desk) -> None:
    assert f'href="{desk.order}?both=1#both"' in desk.client.get(desk.order).text
    first = desk.pairs()[0]
    assert desk.choose(first).status_code == desk.choose(first).status_code == 303
    assert desk.booked() == [f"{DAY} 08:00", f"{DAY} 13:00"]
    assert desk.day.world.log("visit_booked") == ["visit_booked"] * 2
    assert "?both=1" not in desk.client.get(desk.order).text
    with desk.day.database.read_session() as session:
        assert "book_visit" in session.scalars(select(AuditEntry.action)).all()


def test_a_pair_that_is_gone_is_refused_with_those_that_are_left(desk: Desk) -> None:
    first = desk.pairs()[0]
    desk.day.pin(desk.day.booked("13:00-15:00", minutes=270))
    answer = desk.choose(first)
    assert answer.status_code == 409
    assert "These two times cannot both be kept" in answer.text
    left = _PAIR.findall(answer.text)
    assert len(left) == 1
    assert first not in left
    assert desk.booked() == [None, None]
    assert desk.choose(left[0]).status_code == 303


def test_who_has_one_time_meanwhile_is_refused_and_told(desk: Desk) -> None:
    first = desk.pairs()[0]
    offer = desk.day.shown(desk.visits[1], "17:00-20:00")
    desk.day.hold(offer)
    desk.day.book(offer)
    answer = desk.choose(first)
    assert answer.status_code == 409
    assert "has a time already" in answer.text
    assert desk.booked() == [None, f"{DAY} 17:00"]


def test_nothing_free_is_said(desk: Desk) -> None:
    desk.day.pin(desk.day.booked("08:00-10:00", minutes=600))
    assert "No two windows can be kept together" in desk.client.get(f"{desk.order}?both=1").text


@pytest.mark.parametrize("starts", ["", "soon", "2026-11-24T08:00:00 2026-11-24T13:00:00", "2026-11-24T08:00:00+08:00"])
def test_what_is_no_pair_is_refused(desk: Desk, starts: str) -> None:
    assert desk.choose(starts).status_code == 409
    assert desk.booked() == [None, None]


def test_a_visit_of_another_order_is_refused(desk: Desk) -> None:
    first = desk.pairs()[0]
    assert desk.choose(first, visit=desk.day.customer()).status_code == 409
    assert desk.booked() == [None, None]


def test_who_may_only_look_is_offered_nothing(desk: Desk) -> None:
    assert desk.pairs(client_for_staff(desk.app, Role.VIEWER)) == []
    assert desk.pairs() != []
