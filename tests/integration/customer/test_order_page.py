"""An order's page by link and by code: what it shows, to whom, and every choice on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, Contact, Order, Rating, Visit
from dispatch.rules.events import TechnicianArrived
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel, ContactRole
from dispatch.services.open_case import open_case
from dispatch.services.revoke_links import revoke_links
from tests.booking import DAY, BookingDay
from tests.order_visitor import Visitor, number_and_code, open_app, order_of
from tests.planning import PlanningDay

ENDING = "0001"


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """What differs between the databases is tested in test_choices_kept_once.py."""
    database = Database(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def day(database: Database) -> BookingDay:
    day = BookingDay.evening_before(database)
    day.technician("08:00-18:00")
    return day


@pytest.fixture
def app(database: Database, day: BookingDay) -> Flask:
    return open_app(database, day)


@pytest.fixture
def visit(day: BookingDay) -> int:
    """A repair without a time."""
    return day.customer()


@pytest.fixture
def visitor(app: Flask, day: BookingDay, visit: int) -> Visitor:
    return Visitor.of(app, day, order_of(day, visit))


def finished(day: BookingDay, visit: int) -> None:
    """The visit is done, and the order with it."""
    day.reach(visit, VisitStatus.ON_SITE)

    def end(session: Session) -> None:
        row = session.get_one(Visit, visit)
        row.move_to(VisitStatus.COMPLETED, at=day.now, by="technician:1")
        row.order.move_to(OrderStatus.FULFILLED, at=day.now, by="technician:1")

    day.world.do(end)


def token_of(visitor: Visitor) -> dict[str, str]:
    """The token of the page's forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)
    assert found is not None
    return {"csrf_token": found[1]}


def count(day: BookingDay, what: type) -> int:
    return day.world.do(lambda s: s.scalar(select(func.count()).select_from(what)) or 0)


# Opening


def test_the_link_opens_the_page_and_keeps_it_to_itself(visitor: Visitor, day: BookingDay) -> None:
    text = visitor.read()
    assert visitor.page.status_code == 200
    headers = visitor.page.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert 'lang="zh-Hans-CN"' in text  # the subscriber's language
    assert "还没有预约上门" in text
    for personal in ("Zhang San", "13900000001", "Road"):
        assert personal not in text


def test_another_language_can_be_chosen(visitor: Visitor) -> None:
    assert "No visit is booked yet" in visitor.read(f"{visitor.link}?lang=en")
    assert "還沒有預約到府" in visitor.read(f"{visitor.link}?lang=zh_Hant_TW")


def test_a_wrong_a_revoked_and_an_old_link_get_the_same_answer(visitor: Visitor, day: BookingDay, visit: int) -> None:
    wrong = visitor.read(visitor.link[:-3] + "AAA", **{"Accept-Language": "en"})
    assert visitor.page.status_code == 404
    assert "This page is not there" in wrong
    order_id = order_of(day, visit)
    day.world.do(lambda s: revoke_links(s, order_id, now=day.now))
    visitor.read(**{"Accept-Language": "en"})
    assert visitor.page.status_code == 404
    assert "This page is not there" in visitor.page.text


def test_the_page_of_an_order_that_ended_long_ago_is_gone(visitor: Visitor, day: BookingDay, visit: int) -> None:
    order_id = order_of(day, visit)
    day.world.do(lambda s: s.get_one(Order, order_id).move_to(OrderStatus.FULFILLED, at=day.now, by="technician:1"))
    day.later(business=timedelta(days=29))
    visitor.read()
    assert visitor.page.status_code == 200
    day.later(business=timedelta(days=2))
    visitor.read()
    assert visitor.page.status_code == 404


def test_number_and_code_open_the_page_at_the_constant_address(app: Flask, day: BookingDay, visit: int) -> None:
    """R37: what the receipt says is what is asked for; nothing secret is in the address."""
    number, code = number_and_code(day, order_of(day, visit))
    guest = Visitor(app.test_client(), "/o")
    guest.read()
    answer = guest.post("/o", number=number, code=code.lower())
    assert answer.headers["Location"] == "/o/mine"
    cookie = SimpleCookie(next(value for value in answer.headers.getlist("Set-Cookie") if "punctual_order" in value))
    assert cookie["punctual_order"]["httponly"]
    assert number in guest.read("/o/mine")
    guest.send("/o/leave")
    guest.read("/o/mine")
    assert guest.page.status_code == 404


def test_the_cookie_is_over_after_half_an_hour_and_cannot_be_turned_to_another_order(
    app: Flask, day: BookingDay, visit: int
) -> None:
    other = order_of(day, day.customer())
    guest = Visitor(app.test_client(), "/o")
    guest.read()
    number, code = number_and_code(day, order_of(day, visit))
    guest.post("/o", number=number, code=code)
    cookie = guest.client.get_cookie("punctual_order", path="/o")
    assert cookie is not None
    _, _, rest = cookie.value.partition(".")
    guest.client.set_cookie("punctual_order", f"{other}.{rest}", path="/o")
    guest.read("/o/mine")
    assert guest.page.status_code == 404
    guest.client.set_cookie("punctual_order", cookie.value, path="/o")
    day.later(business=timedelta(minutes=31))
    guest.read("/o/mine")
    assert guest.page.status_code == 404


def test_the_status_document_has_a_tag_that_changes_with_the_order(
    visitor: Visitor, day: BookingDay, visit: int
) -> None:
    visitor.read(f"{visitor.link}/status.json")
    tag = visitor.page.headers["ETag"]
    assert visitor.page.get_json()["visits"][0]["stage"] == "unbooked"
    visitor.read(f"{visitor.link}/status.json", **{"If-None-Match": tag})
    assert visitor.page.status_code == 304
    day.hold(offer := day.shown(visit, "13:00-15:00"))
    day.book(offer)
    visitor.read(f"{visitor.link}/status.json", **{"If-None-Match": tag})
    assert visitor.page.status_code == 200
    assert "Zhang" not in visitor.page.text


# Choosing a time


def test_windows_that_are_too_late_for_the_promise_are_marked(visitor: Visitor, day: BookingDay, visit: int) -> None:
    """Received the evening before: due at 17:30 today, and an hour of work from 17:00 on misses it."""
    day.technician(day="2026-11-25")
    visitor.read()
    text = visitor.send("/times")
    marks = re.findall(r"\d\d:\d\d\S\d\d:\d\d(<small>晚于承诺时间</small>)?", text)
    assert [bool(mark) for mark in marks] == [False] * 4 + [True] * 5


def test_the_offer_or_visit_of_another_order_is_refused(visitor: Visitor, day: BookingDay, visit: int) -> None:
    other = day.customer()
    theirs = day.shown(other, "13:00-15:00")
    visitor.read()
    visitor.send("/times")
    assert visitor.post("/times/choose", offer=str(theirs)).status_code == 404
    assert visitor.post("/times/choose", visit=str(other), offer=str(theirs)).status_code == 404
    visitor.read()
    assert visitor.post("/times", visit=str(other)).status_code == 404
    assert day.status(other) == "requested"


def test_too_late_to_change_says_why_and_shows_how_it_stands(visitor: Visitor, day: BookingDay, visit: int) -> None:
    day.hold(offer := day.shown(visit, "13:00-15:00"))
    day.book(offer)
    visitor.read()
    day.reach(visit, VisitStatus.EN_ROUTE)
    text = visitor.send("/times")
    assert "这里不能再改时间" in text
    assert "正在路上" in text


def test_a_form_without_the_token_of_its_page_is_refused(visitor: Visitor) -> None:
    visitor.read()
    answer = visitor.client.post(f"{visitor.link}/person", data={})
    assert answer.status_code == 400


# Other choices


def test_somebody_else_is_named(visitor: Visitor, day: BookingDay, visit: int) -> None:
    visitor.read()
    assert "电话号码不正确" in visitor.send("/substitute", phone="12")
    visitor.send("/substitute", phone="139 0000 0007")
    visitor.send("/substitute", phone="139 0000 0007")
    statement = select(Contact.phone).where(
        Contact.order_id == order_of(day, visit), Contact.role == ContactRole.SUBSTITUTE
    )
    assert day.world.do(lambda s: list(s.scalars(statement))) == ["+8613900000007"]


def test_a_grumble_is_a_complaint(visitor: Visitor, day: BookingDay) -> None:
    """R47."""
    visitor.read()
    visitor.send("/person", said="又变 请假白请了")
    assert day.world.do(lambda s: [case.kind for case in s.scalars(select(Case))]) == [CaseKind.COMPLAINT]


def test_endings_are_limited(visitor: Visitor) -> None:
    visitor.read()
    page = visitor.page
    for _ in range(5):
        visitor.page = page
        visitor.post("/withdraw", ending="9999")
    visitor.page = page
    assert "错误次数过多" in visitor.send("/withdraw", ending=ENDING)


def test_a_visit_is_rated_and_rated_anew(visitor: Visitor, day: BookingDay, visit: int) -> None:
    """R60."""
    day.hold(offer := day.shown(visit, "13:00-15:00"))
    day.book(offer)
    finished(day, visit)
    visitor.read()
    visitor.send("/rate", score="4")
    text = visitor.send("/rate", score="5")
    assert "5分" in text
    assert day.world.do(lambda s: [row.score for row in s.scalars(select(Rating))]) == [5]


def test_not_fixed_goes_on_as_a_new_order_once(visitor: Visitor, day: BookingDay, visit: int) -> None:
    """R41, R62."""
    day.hold(offer := day.shown(visit, "13:00-15:00"))
    day.book(offer)
    finished(day, visit)
    before = count(day, Order)
    visitor.read()
    visitor.post("/rate", score="not_fixed")
    text = visitor.send("/rate", score="not_fixed")
    assert count(day, Order) == before + 1
    assert "后续请看" in text
    visitor.post("/fault")
    visitor.post("/fault")
    assert count(day, Order) == before + 1


def test_an_order_that_is_not_done_cannot_be_reported_again_or_rated(
    visitor: Visitor, day: BookingDay, visit: int
) -> None:
    visitor.read()
    assert not [form for form in ("/fault", "/rate", "/keep") if f'{form}"' in visitor.page.text]
    visitor.send("/person")
    address = {"data": {"visit": str(visit), "score": "5", **token_of(visitor)}}
    assert "said=not_now" in visitor.client.post(f"{visitor.link}/rate", **address).headers["Location"]
    assert "said=not_now" in visitor.client.post(f"{visitor.link}/fault", **address).headers["Location"]
    assert count(day, Rating) == 0


def test_a_case_has_an_owner_and_our_own_cases_are_not_shown(visitor: Visitor, day: BookingDay, visit: int) -> None:
    """R42: a case is the customer's as soon as they have opened it or were told of it."""
    day.hold(offer := day.shown(visit, "13:00-15:00"))
    day.book(offer)
    finished(day, visit)
    order_id = order_of(day, visit)

    def opened(session: Session, kind: CaseKind) -> str:
        case = open_case(session, kind, channel=Channel.CONSOLE, next_step="call_back", order_id=order_id, now=day.now)
        return case.number

    ours = day.world.do(lambda s: opened(s, CaseKind.EXCEPTION))
    theirs = day.world.do(lambda s: opened(s, CaseKind.QUESTION))
    text = visitor.read()
    assert theirs in text
    assert ours not in text
    assert "值班客服" in text


@pytest.mark.parametrize(("came", "is_early"), [("09:00", True), ("09:20", False)])
def test_who_came_too_early_is_not_said_to_have_been_late(database: Database, came: str, is_early: bool) -> None:
    day = PlanningDay.begin(database, f"{DAY} 08:00")
    technician, visit = day.technician(), day.customer()
    day.place(technician, [(visit, "10:00")])
    day.reach(visit, VisitStatus.EN_ROUTE)
    day.tell(visit, "09:30", "11:30")
    order = order_of(day, visit)
    about = {"order_id": order, "visit_id": visit}
    day.world.happens(TechnicianArrived, f"{DAY} {came}", technician_id=technician, report_id=1, known=None, **about)
    day.clock("09:30")
    page = Visitor.of(open_app(database, day), day, order).read()
    assert ("比约定提前到了" in page) is is_early
