"""Cases in the console: one owner, a visible next step, every click once (R40 to R48)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import Case, Grant, Territory, User
from dispatch.models.user import DUTY_LOGIN
from dispatch.rules.vocabulary import CaseKind, Channel, OrderKind, PromiseKind, Role
from dispatch.services.add_remark import add_remark
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.open_case import open_case
from tests.saying import DAY
from tests.signing_in import SignedInClient, client_for_staff
from tests.world import World
from web.app import create_app


@dataclass
class Desk:
    """A console at 10:00 of DAY, in front of a world with one complaint about one order."""

    world: World
    client: SignedInClient
    case_id: int
    me: int

    @classmethod
    def begin(cls, world: World, kind: CaseKind = CaseKind.COMPLAINT, role: Role = Role.AGENT, **grant: Any) -> Desk:
        """Somebody complained at 09:00 and was promised a call; somebody else has signed in."""
        order_id = world.order(OrderKind.REPAIR, f"{DAY} 08:00")
        opened: dict[str, Any] = {"channel": Channel.PAGE, "order_id": order_id, "now": world.at(f"{DAY} 09:00")}
        case_id = world.do(lambda s: ask_for_person(s, kind, said="changed again", **opened).id)
        app = create_app(world.database, machine_clock=FixedClock(world.at(f"{DAY} 10:00")))
        client = client_for_staff(app, role, **grant)
        with world.database.read_session() as session:
            me = session.scalars(select(User.id).where(User.login != DUTY_LOGIN)).one()
        return cls(world, client, case_id, me)

    @property
    def page(self) -> str:
        """The case's page."""
        return self.client.get(f"/console/cases/{self.case_id}").text

    @property
    def case(self) -> Case:
        """The case as it is written."""
        with self.world.database.read_session() as session:
            return session.get_one(Case, self.case_id)

    def post(self, action: str, expected: int = 303, **fields: object) -> str:
        """Send a form of the case's page."""
        answer = self.client.post(f"/console/cases/{self.case_id}/{action}", data=fields)
        assert answer.status_code == expected, answer.text
        return answer.text

    def colleague(self, login: str = "chen", role: Role = Role.AGENT) -> int:
        """Another member of staff; the id."""

        def hire(session: Session) -> int:
            grants = [Grant(role=role)]
            user = User(login=login, name=f"{login} jie", created_at=self.world.at(f"{DAY} 08:00"), grants=grants)
            session.add(user)
            session.flush()
            return user.id

        return self.world.do(hire)


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Database]:
    """A database of the one kind that starts at once, for what a page says."""
    database = Database(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def desk(quick: Database) -> Desk:
    return Desk.begin(World(quick))


def test_a_case_shows_owner_next_step_and_clocks(desk: Desk) -> None:
    """R42, R43, R46."""
    for words in ("T101", "Duty desk", "Call the customer", "changed again", "11-24 11:00", "11-26 09:00"):
        assert words in desk.page, words
    listed = desk.client.get("/console/cases").text
    assert f"/console/cases/{desk.case_id}" in listed
    assert "Call the customer" in listed
    assert "case_page_" not in desk.page + listed


def test_a_reply_meets_its_clock_once(desk: Desk) -> None:
    """R46: first reply within 48 hours; a double click replies once, and nothing typed is lost."""
    assert "Please give the answer" in desk.post("reply", 400, text="  ")
    assert "line is fine" in desk.post("reply", 400, text="line is fine", next_step="forget it")
    desk.post("reply", text="line is fine", next_step="await_customer")
    desk.post("reply", text="line is fine", next_step="await_customer")
    assert desk.world.log("case_replied") == ["case_replied"]
    assert desk.world.promise(PromiseKind.COMPLAINT_REPLY, case_id=desk.case_id).status == "kept"
    assert (desk.case.status, desk.case.waiting_for, desk.case.next_step) == ("waiting", "customer", "await_customer")
    desk.world.do(lambda s: add_remark(s, desk.case_id, "it is not", now=desk.world.at(f"{DAY} 11:00")))
    assert desk.case.status == "open"


def test_the_call_that_was_promised_is_made(desk: Desk) -> None:
    """R43: a call that nobody answers was made too, and is made again."""
    desk.post("call", reached="no")
    assert desk.world.promise(PromiseKind.CALLBACK, case_id=desk.case_id).status == "kept"
    assert desk.case.next_step == "call_again"
    desk.post("call", reached="yes", text="will be repaired today", next_step="look_into")
    assert desk.case.next_step == "look_into"


def test_a_hand_over_names_its_receiver(desk: Desk) -> None:
    """R42, R48: counted, and told to nobody who may not care for it."""
    chen, viewer = desk.colleague(), desk.colleague("guest", Role.VIEWER)
    assert "by name" in desk.post("hand-over", 400, to_user_id=viewer)
    desk.post("hand-over", 400, to_user_id="")
    desk.post("hand-over", to_user_id=chen, remark="knows the building", next_step="look_into")
    desk.post("hand-over", to_user_id=chen)
    assert (desk.case.owner_id, desk.case.hand_overs, desk.case.next_step) == (chen, 1, "look_into")
    assert desk.world.log("case_handed_over") == ["case_handed_over"]
    assert "knows the building" in desk.page
    desk.post("hand-over", to_user_id=desk.me)
    assert f"/console/cases/{desk.case_id}" in desk.client.get("/console/cases?whose=mine").text


def test_a_complaint_is_settled_with_an_answer_and_may_be_opened_again(desk: Desk) -> None:
    """R46: all answered."""
    desk.post("resolve", 400, answer="")
    desk.post("resolve", answer="We are sorry; the credit is on its way.")
    desk.post("resolve", answer="We are sorry; the credit is on its way.")
    assert desk.world.log("case_resolved") == ["case_resolved"]
    assert desk.world.promise(PromiseKind.COMPLAINT_ANSWER, case_id=desk.case_id).status == "kept"
    assert f"/console/cases/{desk.case_id}" in desk.client.get("/console/cases?resolved=1").text
    assert "settled" in desk.post("reply", 409, text="one more thing")
    desk.post("reopen", 400, remark="")
    desk.post("reopen", remark="the credit never came")
    desk.post("reopen", remark="the credit never came")
    assert (desk.case.status, desk.world.log("case_reopened")) == ("reopened", ["case_reopened"])
    desk.post("reply", text="it will be there tomorrow", next_step="await_others")
    assert desk.case.status == "waiting"


def test_a_withdrawal_is_not_settled_by_hand(database: Database) -> None:
    """R13: its case ends with the order."""
    desk = Desk.begin(World(database), CaseKind.EXCEPTION, Role.DISPATCHER)
    with database.read_session() as session:
        order_id = session.get_one(Case, desk.case_id).order_id
    desk.client.post(f"/console/orders/{order_id}/withdraw", data={"reason": "too_late"})
    desk.world.work(f"{DAY} 10:01")
    with database.read_session() as session:
        case_id = session.scalars(select(Case.id).where(Case.next_step == "verify_withdrawal")).one()
    ending = Desk(desk.world, desk.client, case_id, desk.me)
    assert "verified and closed" in ending.post("resolve", 409)
    desk.client.post(f"/console/orders/{order_id}/verify")
    desk.world.work(f"{DAY} 10:02")
    assert ending.case.next_step == "close_withdrawal"
    desk.client.post(f"/console/orders/{order_id}/close")
    desk.world.work(f"{DAY} 10:03")
    assert ending.case.status == "resolved"
    assert desk.world.log("case_opened", "case_resolved") == ["case_opened", "case_opened", "case_resolved"]


def test_a_report_that_does_not_fit_is_told_in_words(desk: Desk) -> None:
    """What the phone said is no quotation, and no code."""
    remark = "accepted #12: reassigned"
    desk.world.do(
        lambda s: add_remark(s, desk.case_id, remark, now=desk.world.at(f"{DAY} 09:30"), said_by="technician:1")
    )
    assert "“Accepted”, which does not fit: the visit was another technician" in desk.page
    assert remark not in desk.page


def test_alarms_come_first(database: Database) -> None:
    """R48: the third contact."""
    desk = Desk.begin(World(database))
    now = desk.world.at(f"{DAY} 09:30")
    quiet = desk.world.do(
        lambda s: open_case(s, CaseKind.QUESTION, channel=Channel.PAGE, next_step="answer", now=now).id
    )
    for text in ("hello?", "anybody?"):
        desk.world.do(lambda s, text=text: add_remark(s, desk.case_id, text, now=now))  # type: ignore[misc]
    listed = desk.client.get("/console/cases").text
    assert listed.index(f"/console/cases/{desk.case_id}") < listed.index(f"/console/cases/{quiet}")
    assert "Third contact" in listed


def test_cases_of_another_territory_are_not_there(quick: Database) -> None:
    world = World(quick)

    def found(session: Session) -> int:
        other = Territory(code="T2", name="Elsewhere", time_zone="Asia/Shanghai")
        session.add(other)
        session.flush()
        return other.id

    desk = Desk.begin(world, territory_id=world.do(found))
    assert desk.client.get(f"/console/cases/{desk.case_id}").status_code == 404
    assert f"/console/cases/{desk.case_id}" not in desk.client.get("/console/cases").text
    desk.post("resolve", 404, answer="no")
    assert desk.case.status == "open"


def test_a_viewer_has_no_cases(quick: Database) -> None:
    desk = Desk.begin(World(quick), role=Role.VIEWER)
    assert desk.client.get("/console/cases").status_code == 403
    desk.post("reply", 403, text="hello")
