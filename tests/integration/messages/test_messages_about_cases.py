"""What is said of complaints and questions (R40 to R46)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, User
from dispatch.rules import events as e
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.open_case import open_case
from tests.saying import DAY, Saying
from tests.world import World

AT = f"{DAY} 13:50"


@pytest.fixture
def saying(database: Database) -> Saying:
    """A customer with a repair."""
    return Saying.begin(World(database))


def opened(
    saying: Saying, kind: CaseKind, *, channel: Channel = Channel.PAGE, call_by: str | None = f"{DAY} 16:30"
) -> int:
    """A case about the order, whose owner calls; its id."""

    def write(session: Session) -> int:
        now = saying.world.at(AT)
        case = open_case(session, kind, channel=channel, next_step="call_back", order_id=saying.order, now=now)
        return case.id

    case_id = saying.world.do(write)
    if call_by is not None:
        promise_call(saying, case_id, call_by)
    saying.read(AT)
    return case_id


def promise_call(saying: Saying, case_id: int, call_by: str, at: str = AT) -> None:
    about: dict[str, Any] = {"case_id": case_id, "order_id": saying.order, "user_id": 1}
    saying.world.happens(e.CallbackPromised, at, **about, due_at=saying.world.at(call_by))


def resolve(saying: Saying, case_id: int, at: str) -> None:
    now = saying.world.at(at)
    saying.world.do(lambda s: s.get_one(Case, case_id).move_to(CaseStatus.RESOLVED, at=now, by="user:1"))
    saying.world.happens(e.CaseResolved, at, case_id=case_id, order_id=saying.order, user_id=1)
    saying.read(at)


def test_a_complaint_has_an_owner_and_two_times(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.COMPLAINT)
    assert saying.values("case_opened", AT) == {
        "template": "complaint_opened",
        "case": f"T{100 + case_id}",
        "owner": "值班客服",  # the reader's language
        "call_by": f"{DAY} 16:30",
        "answer_by": "2026-11-26 13:50",
    }
    assert saying.why_not("callback_promised", f"{DAY} 13:51") == "told_already"


def test_a_question_has_an_owner_who_calls(saying: Saying) -> None:
    opened(saying, CaseKind.QUESTION)
    said = saying.values("case_opened", AT)
    assert (said["template"], said["call_by"]) == ("question_opened", f"{DAY} 16:30")


def test_no_call_is_stated_that_nobody_promised(saying: Saying) -> None:
    opened(saying, CaseKind.COMPLAINT, call_by=None)
    said = saying.values("case_opened", AT)
    assert (said["template"], said["answer_by"]) == ("complaint_opened_without_call", "2026-11-26 13:50")
    opened(saying, CaseKind.QUESTION, call_by=None)
    assert saying.values("case_opened", AT)["template"] == "case_opened"


def test_a_case_that_began_with_an_sms_is_answered_there(saying: Saying) -> None:
    opened(saying, CaseKind.QUESTION, channel=Channel.SMS)
    assert saying.wanted("case_opened") == []


def test_exceptions_are_our_own_affair(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.EXCEPTION)
    saying.world.happens(e.CaseHandedOver, AT, case_id=case_id, order_id=saying.order, owner_id=1)
    resolve(saying, case_id, f"{DAY} 14:00")
    assert saying.wanted("case_opened", "callback_promised", "case_handed_over", "case_resolved") == []


def test_a_call_promised_later_is_told(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.QUESTION, call_by=None)
    saying.tell("case_opened", f"{DAY} 13:51")
    promise_call(saying, case_id, f"{DAY} 18:00", at=f"{DAY} 15:00")
    saying.read(f"{DAY} 15:00")
    assert saying.values("callback_promised", f"{DAY} 15:01")["call_by"] == f"{DAY} 18:00"
    assert saying.why_not("callback_promised", f"{DAY} 18:00") == "not_owed"


def test_a_call_that_was_made_is_not_told_any_more(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.QUESTION, channel=Channel.SMS)
    saying.world.happens(e.CallbackMade, f"{DAY} 13:51", case_id=case_id, order_id=saying.order, user_id=1)
    assert saying.why_not("callback_promised", f"{DAY} 13:52") == "not_owed"


def test_a_hand_over_names_the_receiver(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.COMPLAINT)

    def hand_over(session: Session) -> int:
        user = User(login="chen", name="Chen Jie", created_at=saying.world.at(AT))
        session.add(user)
        session.flush()
        session.get_one(Case, case_id).owner_id = user.id
        return user.id

    owner_id = saying.world.do(hand_over)
    saying.world.happens(e.CaseHandedOver, f"{DAY} 14:00", case_id=case_id, order_id=saying.order, owner_id=owner_id)
    saying.read(f"{DAY} 14:00")
    assert saying.values("case_handed_over", f"{DAY} 14:00")["owner"] == "Chen Jie"
    assert saying.personal() == []

    def hand_on(session: Session) -> None:
        session.get_one(Case, case_id).owner_id = 1

    saying.world.do(hand_on)
    assert saying.why_not("case_handed_over", f"{DAY} 14:01") == "handed_on"


def test_resolved_before_it_was_told(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.COMPLAINT)
    resolve(saying, case_id, f"{DAY} 14:00")
    for kind in ("case_opened", "callback_promised"):
        assert saying.why_not(kind, f"{DAY} 14:00") == "resolved"
    assert saying.values("case_resolved", f"{DAY} 14:00") == {"template": "case_resolved", "case": f"T{100 + case_id}"}


def test_opened_again_before_its_end_was_told(saying: Saying) -> None:
    case_id = opened(saying, CaseKind.COMPLAINT)
    resolve(saying, case_id, f"{DAY} 14:00")
    now = saying.world.at(f"{DAY} 14:01")
    saying.world.do(lambda s: s.get_one(Case, case_id).move_to(CaseStatus.REOPENED, at=now, by="customer"))
    assert saying.why_not("case_resolved", f"{DAY} 14:02") == "reopened"


def test_a_case_about_no_order_is_told_to_nobody(saying: Saying) -> None:
    now = saying.world.at(AT)
    saying.world.do(lambda s: open_case(s, CaseKind.COMPLAINT, channel=Channel.PAGE, next_step="call_back", now=now).id)
    saying.read(AT)
    assert saying.wanted("case_opened") == []
