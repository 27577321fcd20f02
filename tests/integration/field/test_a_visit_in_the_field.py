"""A visit from the phone's point of view: sent, accepted, agreed, on the way, at the door (R10, R11, R17, R24)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Absence, Case, Disruption, Promise, Technician, Visit
from dispatch.rules.lifecycles import DisruptionStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind, ReportOutcome
from dispatch.services.catch_up_visit import take_step
from dispatch.services.judge_promise import judge_due_promise
from dispatch.services.receive_field_reports import receive_field_reports
from dispatch.services.take_back_visit import TAKE_BACK_VISIT, take_back_visit
from tests.booking import DAY
from tests.field_day import FieldDay

APPLIED, KNOWN, CONFLICT = ReportOutcome.APPLIED, ReportOutcome.KNOWN, ReportOutcome.CONFLICT
SENT = VisitStatus.SENT


def test_a_visit_from_the_phone_to_the_door(database: Database) -> None:
    day = FieldDay.morning(database)
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    assert day.send("08:00") == 1
    assert day.send("08:00") == 0
    assert day.status(visit) == "sent"
    for at, kind, payload in (
        ("08:10", "accepted", {}),
        ("08:40", "contact_tried", {"reached": True, "channel": "voice", "call_record": "c1"}),
        ("08:41", "time_agreed", {"time_at": "11:00"}),
        ("10:40", "set_off", {}),
        ("10:55", "arrived", {"lat": 32.06, "lon": 118.78, "datum": "WGS84"}),
    ):
        taken = phone.say(at, kind, visit, **payload)
        assert (taken.outcome, taken.reason) == (APPLIED, None), kind
    assert day.status(visit) == "on_site"
    assert day.times(visit) == {
        "sent": "08:00",
        "accepted": "08:10",
        "agreed": "08:41",
        "appointed": "11:00",
        "set_off": "10:40",
        "arrived": "10:55",
    }
    assert day.start(visit) == "2026-11-24 11:00"
    assert day.promised(PromiseKind.ACCEPTANCE, visit) == ("kept", "2026-11-24 08:30", "2026-11-24 08:10")
    assert day.promised(PromiseKind.CONTACT, visit) == ("kept", "2026-11-24 10:10", "2026-11-24 08:40")
    assert day.promised(PromiseKind.ARRIVAL, visit) == ("kept", "2026-11-24 12:00", "2026-11-24 10:55")
    assert day.cases() == []


# --- sending ----------------------------------------------------------------------------------


def test_visits_are_sent_in_order_inside_the_look_ahead(day: FieldDay) -> None:
    day.technician()
    visits = [day.booked(window) for window in ("10:00-12:00", "13:00-15:00", "15:00-17:00")]
    assert day.send("05:30") == 0
    assert day.send("07:30") == 1
    assert [day.status(visit) for visit in visits] == ["sent", "scheduled", "scheduled"]
    assert day.send("10:45") == 1
    assert day.send("12:30") == 1
    assert {day.status(visit) for visit in visits} == {"sent"}


def test_nothing_is_sent_after_the_shift(day: FieldDay) -> None:
    day.technician("08:00-17:00")
    day.booked("10:00-12:00")
    assert day.send("2026-11-24 17:31") == 0


def test_nothing_is_sent_for_an_order_that_is_given_up_or_to_who_is_away(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")

    def leave(session: Session) -> None:
        hours = {"from_at": day.at("09:00"), "until_at": day.at("13:00")}
        session.add(Absence(technician_id=wang, reason="test", **hours))

    day.world.do(leave)
    assert day.send("08:00") == 0
    assert day.status(visit) == "scheduled"


def test_who_is_away_now_is_sent_nothing_that_should_have_begun(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")

    def leave(session: Session) -> None:
        hours = {"from_at": day.at("10:05"), "until_at": day.at("13:00")}
        session.add(Absence(technician_id=wang, reason="test", **hours))

    day.world.do(leave)
    assert day.send("10:10") == 0
    assert day.status(visit) == "scheduled"
    assert day.send("10:04") == 1


def test_what_is_held_only_is_not_sent(day: FieldDay) -> None:
    day.technician()
    day.hold(day.shown(day.customer(), "10:00-12:00"))
    assert day.send("08:00") == 0


def test_a_worker_sends(day: FieldDay) -> None:
    day.technician()
    visit = day.booked("10:00-12:00")
    day.work("08:00")
    assert day.status(visit) == "sent"
    assert day.events(visit, "visit_sent") == ["visit_sent"]


# --- accepting (R17) --------------------------------------------------------------------------


def test_who_declines_loses_the_visit_and_is_not_asked_again(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    assert day.phone(wang).say("08:05", "declined", visit, reason="missing_part").outcome is APPLIED
    assert day.status(visit) == "scheduled"
    assert day.visit(visit).status_reason == "missing_part"
    assert day.times(visit) == {}
    assert day.disruptions() == [("unaccepted", wang, visit)]
    assert day.send("08:06") == 0
    assert day.promised(PromiseKind.ACCEPTANCE, visit)[0] == "void"


def test_a_declined_visit_does_not_keep_the_next_from_the_phone(day: FieldDay) -> None:
    wang = day.technician()
    first, second = day.booked("10:00-12:00"), day.booked("13:00-15:00")
    day.send("06:30")
    day.phone(wang).say("06:35", "declined", first, reason="vehicle")
    assert day.send("10:45") == 1
    assert day.status(second) == "sent"


def test_declining_twice_is_declining_once(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    phone = day.phone(wang)
    phone.say("08:05", "declined", visit, reason="vehicle")
    assert phone.say("08:06", "declined", visit, reason="vehicle").outcome is KNOWN
    assert len(day.disruptions()) == 1


def test_a_declined_visit_that_stays_where_it_is_is_sent_again(day: FieldDay) -> None:
    """Nobody else can take it, and somebody has decided so."""
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    day.phone(wang).say("08:05", "declined", visit, reason="vehicle")

    def settle(session: Session) -> None:
        disruption = session.scalars(select(Disruption)).one()
        for status in (DisruptionStatus.REPAIRING, DisruptionStatus.SETTLED):
            disruption.move_to(status, at=day.at("08:20"), by="user:1", reason="stays")

    day.world.do(settle)
    assert day.send("08:21") == 1
    assert day.status(visit) == "sent"
    day.phone(wang, "new-phone").say("08:25", "declined", visit, reason="vehicle")
    assert day.send("08:26") == 0


def test_who_calls_the_customer_has_accepted(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    day.phone(wang).say("08:20", "contact_tried", visit, reached=True, channel="voice", call_record="c1")
    assert day.status(visit) == "accepted"
    assert day.promised(PromiseKind.CONTACT, visit)[0] == "kept"


def test_a_visit_can_be_given_back_after_it_was_accepted(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    phone = day.phone(wang)
    phone.say("08:05", "accepted", visit)
    assert phone.say("08:30", "declined", visit, reason="vehicle").outcome is APPLIED
    assert day.status(visit) == "scheduled"
    assert day.promised(PromiseKind.ACCEPTANCE, visit)[0] == "kept"
    assert day.promised(PromiseKind.CONTACT, visit)[0] == "running"


def test_a_visit_that_nobody_accepts_in_time_is_taken_back(day: FieldDay) -> None:
    """Thirty minutes of working time: sent before the shift, due half an hour into it (R17)."""
    wang = day.technician("08:00-17:00")
    visit = day.booked("10:00-12:00")
    day.send("07:00")
    work_without_repair(day, "08:29")
    assert day.status(visit) == "sent"
    work_without_repair(day, "08:31")
    assert day.status(visit) == "scheduled"
    assert day.visit(visit).status_reason == "not_accepted"
    assert day.disruptions() == [("unaccepted", wang, visit)]
    assert day.send("08:32") == 0


def test_a_visit_that_is_accepted_in_time_stays(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    day.phone(wang).say("08:29", "accepted", visit)
    day.work("09:00")
    assert day.status(visit) == "accepted"
    assert day.disruptions() == []


def test_who_accepts_late_while_it_is_still_theirs_has_it(day: FieldDay) -> None:
    """The phone had no network: it was accepted in time, and the day was not repaired yet."""
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    work_without_repair(day, "08:31")
    assert day.status(visit) == "scheduled"
    phone = day.phone(wang)
    phone.note("08:10", "accepted", visit)
    assert phone.sync("08:40")[0].outcome is APPLIED
    assert day.status(visit) == "accepted"
    assert day.times(visit)["accepted"] == "08:10"


def test_an_old_promise_does_not_take_back_what_was_sent_anew(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    promise = day.world.promise(PromiseKind.ACCEPTANCE, visit_id=visit)
    phone = day.phone(wang)
    phone.say("08:05", "declined", visit, reason="vehicle")
    day.world.do(lambda s: take_step(s, s.get_one(Visit, visit), SENT, wang, at=day.at("08:20"), now=day.at("08:20")))
    day.world.do(lambda s: take_back_visit(s, str(promise.id), day.at("08:31")))
    assert day.status(visit) == "sent"


def test_who_takes_over_an_agreed_visit_finds_it_agreed(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    phone = day.phone(wang)
    phone.say("08:05", "time_agreed", visit, time_at="11:00")
    phone.say("08:10", "declined", visit, reason="vehicle")
    assert phone.say("08:20", "accepted", visit).outcome is APPLIED
    assert day.status(visit) == "agreed"
    assert day.times(visit)["appointed"] == "11:00"
    assert len(day.world.promises(PromiseKind.CONTACT, visit_id=visit)) == 1


# --- steps that are left out, or come late ----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"), [("accepted", "accepted"), ("set_off", "en_route"), ("arrived", "on_site")]
)
def test_steps_that_a_phone_leaves_out_happened_too(day: FieldDay, kind: str, status: str) -> None:
    """Also for a visit that the phone knew from the route only: it was offline when it was to be sent."""
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    assert day.phone(wang).say("09:00", kind, visit).outcome is APPLIED
    assert day.status(visit) == status
    assert set(day.times(visit).values()) == {"09:00"}
    facts = ["visit_sent", "visit_accepted", "technician_set_off", "technician_arrived"]
    told = day.events(visit, *facts)
    assert told == facts[: len(told)]


def test_an_arrival_reported_late_turns_broken_into_kept(day: FieldDay) -> None:
    """An offline phone: judged as passed, then, the grace being over, as broken; the report puts it right."""
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    phone.say("08:05", "accepted", visit)
    phone.note("10:50", "set_off", visit)
    phone.note("11:10", "arrived", visit)
    day.work("12:01")
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "due_passed"
    day.work("13:01")
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "broken"
    assert [taken.outcome for taken in phone.sync("13:20")] == [APPLIED, APPLIED]
    assert day.promised(PromiseKind.ARRIVAL, visit) == ("kept", "2026-11-24 12:00", "2026-11-24 11:10")
    assert day.times(visit)["arrived"] == "11:10"
    day.work("13:21")
    assert "promise_kept" in day.world.log("promise_kept")


def test_what_is_stored_and_not_applied_is_not_held_against_the_technician(day: FieldDay) -> None:
    """Between the two, the promise is not judged as if the phone had been silent about it."""
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    phone.say("08:05", "accepted", visit)
    arrived = phone.note("11:10", "arrived", visit)
    day.work("12:01")

    def store(session: Session) -> None:
        technician = session.get_one(Technician, wang)
        now = day.at("12:10")
        receive_field_reports(session, technician, phone.device, [arrived], device_now=now, now=now)

    day.world.do(store)
    promise = day.world.promise(PromiseKind.ARRIVAL, visit_id=visit)
    day.world.do(lambda s: judge_due_promise(s, str(promise.id), day.at("12:10")))
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "due_passed"
    phone.sync("12:11")
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "kept"


def test_reports_that_come_after_later_ones_put_times_right(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    accepted, set_off = phone.note("08:10", "accepted", visit), phone.note("10:40", "set_off", visit)
    arrived = phone.note("11:00", "arrived", visit)
    phone.hand_over("11:00", [arrived])
    assert day.promised(PromiseKind.ACCEPTANCE, visit)[0] == "broken"
    assert [taken.outcome for taken in phone.hand_over("11:30", [accepted, set_off])] == [APPLIED, APPLIED]
    assert day.times(visit) == {"sent": "08:00", "accepted": "08:10", "set_off": "10:40", "arrived": "11:00"}
    assert day.promised(PromiseKind.ACCEPTANCE, visit)[0] == "kept"


@pytest.mark.parametrize("kind", ["accepted", "set_off", "arrived"])
def test_what_is_known_already_stays_as_it_was(day: FieldDay, kind: str) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    for at, step in (("08:10", "accepted"), ("10:40", "set_off"), ("11:00", "arrived")):
        phone.say(at, step, visit)
    before = day.times(visit)
    assert phone.say("11:30", kind, visit).outcome is KNOWN
    assert day.times(visit) == before


# --- agreeing a time (R10, R11) ---------------------------------------------------------------


def test_later_stops_wait_for_an_agreed_time(day: FieldDay) -> None:
    wang = day.technician()
    first, second = day.booked("10:00-12:00"), day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    assert [day.start(first), day.start(second)] == ["2026-11-24 10:00", "2026-11-24 11:00"]
    phone.say("08:30", "time_agreed", first, time_at="10:30")
    assert [day.start(first), day.start(second)] == ["2026-11-24 10:30", "2026-11-24 11:30"]
    assert day.violations() == []


def test_a_stop_takes_its_place_in_the_order_of_time(day: FieldDay) -> None:
    wang = day.technician()
    first, second = day.booked("10:00-12:00"), day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    phone.say("08:30", "time_agreed", first, time_at="12:00")
    assert [day.start(first), day.start(second)] == ["2026-11-24 12:00", "2026-11-24 11:00"]
    positions = [stop.position for visit in (second, first) if (stop := day.stop(visit))]
    assert positions == [1, 2]


def test_nobody_is_planned_in_two_places_whatever_is_agreed(day: FieldDay) -> None:
    wang = day.technician()
    first, second = day.booked("10:00-12:00"), day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    phone.say("08:30", "time_agreed", second, time_at="10:20")
    assert [day.start(first), day.start(second)] == ["2026-11-24 10:00", "2026-11-24 11:00"]
    assert day.promised(PromiseKind.ARRIVAL, second)[1] == "2026-11-24 11:20"


def test_a_few_minutes_do_not_move_the_route(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    versions = day.versions()
    day.phone(wang).say("08:30", "time_agreed", visit, time_at="10:05")
    assert day.start(visit) == "2026-11-24 10:00"
    assert day.versions() == versions
    assert day.promised(PromiseKind.ARRIVAL, visit)[1] == "2026-11-24 11:05"


def test_agreeing_another_time_replaces_the_first(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    day.send("08:00")
    phone.say("08:30", "time_agreed", visit, time_at="10:30")
    assert phone.say("08:31", "time_agreed", visit, time_at="10:30").outcome is KNOWN
    assert phone.say("08:40", "time_agreed", visit, time_at="11:30").outcome is APPLIED
    assert day.times(visit)["appointed"] == "11:30"
    assert day.status(visit) == "agreed"


@pytest.mark.parametrize(("time", "reason"), [("08:00", "past"), ("2026-11-25 10:00", "outside_shift")])
def test_a_time_that_is_not_the_technicians_to_give_becomes_a_case(day: FieldDay, time: str, reason: str) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    phone = day.phone(wang)
    phone.say("08:05", "accepted", visit)
    taken = phone.say("08:30", "time_agreed", visit, time_at=time)
    assert (taken.outcome, taken.reason) == (CONFLICT, reason)
    assert day.status(visit) == "accepted"


def test_an_early_arrival_needs_the_customers_yes(day: FieldDay) -> None:
    """R11: more than 15 minutes early breaks the promise, unless the customer has said yes."""
    wang = day.technician()
    asked, unasked = day.booked("10:00-12:00"), day.booked("13:00-15:00")
    phone = day.phone(wang)
    phone.say("09:00", "early_allowed", asked)
    phone.say("09:15", "arrived", asked)
    phone.say("12:30", "arrived", unasked)
    assert day.promised(PromiseKind.ARRIVAL, asked)[0] == "kept"
    assert day.promised(PromiseKind.ARRIVAL, unasked)[0] == "broken"
    assert phone.say("12:40", "early_allowed", unasked).outcome is KNOWN


# --- on the way, and back ---------------------------------------------------------------------


def test_nobody_sets_off_to_who_expects_nobody(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    phone = day.phone(wang)
    phone.say("08:05", "accepted", visit)

    def forget(session: Session) -> None:
        row = session.get_one(Visit, visit)
        row.booked_from_at = row.booked_until_at = None
        arrival = session.scalars(select(Promise).where(Promise.kind == PromiseKind.ARRIVAL)).one()
        arrival.visit_id, arrival.order_id = None, row.order_id

    day.world.do(forget)
    taken = phone.say("09:00", "set_off", visit)
    assert (taken.outcome, taken.reason) == (CONFLICT, "nobody_expects_you")
    phone.say("09:05", "contact_tried", visit, reached=False, channel="voice", call_record="c1")
    assert phone.say("09:10", "set_off", visit).outcome is APPLIED


def test_who_is_diverted_comes_later_and_the_agreed_time_stands(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    day.send("08:00")
    phone = day.phone(wang)
    phone.say("08:05", "time_agreed", visit, time_at="11:00")
    phone.say("10:40", "set_off", visit)
    assert phone.say("10:45", "diverted", visit, reason="emergency").outcome is APPLIED
    assert day.status(visit) == "agreed"
    assert "set_off" not in day.times(visit)
    assert day.disruptions() == [("diverted", wang, visit)]
    assert phone.say("10:46", "diverted", visit, reason="emergency").outcome is KNOWN
    phone.say("11:10", "set_off", visit)
    phone.say("11:20", "arrived", visit)
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "kept"


def test_an_arrival_can_be_taken_back_within_five_minutes(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    phone.say("10:30", "arrived", visit)
    assert phone.say("10:34", "arrival_undone", visit, sequence=1).outcome is APPLIED
    assert day.status(visit) == "en_route"
    assert day.promised(PromiseKind.ARRIVAL, visit)[0] == "running"
    assert phone.say("10:35", "arrival_undone", visit, sequence=1).outcome is KNOWN
    phone.say("10:40", "arrived", visit)
    assert day.promised(PromiseKind.ARRIVAL, visit) == ("kept", "2026-11-24 12:00", "2026-11-24 10:40")


def test_after_five_minutes_somebody_else_decides(day: FieldDay) -> None:
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    phone.say("10:30", "arrived", visit)
    taken = phone.say("10:36", "arrival_undone", visit, sequence=1)
    assert (taken.outcome, taken.reason) == (CONFLICT, "move_refused")
    assert day.status(visit) == "on_site"


# --- the rest of the day ----------------------------------------------------------------------


def test_a_question_at_the_door_has_an_owner_and_a_clock(day: FieldDay) -> None:
    """R40: one tap, and whoever was asked first sees to it that it is answered."""
    wang = day.technician()
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    phone.say("10:30", "arrived", visit)
    assert phone.say("10:50", "question_asked", visit, text="Can the bill come by post?").outcome is APPLIED
    assert day.cases() == [("question", "answer_question", "Can the bill come by post?")]
    with day.database.read_session() as session:
        case = session.scalars(select(Case)).one()
        assert (case.owner.login, case.remarks[0].said_by, case.channel.value) == (
            "duty",
            f"technician:{wang}",
            "phone",
        )
    assert day.world.due(PromiseKind.CALLBACK, case_id=case.id) == "2026-11-24 12:50"


def test_who_runs_over_and_who_falls_ill_upset_the_day(day: FieldDay) -> None:
    wang = day.technician("08:00-17:00")
    visit = day.booked("10:00-12:00")
    phone = day.phone(wang)
    phone.say("10:30", "arrived", visit)
    assert phone.say("11:00", "running_over", visit, until_at="12:30").outcome is APPLIED
    assert phone.say("11:05", "taken_ill").outcome is APPLIED
    assert day.disruptions() == [("overrun", wang, visit), ("absent", wang, None)]
    with day.database.read_session() as session:
        absent = session.scalars(select(Disruption).where(Disruption.kind == "absent")).one()
    assert (day.world.local(absent.from_at), day.world.local(absent.until_at)) == (
        "2026-11-24 11:05",
        "2026-11-24 17:00",
    )


def test_without_a_shift_nobody_is_missed(day: FieldDay) -> None:
    taken = day.phone(day.technician(None)).say("11:05", "taken_ill")
    assert (taken.outcome, taken.reason) == (CONFLICT, "no_shift")


def work_without_repair(day: FieldDay, until: str) -> None:
    """A worker that does not get to the repair of the day."""
    worker = day.world.worker(f"{DAY} {until}")
    kinds = ("judge_promise", TAKE_BACK_VISIT)
    worker.handlers = {kind: handler for kind, handler in worker.handlers.items() if kind in kinds}
    for _round in range(4):
        worker.advance_log()
        worker.do_due_work()
