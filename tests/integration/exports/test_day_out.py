"""The day goes out: as a document for programs, and as sheets of paper for crews."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Announcement, Order, Plan, Route, Shift, Stop, Technician, TechnicianSkill, Visit
from dispatch.queries.day_export import day_export
from dispatch.queries.day_sheets import Sheet, day_sheets
from notifications.wording import languages
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.problem_json import read_problem
from optimizer.solve import solve
from tests.importing import (
    NOW,
    ORDER,
    TECHNICIAN,
    ZONE,
    Run,
    bring_orders,
    bring_technicians,
    command_line,
    csv_of,
    found,
)
from web.day_sheets_page import day_sheets_page

MONDAY = date(2026, 11, 23)
VISITS = (
    ORDER,
    ORDER
    | {
        "external_id": "A-2",
        "kind": "install",
        "street": "Dorf",
        "customer": "<b>Otto</b>",
        "on_site": "Ida Sele",
        "on_site_phone": "07700 900001",
        "language": "zh-TW",
        "preferred": "2026-11-23 10:00-12:00",
        "priority": "emergency",
        "note": "ring <twice> & wait",
    },
    ORDER | {"external_id": "A-3", "street": "Gapont", "received_at": "2026-11-22 08:00"},
    ORDER | {"external_id": "A-4", "street": "Nowhere", "lat": ""},
    ORDER | {"external_id": "A-5", "street": "Later", "preferred": "2026-11-24 AM"},
)


@pytest.fixture
def day(database: Database) -> Database:
    """Five orders, two technicians, two stops: one visit was left out, one has no place, one is for tomorrow."""
    found(database)
    fill(database)
    return database


def fill(database: Database) -> None:
    bring_technicians(
        database,
        csv_of(
            TECHNICIAN | {"skills": "fibre", "certified_until": ""},
            TECHNICIAN | {"badge": "T002", "skills": "fibre;tv", "certified_until": "2026-11-22"},
        ),
    )
    bring_orders(database, csv_of(*({**dict.fromkeys(VISITS[1], ""), **row} for row in VISITS)))
    with database.write_session() as session:
        visits = _by_order(session.scalars(select(Visit).order_by(Visit.id)).all())
        shift = session.scalars(select(Shift).join(Technician).where(Shift.day_on == MONDAY).order_by(Shift.id)).first()
        assert shift is not None
        route = Route(
            shift_id=shift.id,
            technician_id=shift.technician_id,
            territory_id=shift.territory_id,
            day_on=MONDAY,
            break_start_at=at("11:30"),
            return_travel_s=600,
        )
        route.stops += [
            stop(visits["A-1"], 1, "08:10", "08:55", arrive="08:05"),
            stop(visits["A-2"], 2, "10:00", "11:15"),
        ]
        session.add(route)
        plan = Plan(
            at=NOW,
            by="test",
            territory_id=shift.territory_id,
            request_key="1",
            from_on=MONDAY,
            until_on=MONDAY,
            seed=0,
            budget_s=1,
            proposal={
                "unassigned": [
                    {
                        "visit_id": visits["A-3"].id,
                        "obstacles": [
                            {"code": "no_room_in_routes", "detail": {"technicians": [str(shift.technician_id)]}},
                            {"code": "no_shift_covers", "detail": {"window": {"start_s": 28800, "end_s": 43200}}},
                        ],
                    }
                ]
            },
        )
        session.add(plan)


def _by_order(visits: Any) -> dict[str, Visit]:
    return {str(visit.order.external_id): visit for visit in visits}


def at(clock: str, day_on: date = MONDAY) -> datetime:
    return datetime.fromisoformat(f"{day_on} {clock}").replace(tzinfo=ZONE)


def stop(visit: Visit, position: int, start: str, finish: str, arrive: str | None = None) -> Stop:
    return Stop(
        visit_id=visit.id,
        position=position,
        arrive_at=at(arrive or start),
        start_at=at(start),
        finish_at=at(finish),
        travel_s=300,
    )


def export(database: Database, day_on: date = MONDAY, now: datetime = NOW) -> dict[str, Any]:
    with database.read_session() as session:
        return day_export(session, day_on, now=now)


def visits_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {visit["order_external_id"]: visit for visit in document["visits"]}


# --- the document ------------------------------------------------------------------------


@pytest.mark.shared
def test_the_document_follows_the_published_format(day: Database, shared_dir: Path) -> None:
    schema = json.loads((shared_dir / "specs" / "day.schema.json").read_text("utf-8"))
    for day_on in (MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)):
        document = json.loads(json.dumps(export(day, day_on)))
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(document)


def test_technicians_with_their_stops(day: Database) -> None:
    first, second = export(day)["technicians"]
    assert (first["badge"], first["skills"]) == ("T001", ["fibre"])
    assert first["shift"] == ["2026-11-23T08:00:00+01:00", "2026-11-23T17:00:00+01:00"]
    assert first["start"] == {"lat": 47.120244, "lon": 9.545121}
    assert first["breaks"] == [["2026-11-23T11:30:00+01:00", "2026-11-23T12:30:00+01:00"]]
    assert [stop["start_at"][11:16] for stop in first["stops"]] == ["08:10", "10:00"]
    assert (second["badge"], second["breaks"], second["stops"]) == ("T002", [], [])


def test_a_skill_whose_certificate_has_run_out_is_left_out(day: Database) -> None:
    with day.read_session() as session:
        assert len(session.scalars(select(TechnicianSkill)).all()) == 3
    assert export(day)["technicians"][1]["skills"] == []


def test_visits_wanted_on_the_day(day: Database) -> None:
    visits = visits_of(export(day))
    assert set(visits) == {"A-1", "A-2", "A-3", "A-4"}
    assert (visits["A-1"]["technician"], visits["A-1"]["unassigned_because"]) == ("T001", [])
    assert visits["A-2"]["windows"] == [["2026-11-23T10:00:00+01:00", "2026-11-23T12:00:00+01:00"]]
    assert (visits["A-2"]["kind"], visits["A-2"]["service"], visits["A-2"]["duration_s"]) == ("install", "fibre", 4500)
    assert (visits["A-4"]["lat"], visits["A-4"]["lon"]) == (None, None)


def test_why_visits_were_left_out(day: Database) -> None:
    visits = visits_of(export(day))
    assert visits["A-3"]["unassigned_because"] == [
        {"code": "no_room_in_routes", "detail": {"technicians": ["T001"]}},
        {
            "code": "no_shift_covers",
            "detail": {"window": ["2026-11-23T08:00:00+01:00", "2026-11-23T12:00:00+01:00"]},
        },
    ]
    assert visits["A-4"]["unassigned_because"] == [{"code": "not_located", "detail": {}}]
    tomorrow = visits_of(export(day, MONDAY + timedelta(days=1)))
    assert set(tomorrow) == {"A-3", "A-4", "A-5"}
    assert tomorrow["A-3"]["unassigned_because"] == [{"code": "not_planned", "detail": {}}]


def test_a_window_that_is_over_binds_nobody_but_the_visit_that_was_made_in_it(day: Database) -> None:
    with day.write_session() as session:
        for visit in session.scalars(select(Visit)):
            visit.wanted_from_at, visit.wanted_until_at = at("08:00"), at("09:00")
    visits = visits_of(export(day, now=at("13:00")))
    assert visits["A-1"]["windows"] == [["2026-11-23T08:00:00+01:00", "2026-11-23T09:00:00+01:00"]]
    assert visits["A-2"]["windows"] == visits["A-3"]["windows"] == []


def test_what_is_booked_goes_before_what_was_wanted_unless_it_is_wider(day: Database) -> None:
    with day.write_session() as session:
        visits = _by_order(session.scalars(select(Visit)).all())
        visits["A-1"].booked_from_at, visits["A-1"].booked_until_at = at("08:00"), at("20:00")
        visits["A-2"].booked_from_at, visits["A-2"].booked_until_at = at("08:00"), at("20:00")
        visits["A-3"].booked_from_at, visits["A-3"].booked_until_at = at("13:00"), at("15:00")
        visits["A-3"].wanted_from_at, visits["A-3"].wanted_until_at = at("08:00"), at("12:00")
    windows = {
        name: [edge[11:16] for edge in visit["windows"][0]]
        for name, visit in visits_of(export(day)).items()
        if visit["windows"]
    }
    assert windows == {"A-1": ["08:00", "20:00"], "A-2": ["10:00", "12:00"], "A-3": ["13:00", "15:00"]}


def test_promises_and_announcements(day: Database) -> None:
    with day.write_session() as session:
        visit = session.scalars(select(Visit).order_by(Visit.id)).first()
        assert visit is not None
        person = session.scalars(select(Technician).order_by(Technician.id)).first()
        told = {"from_at": at("08:00"), "until_at": at("10:00"), "wanted_at": NOW, "contact_by_at": at("07:50")}
        session.add(Announcement(visit_id=visit.id, number=1, technician_id=person and person.id, **told))
    document = export(day)
    assert visits_of(document)["A-1"]["announced"] == {
        "number": 1,
        "technician": "T001",
        "contact_by": "2026-11-23T07:50:00+01:00",
        "window": ["2026-11-23T08:00:00+01:00", "2026-11-23T10:00:00+01:00"],
    }
    promises = {promise["subject"]: promise for promise in document["promises"]}
    assert set(promises) == {"order:A-1", "order:A-2", "order:A-3", "order:A-4"}
    assert promises["order:A-1"]["due_at"] == "2026-11-24T05:09:00+01:00"
    assert (promises["order:A-1"]["kind"], promises["order:A-1"]["status"]) == ("repair", "running")


def test_nothing_personal_goes_out_in_the_document(day: Database) -> None:
    text = json.dumps(export(day), ensure_ascii=False)
    for private in ("Ling Liu", "Min Kieber", "900821", "Wangerbergstrasse", "Ida", "twice"):
        assert private not in text


# --- the sheets --------------------------------------------------------------------------


def sheet(database: Database) -> Sheet:
    with database.read_session() as session:
        (only,) = day_sheets(session, MONDAY)
    return only


def test_a_sheet_for_each_technician_who_has_stops(day: Database) -> None:
    only = sheet(day)
    assert (only.badge, only.name, only.break_after, only.travel_min) == ("T001", "Ling Liu", 2, 20)
    assert only.back_at is not None
    assert f"{only.back_at:%H:%M}" == "11:25"
    assert [f"{stop.start_at:%H:%M}" for stop in only.stops] == ["08:10", "10:00"]


def test_a_stop_names_the_person_at_the_site(day: Database) -> None:
    """R28."""
    first, second = sheet(day).stops
    assert (first.contact_name, first.contact_phone, first.contact_language) == ("Min Kieber", "+447700900821", "en")
    assert (second.contact_name, second.contact_phone) == ("Ida Sele", "+447700900001")


def test_a_stop_says_when_it_was_promised_and_whether_the_plan_is_later(day: Database) -> None:
    first, second = sheet(day).stops
    assert first.due_at == at("05:09", MONDAY + timedelta(days=1))
    assert (first.is_late_by_plan, second.is_late_by_plan) == (False, False)
    with day.write_session() as session:
        order = session.scalars(select(Order).where(Order.external_id == "A-1")).one()
        stop = session.scalars(select(Stop).join(Visit).where(Visit.order_id == order.id)).one()
        stop.finish_at = at("06:00", MONDAY + timedelta(days=1))
    assert sheet(day).stops[0].is_late_by_plan


def test_a_place_held_for_a_choosing_customer_is_not_on_paper(day: Database) -> None:
    with day.write_session() as session:
        for stop in session.scalars(select(Stop)):
            stop.is_tentative = True
    with day.read_session() as session:
        assert day_sheets(session, MONDAY) == ()


@pytest.mark.parametrize("language", languages())
def test_the_page_in_every_language(day: Database, language: str) -> None:
    page = day_sheets_page([sheet(day)], MONDAY, "Operator & Sons", language)
    assert "ring &lt;twice&gt; &amp; wait" in page
    assert "Operator &amp; Sons" in page
    assert "+44 7700 900001" in page
    assert f'lang="{language.replace("_", "-")}"' in page
    assert "sheet_" not in page
    assert "<script" not in page
    assert "http" not in page


def test_a_day_without_stops_says_so() -> None:
    page = day_sheets_page([], MONDAY, "Operator", "en")
    assert "Nobody has a stop on Monday, November 23, 2026." in page


# --- the commands ------------------------------------------------------------------------


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    run = command_line(database, monkeypatch)
    fill(database)
    return run


def test_export_day(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "day.json"
    result = run("export", "day", "2026-11-23", "--json", str(file), "--now", "2026-11-23T07:00")
    assert result.exit_code == 0, result.stderr
    document = json.loads(file.read_text("utf-8"))
    assert document["generated_at"] == "2026-11-23T07:00:00+01:00"
    assert "visits 4, of which on a route 2" in result.stdout


def test_export_problem(run: Run, database: Database, tmp_path: Path) -> None:
    """It is what a plan would be asked: read back, planned by the library, every visit with a place in it."""
    file = tmp_path / "problem.json"
    arguments = ("export", "problem", "2026-11-23", "--territory", "main", "--json", str(file))
    result = run(*arguments, "--days", "2", "--now", "2026-11-22T07:00")
    assert result.exit_code == 0, result.stderr
    assert "technicians 2, visits 4; without a place, so not in it: 1." in result.stdout
    problem = read_problem(file)
    with database.read_session() as session:
        visits = {str(visit.id) for visit in session.scalars(select(Visit)) if visit.premises.lat is not None}
    assert set(problem.jobs_by_id) == visits
    assert {stop.job for route in problem.base_routes for stop in route.stops} < visits
    assert check(problem, solve(problem, Iterations(200))).passed
    text = file.read_text("utf-8")
    for private in ("Ling Liu", "Min Kieber", "900821", "Wangerbergstrasse", "Ida", "twice"):
        assert private not in text


def test_the_problem_of_a_territory_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    result = run("export", "problem", "2026-11-23", "--territory", "moon", "--json", str(file))
    assert (result.exit_code, file.exists()) == (1, False)
    assert "There is no such territory" in result.stderr


@pytest.mark.parametrize("what", ["day", "problem --territory main", "sheets"])
def test_a_day_at_the_end_of_the_calendar_is_wrong_usage(run: Run, what: str, tmp_path: Path) -> None:
    name, *options = what.split()
    written = ("--html" if name == "sheets" else "--json", str(tmp_path / "file"))
    result = run("export", name, "9999-12-31", *options, *written)
    assert result.exit_code == 2
    assert "9999-12-31" in result.stderr


def test_export_sheets(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "sheets.html"
    assert run("export", "sheets", "2026-11-23", "--html", str(file), "--language", "zh_Hans_CN").exit_code == 0
    assert 'lang="zh-Hans-CN"' in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("day", "2026-11-23", "--json"),
        ("sheets", "2026-11-23", "--html"),
        ("problem", "2026-11-23", "--territory", "main", "--json"),
    ],
)
def test_a_folder_that_is_not_there_is_wrong_usage(run: Run, arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run("export", *arguments, str(tmp_path / "no" / "file")).exit_code == 2
    assert run("export", arguments[0], "yesterday", *arguments[2:], str(tmp_path / "file")).exit_code == 2
