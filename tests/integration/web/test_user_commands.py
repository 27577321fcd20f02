"""`dispatch users`: accounts from the command line, on both databases."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import AuditEntry
from tests.signing_in import form_token_in
from web.app import create_app
from web.cli import main


@pytest.fixture
def database_here(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("DISPATCH_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LC_ALL", "en")
    assert run("init", "--timezone", "Asia/Shanghai", "--phone-region", "CN").exit_code == 0
    return database


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


def users(*words: str) -> str:
    result = run("users", *words)
    assert result.exit_code == 0, result.output
    return result.output


def status_of_signing_in(database: Database, login: str, password: str) -> int:
    client = create_app(database).test_client()
    token = form_token_in(client.get("/sign-in").text)
    return client.post("/sign-in", data={"csrf_token": token, "login": login, "password": password}).status_code


def test_from_the_first_administrator_to_somebody_who_leaves(
    database_here: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    added = users("add", "Admin", "--role", "admin", "--name", "Chen Jie")
    password = re.findall(r"once: (\S+)", added)[0]
    assert len(password) >= 20
    assert status_of_signing_in(database_here, "admin", password) == 303
    assert "Chen Jie" in users("list")
    assert len(re.findall(r"2026-|20\d\d-", users("sessions", "admin"))) >= 1
    assert "ended: 1" in users("sign-out", "admin")
    new = re.findall(r"once: (\S+)", users("password", "admin"))[0]
    assert status_of_signing_in(database_here, "admin", password) == 400
    assert status_of_signing_in(database_here, "admin", new) == 303

    users("add", "li", "--role", "viewer")
    users("grant", "li", "dispatcher")
    number = re.findall(r"(\d+): viewer", users("list"))[0]
    users("revoke", "li", number)
    assert "viewer" not in users("list")
    users("deactivate", "li")
    assert "deactivated" in users("list")
    users("deactivate", "li", "--undo")
    assert "deactivated" not in users("list")
    with database_here.read_session() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "command_line")).all()
    assert set(actions) == {
        *("create_user", "sign_out", "set_password", "grant_role", "revoke_grant"),
        *("deactivate_user", "reactivate_user"),
    }


def test_what_cannot_be_done_is_said_and_nothing_is_done(database_here: Database) -> None:
    users("add", "admin", "--role", "admin")
    before = users("list")
    for words, said in (
        ("add a --role admin", "2 to 32 characters"),
        ("add admin --role admin", "already"),
        ("add li --role viewer --territory nowhere", "no such territory"),
        ("add li --role contractor", "contractor's name"),
        ("grant nobody viewer", "nobody with this login"),
        ("sessions nobody", "nobody with this login"),
        ("revoke admin 999", "does not have this grant"),
        ("revoke admin 2", "Somebody must be left"),
        ("deactivate admin", "Somebody must be left"),
    ):
        result = run("users", *words.split())
        assert result.exit_code == 1, words
        assert said in " ".join(result.output.split())
    assert users("list") == before
