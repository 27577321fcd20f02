"""What is said when the technician calls in vain: the first try, the third, and the last (R12, R51)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dispatch.db import Database
from dispatch.rules import events as e
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import ContactRole, OrderKind, PauseCause, ProofKind
from notifications.composing import Content
from tests.saying import DAY, Saying
from tests.world import World

TRIES = (f"{DAY} 08:41", f"{DAY} 10:15", f"{DAY} 12:05", f"{DAY} 18:20")


@pytest.fixture
def saying(database: Database) -> Saying:
    """An install booked for the afternoon of DAY and accepted at 08:30."""
    saying = Saying.begin(World(database), OrderKind.INSTALL, "2026-11-23 09:30")
    saying.book(("14:00", "18:00"), "2026-11-23 09:35")
    saying.reach(VisitStatus.ACCEPTED, f"{DAY} 08:30", accepted_at=saying.world.at(f"{DAY} 08:30"))
    saying.world.happens(e.VisitAccepted, f"{DAY} 08:30", **saying.by_technician)
    return saying


def try_in_vain(saying: Saying, count: int) -> None:
    for at in TRIES[:count]:
        saying.try_contact(at)
        saying.read(at)


def pause(saying: Saying) -> None:
    """The clock stands from the last try."""
    paused = {"cause": PauseCause.CUSTOMER_UNREACHABLE, "proof_kind": ProofKind.CALL_RECORD, "proof": "call_record:77"}
    saying.world.happens(e.ClockPaused, TRIES[3], order_id=saying.order, **paused)
    saying.read(TRIES[3])


def test_first_try_in_vain_says_when_the_next_is(saying: Saying) -> None:
    try_in_vain(saying, 1)
    assert saying.values("contact_missed", TRIES[0]) == {
        "template": "contact_missed",
        "kind": OrderKind.INSTALL,
        "order": "1001",
        "technician": "Wang Qiang",
        "badge": "0571",
        "window": (f"{DAY} 14:00", f"{DAY} 18:00"),
        "tried_at": f"{DAY} 08:41",
        "again_at": f"{DAY} 09:41",
    }


def test_the_first_the_third_and_the_last_are_told(saying: Saying) -> None:
    told = []
    for count in range(1, 5):
        try_in_vain_once(saying, count)
        told.append(saying.wanted("contact_missed", "contact_given_up"))
    assert [len(kinds) for kinds in told] == [1, 1, 2, 3]
    assert told[-1] == ["contact_missed", "contact_missed", "contact_given_up"]


def try_in_vain_once(saying: Saying, count: int) -> None:
    saying.try_contact(TRIES[count - 1])
    saying.read(TRIES[count - 1])


def test_third_try_says_again(saying: Saying) -> None:
    try_in_vain(saying, 3)
    said = saying.values("contact_missed", TRIES[2])
    assert (said["template"], said["tried_at"], said["again_at"]) == (
        "contact_missed_again",
        f"{DAY} 12:05",
        f"{DAY} 17:30",
    )


def test_last_try_offers_another_time(saying: Saying) -> None:
    try_in_vain(saying, 4)
    pause(saying)
    windows = [
        {"offer_id": 7, "from_at": "2026-11-25T08:00:00+08:00", "until_at": "2026-11-25T12:00:00+08:00"},
        {"offer_id": 8, "from_at": "2026-11-25T13:00:00+08:00", "until_at": "2026-11-25T17:00:00+08:00"},
    ]
    said = saying.values("contact_given_up", f"{DAY} 18:21", windows=windows)
    assert (said["template"], said["tried_at"], said["held_until"]) == (
        "contact_given_up_2",
        f"{DAY} 18:20",
        date(2026, 11, 27),
    )
    assert said["window_1"] == ("2026-11-25 08:00", "2026-11-25 12:00")
    content = saying.says("contact_given_up", f"{DAY} 18:21")
    assert isinstance(content, Content)
    assert content.choices == {"1": 7, "2": 8, "6": "call_record:77"}
    assert content.answer_until_at == saying.world.at("2026-11-27 18:20")


def test_no_pause_is_stated_where_none_stands(saying: Saying) -> None:
    """A call without a record proves nothing (R51)."""
    try_in_vain(saying, 4)
    assert saying.values("contact_given_up", f"{DAY} 18:21")["template"] == "contact_given_up_unpaused"
    windows = [{"offer_id": 7, "from_at": "2026-11-25T08:00:00+08:00", "until_at": "2026-11-25T12:00:00+08:00"}]
    assert saying.values("contact_given_up", f"{DAY} 18:21", windows=windows)["template"] == (
        "contact_given_up_unpaused_1"
    )
    said = saying.says("contact_given_up", f"{DAY} 18:21")
    assert isinstance(said, Content)
    assert said.choices == {"1": 7}


def test_last_try_without_a_window_to_offer(saying: Saying) -> None:
    try_in_vain(saying, 4)
    pause(saying)
    assert saying.values("contact_given_up", f"{DAY} 18:21")["template"] == "contact_given_up"


def test_the_pause_is_told_with_the_offer_and_not_again(saying: Saying) -> None:
    """One message instead of two; one digit disputes the pause (R51)."""
    saying.try_contact(TRIES[0])
    for at in TRIES[1:]:
        saying.try_contact(at)
    pause(saying)
    said = saying.says("contact_given_up", f"{DAY} 18:21")
    assert isinstance(said, Content)
    assert said.choices == {"6": "call_record:77"}
    assert saying.values("clock_paused", f"{DAY} 18:22")["template"] == "clock_paused"  # nothing was sent yet
    saying.tell("contact_given_up", f"{DAY} 18:21")
    assert saying.why_not("clock_paused", f"{DAY} 18:22") == "told_already"


def test_the_subscriber_is_told_of_the_pause_when_somebody_else_gets_the_offer(saying: Saying) -> None:
    saying.person(ContactRole.ON_SITE, "+8613900000002")
    try_in_vain(saying, 4)
    pause(saying)
    saying.tell("contact_given_up", f"{DAY} 18:21")
    assert saying.handset("contact_given_up") == "+8613900000002"
    assert saying.values("clock_paused", f"{DAY} 18:22")["template"] == "clock_paused"


def test_a_next_call_after_the_window_is_not_told_as_if_the_visit_waited_for_it(saying: Saying) -> None:
    """Told 14:00 to 16:00, tried at noon, and the next call is in the evening."""
    window: dict[str, Any] = {"from_at": saying.world.at(f"{DAY} 14:00"), "until_at": saying.world.at(f"{DAY} 16:00")}
    saying.world.happens(e.WindowTold, f"{DAY} 08:35", **saying.about, announcement=1, **window)
    try_in_vain(saying, 3)
    said = saying.values("contact_missed", TRIES[2])
    assert (said["template"], said["again_at"]) == ("contact_missed_until_reply", f"{DAY} 17:30")
    assert "Reply 1 and the visit stays" in saying.text or "回复1确认" in saying.text
    over = saying.values("contact_missed", f"{DAY} 16:30")
    assert over["template"] == "contact_missed_over"
    assert "window" not in over


@pytest.mark.parametrize("how", ["called", "agreed", "confirmed", "chosen"])
def test_who_was_heard_of_is_not_told_of_tries(saying: Saying, how: str) -> None:
    try_in_vain(saying, 1)
    at = f"{DAY} 09:00"
    window: dict[str, Any] = {"from_at": saying.world.at(f"{DAY} 14:00"), "until_at": saying.world.at(f"{DAY} 16:00")}
    match how:
        case "called":
            saying.try_contact(at, reached=True)
        case "agreed":
            time_at = saying.world.at(f"{DAY} 15:00")
            saying.world.happens(e.TimeAgreed, at, **saying.about, time_at=time_at, by_customer=True)
        case "confirmed":
            saying.world.happens(e.VisitConfirmed, at, **saying.about)
        case "chosen":
            saying.world.happens(e.WindowChosen, at, **saying.about, **window)
    assert saying.why_not("contact_missed", f"{DAY} 09:01") == "reached"


def test_tries_begin_anew_once_the_customer_was_reached(saying: Saying) -> None:
    try_in_vain(saying, 3)
    saying.try_contact(f"{DAY} 13:00", reached=True)
    saying.try_contact(TRIES[3])
    saying.read(TRIES[3])
    assert saying.wanted("contact_given_up") == []
    assert saying.values("contact_missed", TRIES[3])["template"] == "contact_missed_over"  # it was 14:00 to 18:00


def test_a_call_that_was_answered_is_not_told(saying: Saying) -> None:
    saying.try_contact(TRIES[0], reached=True)
    saying.read(TRIES[0])
    assert saying.wanted("contact_missed") == []


def test_an_earlier_try_is_not_told_after_a_later_one(saying: Saying) -> None:
    try_in_vain(saying, 2)
    assert saying.why_not("contact_missed", TRIES[1]) == "tried_again"


def test_tries_of_somebody_else_or_of_a_visit_under_way_are_not_told(saying: Saying) -> None:
    try_in_vain(saying, 1)
    saying.reassign()
    assert saying.why_not("contact_missed", f"{DAY} 08:50") == "reassigned"
    saying.reach(VisitStatus.EN_ROUTE, f"{DAY} 08:55")
    assert saying.why_not("contact_missed", f"{DAY} 08:56") == "visit_en_route"


def test_tries_for_an_order_that_is_over_are_not_told(saying: Saying) -> None:
    try_in_vain(saying, 4)
    saying.end_order("withdrawing", at=f"{DAY} 18:21")
    assert saying.why_not("contact_given_up", f"{DAY} 18:22") == "order_withdrawing"
    assert saying.personal() == []
