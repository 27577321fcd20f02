"""Orders in the console: found, read as one story, acted on; nobody sees or does more than was granted (R41, R50)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.links import Secret, query_code
from dispatch.models import (
    AuditEntry,
    Contractor,
    Order,
    Shift,
    SlotOffer,
    Technician,
    TechnicianSkill,
    Territory,
    Visit,
)
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel, OrderKind, PauseCause, PromiseKind, ProofKind, Role
from dispatch.services.dispute_pause import dispute_pause
from dispatch.services.pause_clock import pause_clock
from dispatch.services.request_visits import request_visits
from tests.ending import Ending
from tests.saying import DAY, Saying
from tests.signing_in import SignedInClient, client_for_staff
from tests.world import World
from web.app import create_app


@dataclass
class Desk:
    """A console in front of a world whose clock stands at 14:00 of DAY."""

    ending: Ending
    client: SignedInClient

    @classmethod
    def begin(cls, ending: Ending, role: Role = Role.DISPATCHER, at: str = f"{DAY} 14:00", **grant: Any) -> Desk:
        """Somebody with this grant has signed in."""
        clock = FixedClock(ending.world.at(at))
        app = create_app(ending.world.database, machine_clock=clock)
        return cls(ending, client_for_staff(app, role, **grant))

    @property
    def page(self) -> str:
        """The order's page."""
        return self.client.get(f"/console/orders/{self.ending.order}").text

    def post(self, action: str, expected: int = 303, **fields: object) -> str:
        """Send a form of the order's page."""
        answer = self.client.post(f"/console/orders/{self.ending.order}/{action}", data=fields)
        assert answer.status_code == expected, answer.text
        return answer.text


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Database]:
    """A database of the one kind that starts at once, for what a page says."""
    database = Database(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def ending(quick: Database) -> Ending:
    return Ending.on_site(quick)


def test_the_whole_story_on_one_page(database: Database) -> None:
    """R41: told, promised, tried, supplied; what the next person needs is there."""
    ending = Ending.on_site(database)
    ending.give_up("missing_part", parts=("splitter",), note="in the cellar")
    ending.world.work(f"{DAY} 13:01")
    page = Desk.begin(ending).page
    for words in ("Zhang San", "+8613900000001", "splitter", "in the cellar", "Wang Qiang", "a part is missing"):
        assert words in page
    for words in ("Promised: Repair", "The order was received", "Visit 2 was asked for", "could not do it"):
        assert words in page, words
    assert "<q>" in page  # what the customer was sent, as it was sent
    assert "order_page_" not in page
    assert "case_page_" not in page


@pytest.mark.parametrize(("wanted", "words"), [("zh-CN", "工单已受理"), ("zh-TW", "工單已受理")])
def test_the_story_is_told_in_the_readers_language(ending: Ending, wanted: str, words: str) -> None:
    desk = Desk.begin(ending)
    page = desk.client.get(f"/console/orders/{ending.order}", headers={"Accept-Language": wanted}).text
    assert words in page
    assert not re.findall(r"\b(?:order|case)_page_\w+", page)


@pytest.mark.parametrize(("power", "is_close"), [(-2600, True), (-2000, False)])
def test_a_power_close_to_its_limit_is_marked(ending: Ending, power: int, *, is_close: bool) -> None:
    """R27: within 2 dB of a limit the next person is warned."""
    ending.close_out(ending.account(power=power))
    page = Desk.begin(ending).page
    assert str(power / 100) in page
    assert ("close to its limit" in page) == is_close


def test_orders_are_found_by_number_phone_and_status(database: Database) -> None:
    ending = Ending.on_site(database)
    client = Desk.begin(ending).client
    number = f"/console/orders/{ending.order}"
    assert number in client.get("/console/orders").text
    assert number in client.get("/console/orders?text=1001").text
    assert number in client.get("/console/orders?text=0001&status=open").text
    for nothing in ("?text=9999", "?status=fulfilled", "?page=2", "?text=%00", "?page=-1&text=zz"):
        assert number not in client.get(f"/console/orders{nothing}").text


def test_another_territorys_order_is_not_there(ending: Ending) -> None:
    """R50: neither seen nor acted on, and nobody learns that it exists."""

    def found(session: Session) -> int:
        other = Territory(code="T2", name="Elsewhere", time_zone="Asia/Shanghai")
        session.add(other)
        session.flush()
        return other.id

    other = ending.world.do(found)
    stranger = Desk.begin(ending, Role.AGENT, territory_id=other)
    assert stranger.client.get(f"/console/orders/{ending.order}").status_code == 404
    assert f"/console/orders/{ending.order}" not in stranger.client.get("/console/orders").text
    stranger.post("withdraw", 404, reason="other")
    assert ending.status() == "open"
    at_home = Desk.begin(ending, Role.AGENT, territory_id=ending.world.ids["territory"])
    assert "Zhang San" in at_home.page


def test_a_contractor_sees_its_own_orders_until_a_week_after_their_end(database: Database) -> None:
    """R50: and may change nothing."""
    ending = Ending.on_site(database)

    def hire(session: Session) -> int:
        company = Contractor(name="Cable & Sons")
        session.add(company)
        session.flush()
        return company.id

    company = ending.world.do(hire)
    assert (
        Desk.begin(ending, Role.CONTRACTOR, contractor_id=company)
        .client.get(f"/console/orders/{ending.order}")
        .status_code
        == 404
    )

    def send(session: Session) -> None:
        session.get_one(Technician, ending.world.ids["technician"]).contractor_id = company

    ending.world.do(send)
    theirs = Desk.begin(ending, Role.CONTRACTOR, contractor_id=company)
    assert "Zhang San" in theirs.page
    assert "+8613900000001" not in theirs.page
    theirs.post("withdraw", 403, reason="other")
    ending.close_out()
    week = Desk.begin(ending, Role.CONTRACTOR, at="2026-12-01 12:00", contractor_id=company)
    assert "Zhang San" in week.page
    later = Desk.begin(ending, Role.CONTRACTOR, at="2026-12-01 13:30", contractor_id=company)
    assert later.client.get(f"/console/orders/{ending.order}").status_code == 404


def test_a_viewer_sees_no_order(ending: Ending) -> None:
    assert Desk.begin(ending, Role.VIEWER).client.get("/console/orders").status_code == 403


def test_without_its_token_a_form_does_nothing(ending: Ending) -> None:
    desk = Desk.begin(ending)
    desk.client.form_token = ""
    desk.post("withdraw", 400, reason="other")
    assert ending.status() == "open"


def test_withdrawn_verified_closed(ending: Ending) -> None:
    """R13: each of it once, and by different clicks of an agent; audited."""
    desk = Desk.begin(ending)
    assert "Please give the reason" in desk.post("withdraw", 400, reason="because")
    desk.post("withdraw", reason="too_late")
    assert ending.status() == "withdrawing"
    assert "Nobody has verified" in desk.post("close", 409)
    desk.post("verify")
    desk.post("verify")
    assert ending.world.due(PromiseKind.WITHDRAWAL_CLOSE, order_id=ending.order) == "2026-11-26 14:00"
    desk.post("close")
    desk.post("close")
    assert ending.status() == "withdrawn"
    assert ending.world.log("withdrawal_verified", "order_withdrawn") == ["withdrawal_verified", "order_withdrawn"]
    with ending.world.database.read_session() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[0] == "withdraw_order"
    assert "close_order" in actions


def test_kept_after_all(ending: Ending) -> None:
    desk = Desk.begin(ending)
    desk.post("withdraw", reason="too_late")
    desk.post("keep")
    assert ending.status() == "open"


def test_the_clock_stands_with_a_proof_only(ending: Ending) -> None:
    """R51: what was typed is not lost, and the fault is said beside its field."""
    desk = Desk.begin(ending)
    page = desk.post("pause", 400, cause="customer_request", proof_kind="warning", proof_id="w-7")
    assert "does not prove" in page
    assert 'value="w-7"' in page
    assert "filed" in desk.post("pause", 400, cause="customer_request", proof_kind="reply", proof_id="!!")
    desk.post("pause", cause="customer_request", proof_kind="reply", proof_id="R-7")
    desk.post("pause", cause="customer_request", proof_kind="reply", proof_id="R-7")
    promise = ending.own_promise(PromiseKind.REPAIR)
    assert (promise.status, ending.world.local(promise.paused_since)) == ("paused", f"{DAY} 14:00")
    assert ending.world.log("clock_paused") == ["clock_paused"]
    assert "reply:r-7" in desk.page
    desk.post("resume", proof="reply:r-7")
    assert ending.own_promise(PromiseKind.REPAIR).status == "running"
    desk.post("resume", 409, proof="reply:r-7")


def test_a_cause_is_attributed_to_a_promise_of_this_order(ending: Ending) -> None:
    desk = Desk.begin(ending)
    promise = ending.own_promise(PromiseKind.REPAIR)
    desk.post("attribute", promise_id=promise.id, cause="third_party")
    assert ending.world.log("cause_attributed") == ["cause_attributed"]
    desk.post("attribute", 409, promise_id=99999, cause="ours")
    desk.post("attribute", 400, promise_id="x", cause="ours")
    desk.post("attribute", 400, promise_id=promise.id, cause="the moon")


def test_an_agent_settles_a_dispute_once(ending: Ending) -> None:
    now = ending.world.at(f"{DAY} 13:00")

    def dispute(session: Session) -> int:
        order = session.get_one(Order, ending.order)
        proof = pause_clock(
            session,
            order,
            cause=PauseCause.CUSTOMER_REQUEST,
            proof_kind=ProofKind.CALL_RECORD,
            proof_id=7,
            since=now,
            now=now,
        )
        return dispute_pause(session, order, proof=proof, channel=Channel.SMS, now=now).id

    case_id = ending.world.do(dispute)
    desk = Desk.begin(ending)
    assert "Disputed pauses" in desk.page
    desk.post("settle", case_id=case_id, decision="upheld")
    desk.post("settle", case_id=case_id, decision="rejected")
    assert ending.world.log("dispute_upheld", "dispute_rejected") == ["dispute_upheld"]
    assert ending.own_promise(PromiseKind.REPAIR).status == "running"


def test_links_in_wrong_hands_are_taken_back(ending: Ending) -> None:
    desk, secret = Desk.begin(ending), Secret(b"0" * 32)

    def code() -> str:
        return ending.world.do(lambda session: query_code(secret, session.get_one(Order, ending.order)))

    before = code()
    assert "Links to the page taken back" not in desk.page
    desk.post("revoke-links")
    assert code() != before
    assert "Links to the page taken back" in desk.page
    assert ending.world.do(
        lambda session: session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "revoke_links")).all()
    ) == [f"order:{ending.order}"]


def test_the_customer_confirms_that_it_works(ending: Ending) -> None:
    desk = Desk.begin(ending)
    assert "No visit has ended" in desk.post("works", 409)
    ending.close_out(ending.account(online=None))
    desk.post("works")
    assert ending.status() == "fulfilled"


# --- windows ---------------------------------------------------------------------------------


def booking(ending: Ending) -> tuple[Desk, int]:
    """A new order's visit at 08:00 of DAY, with the technician's shift and skill."""
    second = ending.world.order(OrderKind.REPAIR, f"{DAY} 07:30")

    def ask(session: Session) -> int:
        (visit,) = request_visits(
            session, session.get_one(Order, second), now=ending.world.at(f"{DAY} 07:30"), by="test"
        )
        skill = visit.skills[0].skill_id
        session.add(TechnicianSkill(technician_id=ending.world.ids["technician"], skill_id=skill))
        technician = session.get_one(Technician, ending.world.ids["technician"])
        technician.home_lat, technician.home_lon = 32.06, 118.78
        return visit.id

    visit = ending.world.do(ask)
    return Desk.begin(Ending(ending.world, second, visit), at=f"{DAY} 07:40"), visit


def shown(ending: Ending, visit: int) -> list[int]:
    with ending.world.database.read_session() as session:
        statement = select(SlotOffer.id).where(SlotOffer.visit_id == visit, SlotOffer.status == "shown")
        return list(session.scalars(statement.order_by(SlotOffer.from_at)))


def test_a_window_is_offered_booked_moved_and_cancelled(database: Database) -> None:
    """R16: only what can be kept is offered; a double click books once."""
    saying = Saying.begin(World(database), received=f"{DAY} 07:00")
    desk, visit = booking(Ending(saying.world, saying.order, saying.visit))
    ending = desk.ending
    desk.post(f"visits/{visit}/offers")
    first, *others = shown(ending, visit)
    assert f'value="{first}"' in desk.client.get(f"/console/orders/{ending.order}?offers={visit}").text
    desk.post("choose", offer_id=first, visit_id=visit)
    desk.post("choose", offer_id=first, visit_id=visit)
    assert ending.look(Visit, visit).status is VisitStatus.SCHEDULED
    assert ending.world.log("window_chosen") == ["window_chosen"]
    desk.post("choose", offer_id=others[0], visit_id=visit)
    assert ending.world.log("window_chosen") == ["window_chosen", "window_chosen"]
    desk.post(f"visits/{visit}/cancel", reason="customer_request", with_consent="1")
    desk.post(f"visits/{visit}/cancel", reason="customer_request", with_consent="1")
    assert ending.look(Visit, visit).status is VisitStatus.CANCELLED
    assert ending.world.log("visit_cancelled") == ["visit_cancelled"]


def test_a_window_that_is_too_late_for_the_promise_is_marked(quick: Database) -> None:
    """Received at 07:30, due at 07:30 of the next day, when another shift begins."""
    saying = Saying.begin(World(quick), received=f"{DAY} 07:00")
    desk, visit = booking(Ending(saying.world, saying.order, saying.visit))
    world = desk.ending.world
    tomorrow = world.at(f"{DAY} 08:00") + timedelta(days=1)

    def work_tomorrow(session: Session) -> None:
        who = {"technician_id": world.ids["technician"], "territory_id": world.ids["territory"]}
        day_on = tomorrow.astimezone(world.zone).date()
        session.add(Shift(**who, day_on=day_on, starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=9)))

    desk.post(f"visits/{visit}/offers")
    address = f"/console/orders/{desk.ending.order}?offers={visit}"
    mark = "after the promise</span></button>"
    assert mark not in desk.client.get(address).text
    world.do(work_tomorrow)
    desk.post(f"visits/{visit}/offers")
    page = desk.client.get(address).text
    with quick.read_session() as session:
        late = select(SlotOffer.id).where(SlotOffer.visit_id == visit, SlotOffer.from_at >= tomorrow)
        assert page.count(mark) == len(session.scalars(late).all()) > 0


def test_a_window_of_another_order_cannot_be_chosen(quick: Database) -> None:
    saying = Saying.begin(World(quick), received=f"{DAY} 07:00")
    desk, visit = booking(Ending(saying.world, saying.order, saying.visit))
    desk.post(f"visits/{visit}/offers")
    offer = shown(desk.ending, visit)[0]
    other = Desk(Ending(saying.world, saying.order, saying.visit), desk.client)
    other.post("choose", 409, offer_id=offer, visit_id=saying.visit)
    other.post(f"visits/{visit}/cancel", 409, reason="customer_request")
    address = f"/console/orders/{saying.order}?offers="
    assert desk.client.get(f"{address}{visit}").status_code == 404
    assert desk.client.get(f"{address}{saying.visit}").status_code == 200
    assert desk.ending.look(Visit, visit).status is VisitStatus.REQUESTED
