"""What is said of a visit, from booking to its end (R11, R14, R18, R20, R28, R31, R34, R60)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.links import door_code
from dispatch.models import Case, CloseOut, Contact, DueWork, Eta, Message, Order, Rating, Reading
from dispatch.rules import events as e
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, ReadingKind
from dispatch.services.name_substitute import name_substitute
from dispatch.services.opt_out import opt_out
from notifications.announce_visit import ANNOUNCE_VISIT
from notifications.composing import Content
from notifications.recipients import conversation_with
from notifications.untold import leave_untold
from tests.saying import DAY, SECRET, Saying
from tests.world import World

BEFORE = "2026-11-22 10:00"


@pytest.fixture
def saying(database: Database) -> Saying:
    """A repair reported in the morning of DAY; the visit is planned for noon."""
    return Saying.begin(World(database), received=f"{DAY} 07:00")


def set_off(saying: Saying, at: str = f"{DAY} 11:40") -> None:
    saying.reach(VisitStatus.EN_ROUTE, at, set_off_at=saying.world.at(at))
    saying.world.happens(e.TechnicianSetOff, at, **saying.by_technician)


def expect(saying: Saying, at: str, computed: str) -> None:
    def write(session: Session) -> None:
        eta = Eta(visit_id=saying.visit, arrive_at=saying.world.at(at), computed_at=saying.world.at(computed))
        session.merge(eta)

    saying.world.do(write)


# --- booked ----------------------------------------------------------------------------------


def test_booking_receipt_says_when_the_technician_is_named(database: Database) -> None:
    saying = Saying.begin(World(database), OrderKind.INSTALL, BEFORE)
    saying.book(("13:00", "17:00"), BEFORE)
    saying.read(BEFORE)
    assert saying.values("visit_booked", BEFORE) == {
        "template": "visit_booked",
        "kind": OrderKind.INSTALL,
        "order": "1001",
        "window": (f"{DAY} 13:00", f"{DAY} 17:00"),
        "named_by": "2026-11-23 18:00",
    }


def test_another_window_is_a_change(database: Database) -> None:
    saying = Saying.begin(World(database), OrderKind.INSTALL, BEFORE)
    saying.book(("13:00", "17:00"), BEFORE)
    saying.read(BEFORE)
    first = saying.message("visit_booked")
    saying.book(("08:00", "12:00"), "2026-11-22 10:05")
    saying.read("2026-11-22 10:05")
    said = saying.values("visit_booked", "2026-11-22 10:05")
    assert (said["template"], said["window"][0]) == ("visit_rebooked", f"{DAY} 08:00")
    stale = saying.says("visit_booked", "2026-11-22 10:05", **first.params)
    assert getattr(stale, "reason", None) == "booked_otherwise"


def test_who_is_named_at_once_gets_no_receipt_before(saying: Saying) -> None:
    """The announcement of the same minute says more."""
    saying.book(("12:00", "14:00"), f"{DAY} 09:00")
    saying.read(f"{DAY} 09:00")
    assert saying.why_not("visit_booked", f"{DAY} 09:00") == "named_at_once"
    assert saying.values("visit_booked", "2026-11-24 07:30")["named_by"] == "2026-11-24 08:00"


def test_booked_by_us_is_not_the_customers_news(saying: Saying) -> None:
    window: dict[str, Any] = {"from_at": saying.world.at(f"{DAY} 12:00"), "until_at": saying.world.at(f"{DAY} 14:00")}
    saying.world.happens(e.VisitBooked, f"{DAY} 07:05", **saying.about, **window, by_customer=False)
    saying.read(f"{DAY} 07:05")
    assert saying.wanted("visit_booked") == []


def test_cancelled_before_its_receipt(database: Database) -> None:
    saying = Saying.begin(World(database), OrderKind.INSTALL, BEFORE)
    saying.book(("13:00", "17:00"), BEFORE)
    saying.read(BEFORE)
    saying.end(VisitStatus.CANCELLED, BEFORE, "incident")
    assert saying.why_not("visit_booked", BEFORE) == "visit_cancelled"


@pytest.mark.parametrize("fact", [e.VisitSent, e.VisitAccepted, e.VisitScheduled])
def test_what_happens_to_a_visit_is_compared_with_what_was_told(saying: Saying, fact: type[e.VisitFact]) -> None:
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    more: dict[str, Any] = {"start_at": saying.world.at(f"{DAY} 12:00")} if fact is e.VisitScheduled else {}
    saying.world.happens(fact, f"{DAY} 09:00", **saying.by_technician, **more)
    saying.read(f"{DAY} 09:00")
    assert _announced_at(saying) == f"{DAY} 09:01"


def test_a_substitute_is_to_know_of_the_visits(saying: Saying) -> None:
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    saying.read(f"{DAY} 07:05")
    now = saying.world.at(f"{DAY} 10:00")
    saying.world.do(lambda s: name_substitute(s, saying.order, "+8613900000003", language="en", now=now))
    saying.read(f"{DAY} 10:00")
    assert _announced_at(saying) == f"{DAY} 10:01"


def _announced_at(saying: Saying) -> str | None:
    with saying.world.database.read_session() as session:
        due = session.scalars(select(DueWork.due_at).where(DueWork.kind == ANNOUNCE_VISIT)).first()
    return saying.world.local(due)


# --- on the way ------------------------------------------------------------------------------


def test_on_the_way_with_window_and_door_code(saying: Saying) -> None:
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    set_off(saying)
    saying.read(f"{DAY} 11:40")
    assert saying.values("technician_set_off", f"{DAY} 11:40") == {
        "template": "technician_set_off",
        "kind": OrderKind.REPAIR,
        "order": "1001",
        "technician": "Wang Qiang",
        "badge": "0571",
        "set_off_at": f"{DAY} 11:40",
        "eta": f"{DAY} 11:50",  # ten minutes of planned travel
        "window": (f"{DAY} 12:00", f"{DAY} 14:00"),
        "door_code": door_code(SECRET, saying.visit, saying.world.ids["technician"]),
    }
    expect(saying, f"{DAY} 12:03", f"{DAY} 11:45")
    assert saying.values("technician_set_off", f"{DAY} 11:46")["eta"] == f"{DAY} 12:03"
    assert saying.values("technician_set_off", f"{DAY} 12:10")["eta"] == f"{DAY} 12:10"  # never in the past
    assert saying.personal() == []


def test_the_window_is_the_one_that_is_promised(saying: Saying) -> None:
    """The agreed time narrows what was booked (R11)."""
    saying.book(("12:00", "17:00"), f"{DAY} 07:05")
    agreed = saying.world.at(f"{DAY} 13:00")
    saying.world.happens(e.TimeAgreed, f"{DAY} 10:12", **saying.about, time_at=agreed, by_customer=False)
    set_off(saying)
    saying.read(f"{DAY} 11:40")
    assert saying.values("technician_set_off", f"{DAY} 11:40")["window"] == (f"{DAY} 12:00", f"{DAY} 14:00")


def test_on_the_way_is_not_said_of_who_has_arrived_or_was_replaced(saying: Saying) -> None:
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    set_off(saying)
    saying.read(f"{DAY} 11:40")
    saying.reassign()
    assert saying.why_not("technician_set_off", f"{DAY} 11:41") == "reassigned"
    saying.reach(VisitStatus.ON_SITE, f"{DAY} 11:50")
    assert saying.why_not("technician_set_off", f"{DAY} 11:51") == "visit_on_site"


@pytest.mark.parametrize(
    ("people", "handset"),
    [
        ([], "+8613900000001"),
        ([(ContactRole.SUBSTITUTE, "+8613900000003")], "+8613900000003"),
        ([(ContactRole.SUBSTITUTE, "+8613900000003"), (ContactRole.ON_SITE, "+8613900000002")], "+8613900000002"),
    ],
)
def test_site_messages_go_to_the_person_at_the_site(
    saying: Saying, people: list[tuple[ContactRole, str]], handset: str
) -> None:
    for role, phone in people:
        saying.person(role, phone)
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    set_off(saying)
    saying.read(f"{DAY} 11:40")
    assert saying.handset("technician_set_off") == handset
    saying.says("technician_set_off", f"{DAY} 11:40")
    assert ("set off" in saying.text) is bool(people)  # in the language of whoever reads it


# --- late ------------------------------------------------------------------------------------


def endanger(saying: Saying) -> None:
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    saying.reach(VisitStatus.ACCEPTED, f"{DAY} 09:00")
    expect(saying, f"{DAY} 14:40", f"{DAY} 11:30")
    times: dict[str, Any] = {
        "expected_at": saying.world.at(f"{DAY} 14:40"),
        "answer_by_at": saying.world.at(f"{DAY} 12:00"),
    }
    saying.world.happens(e.ArrivalEndangered, f"{DAY} 11:35", **saying.by_technician, **times)
    saying.read(f"{DAY} 11:35")


def test_late_is_told_before_it_breaks_with_a_choice(saying: Saying) -> None:
    endanger(saying)
    said = saying.values("visit_late", f"{DAY} 11:35")
    assert (said["eta"], said["window"], said["decide_by"]) == (
        f"{DAY} 14:40",
        (f"{DAY} 12:00", f"{DAY} 14:00"),
        f"{DAY} 12:00",
    )


def test_a_choice_that_comes_too_late_is_not_offered(saying: Saying) -> None:
    """It expires instead, so that a person calls."""
    endanger(saying)
    said = saying.says("visit_late", f"{DAY} 12:30")
    assert isinstance(said, Content)
    assert said.until_at == saying.world.at(f"{DAY} 12:00")


def test_late_is_not_told_once_it_is_not_so(saying: Saying) -> None:
    endanger(saying)
    expect(saying, f"{DAY} 13:50", f"{DAY} 11:40")
    assert saying.why_not("visit_late", f"{DAY} 11:41") == "in_time_after_all"
    expect(saying, f"{DAY} 14:40", f"{DAY} 11:42")
    saying.reassign()
    assert saying.why_not("visit_late", f"{DAY} 11:43") == "reassigned"
    saying.reach(VisitStatus.ON_SITE, f"{DAY} 11:50")
    assert saying.why_not("visit_late", f"{DAY} 11:51") == "visit_on_site"


# --- ended -----------------------------------------------------------------------------------


def complete(saying: Saying, at: str = f"{DAY} 13:00", *, rates: tuple[int, ...] = ()) -> None:
    when = saying.world.at(at)
    saying.reach(VisitStatus.ON_SITE, at, arrived_at=when)
    saying.world.happens(e.ServiceSeenWorking, at, order_id=saying.order, visit_id=saying.visit)
    saying.end(VisitStatus.COMPLETED, at)

    def write(session: Session) -> None:
        readings = [
            Reading(kind=ReadingKind.DOWNLINK_KBPS, value=1000 * rate, is_wired=True, taken_at=when) for rate in rates
        ]
        session.get_one(Order, saying.order).contracted_mbps = 500
        technician_id = saying.world.ids["technician"]
        session.add(
            CloseOut(
                visit_id=saying.visit,
                technician_id=technician_id,
                closed_at=when,
                is_completed=True,
                readings=readings,
            )
        )

    saying.world.do(write)
    saying.world.happens(e.VisitCompleted, at, **saying.by_technician)
    saying.read(at)


def test_done_in_time_and_measured(saying: Saying) -> None:
    complete(saying, rates=(480, 487, 494))
    assert saying.values("visit_completed", f"{DAY} 13:05") == {
        "template": "visit_completed_measured",
        "kind": OrderKind.REPAIR,
        "order": "1001",
        "technician": "Wang Qiang",
        "badge": "0571",
        "done_at": f"{DAY} 13:00",
        "due": "2026-11-25 07:00",
        "measured": 487,
        "contracted": 500,
    }


def test_two_readings_measure_nothing(saying: Saying) -> None:
    complete(saying, rates=(480, 487))
    assert saying.values("visit_completed", f"{DAY} 13:05")["template"] == "visit_completed_kept"


def test_done_too_late_is_not_called_kept(saying: Saying) -> None:
    complete(saying, "2026-11-25 09:00", rates=(480, 487, 494))
    assert saying.values("visit_completed", "2026-11-25 09:05")["template"] == "visit_completed"


def test_a_visit_after_what_was_promised_is_done_is_not_called_in_time(saying: Saying) -> None:
    """Such as the old place of a move, recovered later."""
    saying.world.happens(e.ServiceSeenWorking, f"{DAY} 13:00", order_id=saying.order)
    complete(saying, "2026-11-25 09:00")
    assert saying.values("visit_completed", "2026-11-25 09:05")["template"] == "visit_completed"


def test_rating_is_asked_for_once_the_technician_has_left(saying: Saying) -> None:
    complete(saying)
    message = saying.message("visit_completed")
    assert message.expires_at - message.wanted_at == timedelta(hours=36, minutes=5)


def test_who_has_rated_is_not_asked(saying: Saying) -> None:
    complete(saying)
    now = saying.world.at(f"{DAY} 13:02")
    saying.world.do(
        lambda s: s.add(Rating(visit_id=saying.visit, score=5, is_fixed=True, channel=Channel.PAGE, rated_at=now))
    )
    assert saying.why_not("visit_completed", f"{DAY} 13:05") == "rated"


def fail(saying: Saying, reason: str) -> None:
    at = f"{DAY} 13:00"
    saying.reach(VisitStatus.ON_SITE, at, arrived_at=saying.world.at(f"{DAY} 12:44"))
    saying.end(VisitStatus.NOT_COMPLETED, at, reason)
    saying.world.happens(e.VisitNotCompleted, at, **saying.by_technician, reason=reason)
    saying.read(at)


def test_not_done_says_why_and_when_the_next_is_named(saying: Saying) -> None:
    fail(saying, "missing_part")
    assert saying.wanted("nobody_home") == []
    said = saying.values("visit_not_completed", f"{DAY} 13:01")
    assert (said["reason"].code, said["named_by"]) == ("missing_part", f"{DAY} 15:01")
    saying.end_order("infeasible", at=f"{DAY} 13:30")
    assert saying.why_not("visit_not_completed", f"{DAY} 13:31") == "order_infeasible"


def test_nobody_home_without_a_window_to_offer(saying: Saying) -> None:
    fail(saying, "nobody_there")
    assert saying.wanted("visit_not_completed") == []
    said = saying.values("nobody_home", f"{DAY} 13:01")
    assert (said["template"], said["arrived_at"]) == ("nobody_home", f"{DAY} 12:44")
    saying.end_order("withdrawing", at=f"{DAY} 13:30")
    assert saying.why_not("nobody_home", f"{DAY} 13:31") == "order_withdrawing"


def test_nobody_home_offers_what_was_found_and_has_not_begun(saying: Saying) -> None:
    fail(saying, "nobody_there")
    windows = [
        {
            "offer_id": number,
            "from_at": f"2026-11-{day}T{hour:02}:00:00+08:00",
            "until_at": f"2026-11-{day}T20:00:00+08:00",
        }
        for number, day, hour in ((41, 24, 13), (42, 25, 9), (43, 25, 14))
    ]
    said = saying.says("nobody_home", f"{DAY} 13:01", windows=windows)
    assert isinstance(said, Content)
    assert (said.template, said.choices) == ("nobody_home_2", {"1": 42, "2": 43})


def cancel(saying: Saying) -> None:
    saying.end(VisitStatus.CANCELLED, f"{DAY} 10:00", "weather")
    saying.world.happens(e.VisitCancelled, f"{DAY} 10:00", **saying.about, reason="weather", with_consent=False)
    saying.read(f"{DAY} 10:00")


def test_cancelled_says_why(saying: Saying) -> None:
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    cancel(saying)
    assert saying.values("visit_cancelled", f"{DAY} 10:01")["reason"].code == "weather"


def test_cancelled_is_not_told_where_the_order_says_it_or_nothing_was_booked(saying: Saying) -> None:
    cancel(saying)
    assert saying.why_not("visit_cancelled", f"{DAY} 10:01") == "never_booked"
    saying.end_order("withdrawing", at=f"{DAY} 10:01")
    assert saying.why_not("visit_cancelled", f"{DAY} 10:01") == "order_withdrawing"


@pytest.mark.parametrize("status", ["withdrawing", "infeasible"])
def test_whoever_waits_at_the_site_is_told_that_nobody_comes(saying: Saying, status: str) -> None:
    """Only the subscriber is told of the order itself."""
    saying.person(ContactRole.ON_SITE, "+8613900000002")
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    saying.end_order(status, at=f"{DAY} 10:00")
    cancel(saying)
    assert saying.handset("visit_cancelled") == "+8613900000002"
    assert saying.values("visit_cancelled", f"{DAY} 10:01")["template"] == "visit_cancelled"


# --- who can read it (R28, R32) ----------------------------------------------------------------


def test_a_landline_at_the_site_is_passed_over(saying: Saying) -> None:
    saying.person(ContactRole.ON_SITE, "+862584400000")
    saying.world.do(lambda s: setattr(_contact(s, "+862584400000"), "is_landline", True))
    saying.person(ContactRole.SUBSTITUTE, "+8613900000003")
    set_off(saying)
    saying.read(f"{DAY} 11:40")
    assert saying.handset("technician_set_off") == "+8613900000003"


def test_who_has_opted_out_is_passed_over_for_what_must_be_told(saying: Saying) -> None:
    saying.person(ContactRole.ON_SITE, "+8613900000002")
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")

    def stop(session: Session) -> None:
        thread = conversation_with(session, _contact(session, "+8613900000002"))
        opt_out(session, thread, now=saying.world.at(f"{DAY} 07:06"))

    saying.world.do(stop)
    set_off(saying, f"{DAY} 09:40")
    cancel(saying)
    assert saying.handset("technician_set_off") == "+8613900000002"
    assert saying.handset("visit_cancelled") == "+8613900000001"


def test_what_was_under_way_to_a_dead_handset_goes_to_the_next_person(saying: Saying) -> None:
    saying.person(ContactRole.ON_SITE, "+8613900000002")
    saying.book(("12:00", "14:00"), f"{DAY} 07:05")
    cancel(saying)
    first = saying.message("visit_cancelled")

    def fail_(session: Session) -> None:
        message = session.get_one(Message, first.id)
        message.conversation.unreachable_since = saying.world.at(f"{DAY} 10:02")
        leave_untold(session, message, "unreachable", now=saying.world.at(f"{DAY} 10:02"))

    saying.world.do(fail_)
    assert saying.handset("visit_cancelled") == "+8613900000001"
    assert cases(saying) == 0
    second = saying.message("visit_cancelled")
    assert second.params == first.params

    def fail_again(session: Session) -> None:
        message = session.get_one(Message, second.id)
        message.conversation.unreachable_since = saying.world.at(f"{DAY} 10:03")
        leave_untold(session, message, "unreachable", now=saying.world.at(f"{DAY} 10:03"))

    saying.world.do(fail_again)
    assert cases(saying) == 1


def cases(saying: Saying) -> int:
    with saying.world.database.read_session() as session:
        return session.scalar(select(func.count()).select_from(Case)) or 0


def _contact(session: Session, phone: str) -> Contact:
    return session.scalars(select(Contact).where(Contact.phone == phone)).one()
