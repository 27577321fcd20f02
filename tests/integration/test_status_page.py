"""What the status page and the health checks say, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import BusinessClock, DueWork, ReaderCursor, WorkerHeartbeat
from dispatch.rules.vocabulary import OrderKind, Role
from dispatch.services.found_operator import Founding, found_operator
from dispatch.services.import_rules import load_preset
from dispatch.services.schedule_work import schedule_work
from dispatch.services.sequence_events import sequence_events
from tests.signing_in import client_for_staff
from tests.world import World
from web.app import create_app

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def client(database: Database) -> FlaskClient:
    """A member of staff's browser."""
    app = create_app(database, machine_clock=FixedClock(NOW))
    app.testing = True
    return client_for_staff(app, Role.VIEWER)


@pytest.fixture
def stranger(client: FlaskClient) -> FlaskClient:
    """Somebody's browser."""
    return client.application.test_client()


@pytest.fixture
def operator(database: Database) -> None:
    """An installation where everything runs."""
    preset = load_preset("jiangsu")
    founding = Founding(time_zone="Asia/Shanghai", phone_region="CN", name="Suzhou Fibre")
    with database.write_session() as session:
        found_operator(session, founding, preset, now=NOW)
        session.add(WorkerHeartbeat(name="worker-1", started_at=NOW, seen_at=NOW))


def report(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/healthz.json").get_json()
    return document


def test_a_founded_installation_with_a_worker_is_well(client: FlaskClient, operator: None) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    page = client.get("/status")
    assert page.status_code == 200
    assert "Everything runs" in page.text
    assert "Suzhou Fibre" in page.text


def test_an_empty_installation_says_what_to_do_but_stays_in_service(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert report(client)["findings"] == ["not_set_up", "no_worker"]
    assert "dispatch init" in client.get("/status").text


def test_whoever_is_not_signed_in_sees_the_verdict_and_no_figures(
    client: FlaskClient, stranger: FlaskClient, operator: None, database: Database
) -> None:
    with database.write_session() as session:
        session.add(ReaderCursor(name="compensation", failed_at=NOW, failed_code="promise_missing"))
    page = stranger.get("/status")
    assert page.status_code == 200
    assert "/sign-in?next=/status" in page.text
    assert "data-figure" not in page.text
    assert "Suzhou Fibre" not in page.text
    assert "promise_missing" not in page.text
    assert stranger.get("/healthz").text == "ok\n"
    assert stranger.get("/healthz.json").status_code == 401
    assert "/sign-in?next=/status" not in client.get("/status").text


def test_what_keeps_staff_from_signing_in_is_said_to_anybody(stranger: FlaskClient) -> None:
    assert "dispatch init" in stranger.get("/status").text


@pytest.mark.parametrize(
    ("wanted", "language", "title"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant-TW", "一切正常"),
        ("zh-CN", "zh-Hans-CN", "一切正常"),
        ("de,en-GB;q=0.8,zh;q=0.5", "en", "Everything runs"),
        ("de,zh-SG;q=0.5", "zh-Hans-CN", "一切正常"),
        ("de", "en", "Everything runs"),
    ],
)
def test_the_page_speaks_the_readers_language(
    client: FlaskClient, operator: None, wanted: str, language: str, title: str
) -> None:
    page = client.get("/status", headers={"Accept-Language": wanted})
    assert f'<html lang="{language}">' in page.text
    assert title in page.text
    assert "Accept-Language" in page.headers["Vary"]


def test_the_figures_are_those_of_the_database(client: FlaskClient, operator: None, database: Database) -> None:
    with database.write_session() as session:
        schedule_work(session, "judge_promise", 1, NOW - 30 * timedelta(seconds=1))
        schedule_work(session, "judge_promise", 2, NOW + MINUTE)
        session.add(ReaderCursor(name="compensation", position=0))
    before = report(client)["log"]
    with database.write_session() as session:
        sequence_events(session)
    found = report(client)
    assert before["unsequenced"] == found["log"]["events"] > 0
    assert found["log"]["unsequenced"] == 0
    assert found["log"]["readers"] == {"compensation": {"position": 0, "behind": found["log"]["events"]}}
    assert found["due"]["now"] == 1
    assert found["due"]["oldest_at"] == (NOW - timedelta(seconds=30)).isoformat()
    assert found["due"]["next_at"] == (NOW + MINUTE).isoformat()
    assert found["rules"] == len(load_preset("jiangsu").rules)
    assert found["promises"]["kept"] == found["orders"] == 0
    assert found["kept_share"] is None
    assert found["findings"] == []


def test_what_needs_a_person_is_said(client: FlaskClient, operator: None, database: Database) -> None:
    with database.write_session() as session:
        schedule_work(session, "judge_promise", 1, NOW - 2 * MINUTE)
        session.add(DueWork(kind="judge_promise", key="2", due_at=NOW - MINUTE, attempts=8, parked_at=NOW))
        session.add(ReaderCursor(name="compensation", failed_at=NOW, failed_code="promise_missing"))
        session.get_one(WorkerHeartbeat, "worker-1").seen_at = NOW - 2 * MINUTE
    assert report(client)["findings"] == ["no_worker", "work_overdue", "work_parked", "reader_failed"]
    assert report(client)["due"]["parked"] == report(client)["due"]["now"] == 1
    page = client.get("/status")
    assert page.status_code == 200
    assert "promise_missing" in page.text


def test_a_fast_business_clock_is_not_late_for_running_fast(
    client: FlaskClient, operator: None, database: Database
) -> None:
    with database.write_session() as session:
        epoch = datetime(2026, 6, 1, tzinfo=UTC)
        session.add(BusinessClock(id=1, epoch_machine_at=NOW, epoch_business_at=epoch, rate_permille=600_000))
        schedule_work(session, "judge_promise", 1, epoch - 5 * MINUTE)
    assert report(client)["findings"] == []
    assert "2026-06-01T00:00:00+00:00" in client.get("/status").text


def test_unchanged_figures_are_not_sent_again(client: FlaskClient, operator: None, database: Database) -> None:
    first = client.get("/healthz.json")
    tag = first.headers["ETag"]
    assert client.get("/healthz.json", headers={"If-None-Match": tag}).status_code == 304
    with database.write_session() as session:
        schedule_work(session, "judge_promise", 1, NOW + MINUTE)
    again = client.get("/healthz.json", headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.headers["ETag"] != tag


def test_a_reader_that_appears_changes_the_shape_of_the_page(
    client: FlaskClient, operator: None, database: Database
) -> None:
    shape = report(client)["shape"]
    with database.write_session() as session:
        session.add(ReaderCursor(name="compensation"))
    assert report(client)["shape"] != shape


def test_another_schema_takes_the_process_out_of_service(client: FlaskClient, database: Database) -> None:
    with database.write_session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert client.get("/healthz").status_code == 503
    assert report(client)["findings"] == ["schema_not_at_head"]
    page = client.get("/status")
    assert page.status_code == 503
    assert "Out of service" in page.text


def test_a_database_that_does_not_answer_takes_the_process_out_of_service(
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = Database("sqlite:////nowhere/punctual.sqlite3")
    client = create_app(database, machine_clock=FixedClock(NOW)).test_client()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "out of service\n")
    assert client.get("/status").status_code == 503
    client.set_cookie("punctual_staff", "whoever")
    assert client.get("/healthz.json").status_code == 503
    assert client.get("/console/people").status_code == 503
    assert "unable to open database file" in caplog.text


def test_every_answer_keeps_the_browser_to_our_own(client: FlaskClient) -> None:
    for path in ("/status", "/healthz.json", "/not-there"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "private, no-cache"


def test_the_page_keeps_to_its_own_policy_and_its_files_may_be_kept(client: FlaskClient) -> None:
    page = client.get("/status").text
    assert "style=" not in page
    assert "<style" not in page
    script = page.split('<script type="module" src="')[1].split('"')[0]
    with client.get(script) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_only_a_secure_connection_is_told_to_stay_secure(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    assert "Strict-Transport-Security" in client.get("/healthz", base_url="https://localhost").headers


def test_messages_that_a_provider_does_not_take_are_a_finding(database: Database) -> None:
    world = World(database, line_is_down=True)
    world.order(OrderKind.REPAIR, "2026-11-02 15:55")
    client = client_for_staff(create_app(database, machine_clock=FixedClock(NOW)), Role.VIEWER)
    assert report(client)["messages"] == {"told": 0, "waiting": 0, "held_up": 0, "in_doubt": 0, "lost": 0}
    world.work("2026-11-02 15:56")
    found = report(client)
    assert found["messages"] == {"told": 0, "waiting": 1, "held_up": 1, "in_doubt": 0, "lost": 0}
    assert "gateway_fails" in found["findings"]
    assert "dispatch doctor" in client.get("/status").text
