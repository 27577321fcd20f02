"""What is said of an order: received, ended, withdrawn; its clock paused, disputed (R01, R05, R13, R51)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.links import query_code
from dispatch.models import Case, Order
from dispatch.rules import events as e
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, PauseCause, ProofKind
from dispatch.services.append_event import append_event
from dispatch.services.dispute_pause import dispute_pause, settle_dispute
from dispatch.services.pause_clock import pause_clock, resume_clock
from tests.saying import DAY, SECRET, Saying
from tests.world import World

AT = f"{DAY} 09:13"


@pytest.fixture
def saying(database: Database) -> Saying:
    """A repair reported at 09:12."""
    return Saying.begin(World(database))


def order(saying: Saying, session: Session) -> Order:
    return session.get_one(Order, saying.order)


def pause(saying: Saying, at: str, cause: PauseCause = PauseCause.WEATHER_WARNING) -> str:
    kind = ProofKind.WARNING if cause is PauseCause.WEATHER_WARNING else ProofKind.CALL_RECORD
    when = saying.world.at(at)
    return saying.world.do(
        lambda s: pause_clock(s, order(saying, s), cause=cause, proof_kind=kind, proof_id=77, since=when, now=when)
    )


def resume(saying: Saying, at: str, proof: str) -> None:
    when = saying.world.at(at)
    saying.world.do(lambda s: resume_clock(s, order(saying, s), proof=proof, at=when, now=when))


# --- received --------------------------------------------------------------------------------


def test_receipt_has_the_promise_and_a_code(saying: Saying) -> None:
    saying.read(AT)
    with saying.world.database.read_session() as session:
        code = query_code(SECRET, order(saying, session))
    assert saying.values("order_received", AT) == {
        "template": "order_received",
        "kind": OrderKind.REPAIR,
        "order": "1001",
        "due": "2026-11-25 09:12",
        "query_code": code,
    }
    assert "明天09:12" in saying.text


def test_receipt_where_nothing_is_promised(database: Database) -> None:
    """One message, and it says so (R05)."""
    saying = Saying.begin(World(database, is_serviceable=False))
    saying.read(AT)
    assert saying.wanted() == ["order_received"]
    assert saying.values("order_received", AT)["template"] == "order_received_without_promise"


def test_receipt_says_when_it_is_due_now(saying: Saying) -> None:
    saying.read(AT)
    proof = pause(saying, f"{DAY} 10:00")
    resume(saying, f"{DAY} 11:00", proof)
    assert saying.values("order_received", f"{DAY} 11:00")["due"] == "2026-11-25 10:12"


def test_no_receipt_of_an_order_withdrawn_meanwhile(saying: Saying) -> None:
    saying.read(AT)
    saying.end_order("withdrawing", at=AT)
    assert saying.why_not("order_received", AT) == "order_withdrawing"


def test_no_receipt_that_states_a_time_that_is_over(database: Database) -> None:
    saying = Saying.begin(World(database), received="2026-11-20 09:00", now=f"{DAY} 09:12")
    saying.read(AT)
    assert saying.why_not("order_received", AT) == "due_passed"


def test_receipt_of_what_was_ordered_by_sms_is_the_answer_there(saying: Saying) -> None:
    world = saying.world

    def by_sms(session: Session) -> None:
        about: dict[str, Any] = {"order_kind": OrderKind.REPAIR, "channel": Channel.SMS, "order_id": saying.order}
        append_event(session, e.OrderReceived(occurred_at=world.at(AT), **about), now=world.at(AT))

    saying.read(AT)
    world.do(by_sms)
    saying.read(AT)
    assert saying.wanted() == ["order_received"]


def test_what_is_no_longer_worth_saying_is_not_wanted(saying: Saying) -> None:
    """A reader that comes late, or reads an old log from its beginning (R38)."""
    saying.read(f"{DAY} 11:13")
    assert saying.wanted() == []


def test_read_twice_is_wanted_once(saying: Saying) -> None:
    saying.read(AT)
    saying.read(AT)
    assert saying.wanted() == ["order_received"]


# --- ended -----------------------------------------------------------------------------------


def test_fixed_without_a_visit(saying: Saying) -> None:
    saying.end_order("fulfilled", at=AT)
    saying.world.happens(e.OrderFulfilled, AT, order_id=saying.order)
    saying.read(AT)
    assert saying.values("order_fulfilled", AT) == {
        "template": "order_fulfilled",
        "kind": OrderKind.REPAIR,
        "order": "1001",
    }


def test_the_end_of_an_order_is_told_with_its_visit(saying: Saying) -> None:
    saying.reach(VisitStatus.ON_SITE, AT)
    saying.end(VisitStatus.COMPLETED, AT)
    saying.end_order("fulfilled", at=AT)
    saying.world.happens(e.OrderFulfilled, AT, order_id=saying.order)
    saying.read(AT)
    assert saying.why_not("order_fulfilled", AT) == "told_of_visit"


def test_cannot_be_done_says_why_and_who_checks_by_when(saying: Saying) -> None:
    saying.end_order("infeasible", at=AT, reason="no_port")
    saying.world.happens(e.OrderInfeasible, AT, order_id=saying.order, reason="no_port", excused=False)
    saying.read(AT)
    said = saying.values("order_infeasible", AT)
    assert (said["reason"].code, said["check_by"]) == ("no_port", "2026-11-26 00:00")


def test_no_time_is_stated_that_no_rule_promises(database: Database) -> None:
    """The second operator has no rule about verifying withdrawals."""
    saying = Saying.begin(World(database, preset="ofcom", time_zone="Europe/London", phone_region="GB"))
    saying.end_order("withdrawing", at=AT)
    saying.world.happens(e.WithdrawalRequested, AT, order_id=saying.order, reason="not_wanted")
    saying.read(AT)
    assert saying.values("withdrawal_received", AT)["template"] == "withdrawal_received_unchecked"


def test_what_cannot_be_done_is_told_without_a_check_where_none_is_promised(database: Database) -> None:
    saying = Saying.begin(World(database, preset="ofcom", time_zone="Europe/London", phone_region="GB"))
    saying.end_order("infeasible", at=AT)
    saying.world.happens(e.OrderInfeasible, AT, order_id=saying.order, reason="no_port", excused=True)
    saying.read(AT)
    said = saying.values("order_infeasible", AT)
    assert (said["template"], said["reason"].code) == ("order_infeasible_unchecked", "no_port")


def test_withdrawal_is_received_and_closed(saying: Saying) -> None:
    saying.end_order("withdrawing", at=AT)
    saying.world.happens(e.WithdrawalRequested, AT, order_id=saying.order, reason="not_wanted")
    saying.read(AT)
    assert saying.values("withdrawal_received", AT)["check_by"] == "2026-11-26 00:00"
    assert saying.wanted("clock_paused") == []  # the withdrawal itself says that the clock stands
    saying.end_order("withdrawn", at=f"{DAY} 15:00")
    saying.world.happens(e.OrderWithdrawn, f"{DAY} 15:00", order_id=saying.order)
    saying.read(f"{DAY} 15:00")
    assert saying.why_not("withdrawal_received", f"{DAY} 15:00") == "order_withdrawn"
    assert saying.values("order_withdrawn", f"{DAY} 15:00")["order"] == "1001"


def test_wanted_after_all(saying: Saying) -> None:
    saying.end_order("withdrawing", at=AT)
    saying.world.happens(e.WithdrawalRequested, AT, order_id=saying.order, reason="not_wanted")
    saying.end_order("open", at=f"{DAY} 10:13")
    saying.world.happens(e.WithdrawalRevoked, f"{DAY} 10:13", order_id=saying.order)
    saying.read(f"{DAY} 10:13")
    assert saying.values("withdrawal_revoked", f"{DAY} 10:14")["due"] == "2026-11-25 10:12"
    assert saying.wanted("clock_resumed") == []
    assert saying.why_not("withdrawal_received", f"{DAY} 10:14") == "order_open"
    saying.end_order("withdrawing", at=f"{DAY} 10:15")
    assert saying.why_not("withdrawal_revoked", f"{DAY} 10:15") == "order_withdrawing"


def test_wanted_after_all_where_nothing_was_promised(database: Database) -> None:
    saying = Saying.begin(World(database, is_serviceable=False))
    saying.world.happens(e.WithdrawalRevoked, AT, order_id=saying.order)
    saying.read(AT)
    assert saying.values("withdrawal_revoked", AT)["template"] == "status_unpromised"


def test_an_order_is_told_to_its_subscriber(saying: Saying) -> None:
    saying.person(ContactRole.ON_SITE, "+8613900000002")
    saying.read(AT)
    assert saying.handset("order_received") == "+8613900000001"


# --- the clock -------------------------------------------------------------------------------


def test_a_pause_is_told_with_its_cause_and_can_be_disputed_by_a_digit(saying: Saying) -> None:
    proof = pause(saying, f"{DAY} 10:00")
    saying.read(f"{DAY} 10:01")
    said = saying.says("clock_paused", f"{DAY} 10:01")
    assert getattr(said, "choices", None) == {"6": proof}
    values = saying.values("clock_paused", f"{DAY} 10:01")
    assert (values["reason"].code, values["since"]) == ("weather_warning", f"{DAY} 10:00")


def test_a_pause_that_is_over_is_not_told(saying: Saying) -> None:
    proof = pause(saying, f"{DAY} 10:00")
    saying.read(f"{DAY} 10:01")
    resume(saying, f"{DAY} 10:01", proof)
    assert saying.why_not("clock_paused", f"{DAY} 10:02") == "not_paused"


def test_the_clock_goes_on_to_a_new_time(saying: Saying) -> None:
    proof = pause(saying, f"{DAY} 10:00")
    resume(saying, f"{DAY} 12:00", proof)
    saying.read(f"{DAY} 12:00")
    assert saying.values("clock_resumed", f"{DAY} 12:01")["due"] == "2026-11-25 11:12"


def test_the_clock_does_not_go_on_while_another_pause_stands(saying: Saying) -> None:
    proof = pause(saying, f"{DAY} 10:00")
    pause(saying, f"{DAY} 11:00", PauseCause.CUSTOMER_UNREACHABLE)
    resume(saying, f"{DAY} 12:00", proof)
    saying.read(f"{DAY} 12:00")
    assert saying.why_not("clock_resumed", f"{DAY} 12:01") == "not_running"


def dispute(saying: Saying, proof: str, at: str) -> int:
    when = saying.world.at(at)
    return saying.world.do(lambda s: dispute_pause(s, order(saying, s), proof=proof, channel=Channel.SMS, now=when).id)


@pytest.mark.parametrize(("is_upheld", "kind"), [(True, "dispute_upheld"), (False, "dispute_rejected")])
def test_a_dispute_is_opened_and_decided(saying: Saying, is_upheld: bool, kind: str) -> None:
    proof = pause(saying, f"{DAY} 10:00")
    case_id = dispute(saying, proof, f"{DAY} 10:10")
    saying.read(f"{DAY} 10:10")
    opened = saying.values("dispute_opened", f"{DAY} 10:10")
    assert (opened["case"], opened["answer_by"]) == (f"T{100 + case_id}", "2026-11-26 10:10")
    assert saying.wanted("case_opened") == []

    def settle(session: Session) -> None:
        case = session.get_one(Case, case_id)
        settle_dispute(session, case, proof=proof, is_upheld=is_upheld, user_id=1, now=saying.world.at(f"{DAY} 12:00"))

    saying.world.do(settle)
    saying.read(f"{DAY} 12:00")
    assert saying.why_not("dispute_opened", f"{DAY} 12:00") == "resolved"
    said = saying.values(kind, f"{DAY} 12:00")
    assert said["case"] == f"T{100 + case_id}"
    if is_upheld:
        assert said["due"] == "2026-11-25 09:12"  # the pause never counted
    assert saying.wanted("case_resolved") == []
    assert saying.personal() == []
