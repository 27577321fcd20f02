"""The board's page, its data and what is done from it, on both databases."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Absence, AuditEntry, Disruption, Event, Route, Territory
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Role
from tests.signing_in import SignedInClient
from tests.watching import WatchedDay, begin


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database)


def data(client: SignedInClient, address: str = "/console/day.json") -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.get_json()
    return document


def embedded(page: str) -> dict[str, Any]:
    found = re.search(r'data-board="([^"]*)"', page)
    assert found
    document: dict[str, Any] = json.loads(unescape(found[1]))
    return document


def test_the_page_brings_its_data(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    client = day.client()
    page = client.get("/console/")
    assert page.status_code == 200
    assert "Gulou" in page.text
    document = embedded(page.text)
    assert document == data(client)
    (shown,) = document["rows"][0]["visits"]
    assert shown["planned"][0] == int(day.world.at("2026-11-24 10:00").timestamp() * 1000)
    assert shown["status"] == "scheduled"
    assert "no-store" not in page.headers["Cache-Control"]


IN_WORDS = {
    "zh-CN": ("需要处理", "尚未安排技术员"),
    "zh-TW": ("需要處理", "尚未安排技術員"),
    "en": ("Needs attention", "without a technician"),
}


def test_the_page_speaks_the_readers_language(day: WatchedDay) -> None:
    day.technician()
    day.customer()
    client = day.client()
    for wanted, (heading, told) in IN_WORDS.items():
        page = client.get("/console/", headers={"Accept-Language": wanted})
        assert heading in page.text
        assert "board_" not in re.sub(r'(id|data-code|class)="[^"]*"', "", page.text)
        answer = client.get("/console/day.json", headers={"Accept-Language": wanted})
        assert told in answer.get_json()["attention"][0]["text"]


def test_the_data_hold_nothing_personal(day: WatchedDay) -> None:
    ann = day.technician()
    day.place(ann, [(day.customer(), "10:00")])
    told = day.client().get("/console/day.json").text
    assert "Road" not in told
    assert "+86" not in told


def test_the_tag_changes_only_with_the_data(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    client = day.client()
    tag = client.get("/console/day.json").headers["ETag"]
    again = client.get("/console/day.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    day.reach(visit, VisitStatus.SENT)
    changed = client.get("/console/day.json", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


def test_another_day_and_a_day_that_is_none(day: WatchedDay) -> None:
    day.technician(day="2026-11-25")
    client = day.client()
    assert data(client)["rows"] == []
    assert len(data(client, "/console/day.json?day=2026-11-25")["rows"]) == 1
    assert data(client, "/console/day.json?day=tomorrow")["day_on"] == "2026-11-24"


def test_a_board_is_seen_by_whom_it_is_given(day: WatchedDay) -> None:
    def other() -> int:
        def make(session: Any) -> int:
            territory = Territory(code="T2", name="Xuanwu", time_zone="Asia/Shanghai")
            session.add(territory)
            session.flush()
            return int(territory.id)

        return day.world.do(make)

    there, here = other(), day.world.ids["territory"]
    viewer = day.client(Role.VIEWER, territory_id=here)
    assert data(viewer)["territory_id"] == here
    assert viewer.get(f"/console/day.json?territory={there}").status_code == 404
    assert data(day.client(Role.VIEWER, territory_id=there))["territory_id"] == there
    assert "Xuanwu" not in viewer.get("/console/").text
    both = day.client(Role.VIEWER)
    assert "Xuanwu" in both.get("/console/").text


def test_a_contractor_sees_its_own_rows_and_no_other_territory(day: WatchedDay) -> None:
    ann, ben = day.technician(), day.technician()
    day.place(ann, [(day.customer(), "10:00")])
    crew = day.contractor(ben)
    document = data(day.client(Role.CONTRACTOR, contractor_id=crew))
    assert [row["technician_id"] for row in document["rows"]] == [ben]
    assert document["unassigned"] == []
    nobody = day.client(Role.CONTRACTOR, contractor_id=day.contractor(day.technician(), "Empty"))
    assert nobody.get("/console/").status_code == 200


def test_without_sign_in_there_is_no_board(day: WatchedDay) -> None:
    stranger = day.app.test_client()
    assert stranger.get("/console/").status_code in (302, 303)
    assert stranger.get("/console/day.json").status_code == 401


def test_pinning_from_the_board(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    client = day.client()
    with day.database.read_session() as session:
        version = session.scalars(select(Route.version)).one()
    for wanted in ("yes", "yes"):
        assert client.post(f"/console/visits/{visit}/pin", data={"pinned": wanted}).get_json() == {"is_done": True}
    with day.database.read_session() as session:
        assert session.scalars(select(Route.version)).one() == version + 1
        assert session.scalars(select(Event).where(Event.kind == "stop_pinned")).one().visit_id == visit
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"visit:{visit}")).all()
        assert actions == ["pin_stop", "pin_stop"]
    assert data(client)["rows"][0]["visits"][0]["is_pinned"] is True
    client.post(f"/console/visits/{visit}/pin", data={"pinned": "no"})
    assert data(client)["rows"][0]["visits"][0]["is_pinned"] is False


def test_what_has_begun_or_has_no_place_cannot_be_pinned(day: WatchedDay) -> None:
    ann = day.technician()
    begun, waiting = day.customers(2)
    day.place(ann, [(begun, "08:30")])
    day.reach(begun, VisitStatus.ON_SITE)
    client = day.client()
    for visit in (begun, waiting):
        answer = client.post(
            f"/console/visits/{visit}/pin", data={"pinned": "yes"}, headers={"Accept": "application/json"}
        )
        assert (answer.status_code, answer.get_json()["error"]) == (409, "nothing_to_pin")
    assert client.post("/console/visits/999/pin", headers={"Accept": "application/json"}).status_code == 404


def test_reporting_somebody_absent(day: WatchedDay) -> None:
    ann = day.technician()
    client = day.client()
    here = {"territory": day.world.ids["territory"]}
    assert client.post(f"/console/technicians/{ann}/absence", data=here).status_code == 200
    with day.database.read_session() as session:
        absence = session.scalars(select(Absence)).one()
        assert (absence.from_at, absence.until_at) == (day.now, day.world.at("2026-11-24 17:00"))
        assert session.scalars(select(Disruption)).one().status_by.startswith("user:")
    row = data(client)["rows"][0]
    assert len(row["absences"]) == 1


def test_a_decision_that_is_refused_is_audited_as_refused(day: WatchedDay) -> None:
    ann = day.technician()
    client = day.client()
    client.post(f"/console/technicians/{ann}/absence", data={"territory": day.world.ids["territory"]})
    answer = client.post(
        "/console/disruptions/1/decision", data={"publish": "yes"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409  # its repair is still to be made
    with day.database.read_session() as session:
        said = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert said is not None
    assert (said.action, said.subject, said.was_allowed) == ("publish_repair", "disruption:1", False)


def test_nobody_acts_outside_the_grant(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])

    def make(session: Any) -> int:
        territory = Territory(code="T2", name="Xuanwu", time_zone="Asia/Shanghai")
        session.add(territory)
        session.flush()
        return int(territory.id)

    there = day.world.do(make)
    elsewhere = day.client(territory_id=there)
    json_wanted = {"Accept": "application/json"}
    absent = f"/console/technicians/{ann}/absence"
    assert elsewhere.post(f"/console/visits/{visit}/pin", headers=json_wanted).status_code == 404
    for territory in (there, day.world.ids["territory"]):
        assert elsewhere.post(absent, data={"territory": territory}, headers=json_wanted).status_code == 404
    assert elsewhere.post("/console/disruptions/1/decision", headers=json_wanted).status_code == 404
    viewer = day.client(Role.VIEWER)
    assert viewer.post(f"/console/visits/{visit}/pin", headers=json_wanted).status_code == 403
    assert "data-may-repair" not in viewer.get("/console/").text
    assert "data-may-repair" in day.client().get("/console/").text
