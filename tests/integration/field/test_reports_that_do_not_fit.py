"""Whatever a phone reports is stored and answered: known already, or somebody sorts it out; never an error."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, DueWork, Event, FieldReport, Route, Shift, Stop, Technician, Visit
from dispatch.rules.vocabulary import ReportOutcome
from dispatch.services import apply_field_report
from dispatch.services.receive_field_reports import Report, receive_field_reports
from dispatch.services.schedule_work import schedule_work
from dispatch.services.take_field_reports import UnknownTechnician, apply_due_report, take_field_reports
from tests.field_day import FieldDay, FieldPhone

APPLIED, KNOWN, CONFLICT = ReportOutcome.APPLIED, ReportOutcome.KNOWN, ReportOutcome.CONFLICT


@pytest.fixture
def wang(day: FieldDay) -> FieldPhone:
    return day.phone(day.technician())


def reassign(day: FieldDay, visit: int, technician: int) -> None:
    """A plan has given the visit to somebody else."""

    def move(session: Session) -> None:
        stop = session.scalars(select(Stop).where(Stop.visit_id == visit)).one()
        route = session.scalars(select(Route).where(Route.technician_id == technician)).one()
        stop.route_id, stop.position = route.id, 99

    day.world.do(move)


def own_route(day: FieldDay, technician: int) -> None:
    """The technician has a route, with nothing on it."""

    def make(session: Session) -> None:
        shift = session.scalars(select(Shift).where(Shift.technician_id == technician)).one()
        about = {"technician_id": technician, "territory_id": shift.territory_id, "day_on": shift.day_on}
        session.add(Route(shift_id=shift.id, **about))

    day.world.do(make)


def test_a_visit_that_was_cancelled_meanwhile(day: FieldDay, wang: FieldPhone) -> None:
    visit = day.booked("10:00-12:00")
    wang.say("08:10", "accepted", visit)
    day.cancel(visit)
    taken = wang.say("09:00", "set_off", visit)
    assert (taken.outcome, taken.reason) == (CONFLICT, "cancelled")
    assert day.status(visit) == "cancelled"
    assert day.cases() == [("exception", "check_field_report", f"set_off #{2}: cancelled")]
    with day.database.read_session() as session:
        case = session.get_one(Case, taken.case_id)
        assert (case.visit_id, case.owner.login, case.channel.value) == (visit, "duty", "phone")


def test_what_does_not_fit_about_one_visit_is_one_case(day: FieldDay, wang: FieldPhone) -> None:
    visit = day.booked("10:00-12:00")
    day.cancel(visit)
    first, second = wang.say("09:00", "set_off", visit), wang.say("09:20", "arrived", visit)
    assert first.case_id == second.case_id
    assert day.cases()[0][2].count("cancelled") == 2


def test_a_visit_that_became_somebody_elses(day: FieldDay, wang: FieldPhone) -> None:
    visit = day.booked("10:00-12:00")
    wang.say("08:10", "accepted", visit)
    li = day.technician()
    own_route(day, li)
    reassign(day, visit, li)
    taken = wang.say("09:00", "arrived", visit)
    assert (taken.outcome, taken.reason) == (CONFLICT, "reassigned")
    assert day.phone(li).say("09:30", "arrived", visit).outcome is APPLIED


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("teleported", {}, "unreadable.kind"),
        ("declined", {"reason": "rain"}, "unreadable.reason"),
        ("time_agreed", {"time_at": 7}, "unreadable.time_at"),
        ("arrival_undone", {"sequence": 77}, "no_such_arrival"),
    ],
)
def test_what_cannot_be_read_is_kept(
    day: FieldDay, wang: FieldPhone, kind: str, payload: dict[str, object], reason: str
) -> None:
    visit = day.booked("10:00-12:00")
    wang.reports.append(Report(1, kind, day.at("09:00"), visit, payload))
    taken = wang.sync("09:00")[0]
    assert (taken.outcome, taken.reason) == (CONFLICT, reason)
    with day.database.read_session() as session:
        row = session.scalars(select(FieldReport)).one()
        assert (row.kind, row.payload) == (kind, payload)
    assert wang.say("09:01", "accepted", visit).outcome is APPLIED


def test_a_visit_that_nobody_knows(day: FieldDay, wang: FieldPhone) -> None:
    taken = wang.say("09:00", "arrived", 12345)
    assert (taken.outcome, taken.reason) == (CONFLICT, "unknown_visit")
    with day.database.read_session() as session:
        assert session.scalars(select(FieldReport)).one().payload == {"unknown_visit_id": 12345}
    assert wang.say("09:01", "accepted").reason == "unknown_visit"


def test_what_no_database_takes_is_stored_all_the_same(database: Database) -> None:
    day = FieldDay.morning(database)
    phone = day.phone(day.technician())
    odd = {"text": "a\x00b\ud800", "n": float("nan"), "deep": {"x": [1, {"y": None}]}}
    phone.reports.append(Report(1, "question_asked", day.at("09:00"), None, odd))
    phone.reports.append(Report(2, "odd\x00", day.at("09:00").replace(year=1), None, {}))
    assert [taken.outcome for taken in phone.sync("09:01")] == [APPLIED, CONFLICT]
    with database.read_session() as session:
        assert session.scalars(select(FieldReport.payload).order_by(FieldReport.sequence)).first() == {
            "text": "ab?",
            "n": None,
            "deep": {"x": [1, {"y": None}]},
        }


def test_nothing_to_report_is_a_sign_of_life(day: FieldDay, wang: FieldPhone) -> None:
    assert wang.hand_over("09:00", []) == []
    with day.database.read_session() as session:
        assert session.get_one(Technician, wang.technician).heard_at == day.at("09:00")


def test_a_technician_whom_nobody_knows_is_told_so(day: FieldDay) -> None:
    with pytest.raises(UnknownTechnician):
        take_field_reports(day.database, 999, "x", [], device_now=day.now, now=day.now)


def test_the_same_sync_twice_does_nothing(database: Database) -> None:
    day = FieldDay.morning(database)
    phone = day.phone(day.technician())
    visit = day.booked("10:00-12:00")
    reports = [phone.note("08:10", "accepted", visit), phone.note("10:40", "set_off", visit)]
    first = phone.hand_over("10:41", reports)
    events = day.world.log()
    assert phone.hand_over("10:42", reports) == first
    assert day.world.log() == events


def test_what_is_stored_only_is_applied_by_a_worker_in_order(database: Database) -> None:
    """The process died between the two: nothing is lost, whatever is claimed first."""
    day = FieldDay.morning(database)
    phone = day.phone(day.technician())
    visit = day.booked("10:00-12:00")
    for at, kind in (("08:10", "accepted"), ("10:40", "set_off"), ("11:00", "arrived")):
        phone.note(at, kind, visit)

    def store(session: Session) -> list[int]:
        technician, now = session.get_one(Technician, phone.technician), day.at("11:01")
        rows = receive_field_reports(session, technician, phone.device, phone.reports, device_now=now, now=now)
        for row in rows:
            schedule_work(session, "apply_field_report", row.id, now)
        return [row.id for row in rows]

    ids = day.world.do(store)
    apply_due_report(database, ids[1], now=day.at("11:02"))
    assert [outcome for _, outcome, _ in day.outcomes()] == ["applied", "applied", None]
    day.work("11:02")
    assert [outcome for _, outcome, _ in day.outcomes()] == ["applied"] * 3
    assert day.times(visit) == {"sent": "08:10", "accepted": "08:10", "set_off": "10:40", "arrived": "11:00"}
    with database.read_session() as session:
        assert session.scalars(select(DueWork).where(DueWork.kind == "apply_field_report")).all() == []


def test_an_earlier_report_that_waits_is_applied_first(day: FieldDay, wang: FieldPhone) -> None:
    visit = day.booked("10:00-12:00")
    accepted = wang.note("08:10", "accepted", visit)

    def store(session: Session) -> None:
        technician, now = session.get_one(Technician, wang.technician), day.at("08:11")
        receive_field_reports(session, technician, wang.device, [accepted], device_now=now, now=now)

    day.world.do(store)
    wang.hand_over("10:41", [wang.note("10:40", "set_off", visit)])
    assert day.times(visit)["accepted"] == "08:10"


def test_a_defect_of_ours_keeps_no_other_report_waiting(
    day: FieldDay, wang: FieldPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = day.booked("10:00-12:00")

    def fail(*_args: object, **_also: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(apply_field_report, "try_contact", fail)
    wang.note("09:00", "contact_tried", visit, reached=True, channel="voice")
    wang.note("09:10", "set_off", visit)
    assert [(taken.outcome, taken.reason) for taken in wang.sync("09:11")] == [
        (CONFLICT, "ZeroDivisionError"),
        (APPLIED, None),
    ]
    assert day.status(visit) == "en_route"


def test_a_busy_database_leaves_the_report_for_later(
    day: FieldDay, wang: FieldPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = day.booked("10:00-12:00")

    class Busy(Exception):
        sqlite_errorname = "SQLITE_BUSY"

    def busy(*_args: object, **_also: object) -> bool:
        raise OperationalError("", {}, Busy())

    with monkeypatch.context() as patched:
        patched.setattr(apply_field_report, "accept_visit", busy)
        assert wang.say("09:00", "accepted", visit).outcome is None
    day.work("09:01")
    assert day.outcomes() == [(1, "applied", None)]


def test_an_attempt_that_is_refused_leaves_nothing_behind(day: FieldDay, wang: FieldPhone) -> None:
    """The steps that were filled in go with the report that was refused."""
    visit = day.booked("10:00-12:00")
    taken = wang.say("09:00", "declined", visit, reason="vehicle")
    assert taken.outcome is APPLIED
    wang.say("09:30", "arrived", visit)
    before = [kind for kind in day.world.log() if kind.startswith("visit_")]
    assert wang.say("10:00", "declined", visit, reason="vehicle").outcome is CONFLICT
    assert [kind for kind in day.world.log() if kind.startswith("visit_")] == before
    assert day.status(visit) == "on_site"


def test_facts_hold_no_text(day: FieldDay, wang: FieldPhone) -> None:
    """R84: what was asked stands in the case and in the report, not in the log."""
    visit = day.booked("10:00-12:00")
    wang.say("09:00", "question_asked", visit, text="My number is 13912345678")
    with day.database.read_session() as session:
        for event in session.scalars(select(Event)):
            assert "139" not in str(event.payload)


def test_a_visit_ended_by_its_technician_is_known(day: FieldDay, wang: FieldPhone) -> None:
    visit = day.booked("10:00-12:00")
    needs = {"parts": ["ont"], "skills": [], "note": "No power in the cellar"}
    assert wang.say("11:00", "not_completed", visit, reason="missing_part", needs=needs).outcome is APPLIED
    assert day.status(visit) == "not_completed"
    assert day.times(visit)["arrived"] == "11:00"
    assert wang.say("11:05", "not_completed", visit, reason="missing_part", needs=needs).outcome is KNOWN
    assert wang.say("11:06", "closed_out", visit, checklist={}).outcome is CONFLICT
    assert wang.say("11:07", "accepted", visit).outcome is KNOWN
    with day.database.read_session() as session:
        assert session.get_one(Visit, visit).status_reason == "missing_part"
