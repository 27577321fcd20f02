"""`dispatch doctor` says whether messages could be sent, without sending one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.settings import Settings
from tests.loopback_server import Answer, scripted_server
from tests.served_program import free_port
from web.doctor import Check, examine

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TWILIO = {
    "gateway": "twilio",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "a token",
    "twilio_from": "+4237000000",
}
EMPTY = Answer(200, {"messages": [], "next_page_uri": None, "page": 0, "start": 0, "end": 0})


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en")


def _gateway(database_url: str, given: Mapping[str, Any]) -> Check:
    settings = Settings(_env_file=None, database_url=database_url, **given)  # type: ignore[call-arg]
    (check,) = [check for check in examine(settings, NOW) if check.what == "gateway"]
    return check


def test_a_sandbox_is_no_fault_but_is_said(sqlite_url: str) -> None:
    assert _gateway(sqlite_url, {}) == Check("gateway", is_well=None, detail="DISPATCH_GATEWAY")


def test_a_gateway_that_answers_is_well_and_was_sent_nothing(sqlite_url: str) -> None:
    with scripted_server(EMPTY) as server:
        check = _gateway(sqlite_url, {**TWILIO, "twilio_base_url": server.url})
    assert check == Check("gateway", is_well=True, detail="twilio")
    assert server.posted == []


def test_wrong_credentials_are_found(sqlite_url: str) -> None:
    with scripted_server(Answer(401, {"code": 20003, "message": "Authenticate"})) as server:
        check = _gateway(sqlite_url, {**TWILIO, "twilio_base_url": server.url})
    assert check.is_well is False
    assert "20003" in check.detail


def test_a_missing_setting_and_a_dead_gateway_are_found(sqlite_url: str) -> None:
    missing = _gateway(sqlite_url, {"gateway": "template"})
    assert (missing.is_well, "DISPATCH_TEMPLATE_URL" in missing.detail) == (False, True)
    template = {
        "gateway": "template",
        "template_url": f"http://127.0.0.1:{free_port()}",
        "template_account": "punctual",
        "template_secret": "a secret",
    }
    dead = _gateway(sqlite_url, template)
    assert (dead.is_well, "no connection" in dead.detail) == (False, True)
