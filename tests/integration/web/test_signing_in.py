"""Staff sign in, stay, leave and are shut out, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from dispatch.db import Database
from dispatch.models import AuditEntry, Grant, GuessCount, SignIn, User
from dispatch.passwords import hash_password, verify_password
from dispatch.rules.sign_in_limits import STAFF, UnfitPassword, check_password, hash_token
from dispatch.rules.vocabulary import Role
from dispatch.services.create_user import create_user
from dispatch.services.deactivate_user import deactivate_user
from dispatch.services.found_operator import Founding, found_operator
from dispatch.services.import_rules import load_preset
from dispatch.services.limit_guesses import MEMORY
from dispatch.services.open_sign_in import revoke_sign_ins
from dispatch.services.set_password import set_password
from dispatch.services.sign_in_staff import MOST_FOR_LOGIN
from tests.signing_in import MovingClock, client_for_staff, form_token_in
from web.app import create_app
from web.sign_in_pages import local_path

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PASSWORD = "three words apart"
#: hashes that cost nothing, as an installation with older parameters would have them
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FIGURES = "/healthz.json"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture
def app(database: Database, clock: MovingClock) -> Flask:
    with database.write_session() as session:
        found_operator(session, Founding("Asia/Shanghai", "CN"), load_preset("jiangsu"), now=NOW)
        user = create_user(session, "li.na", "Li Na", password_hash=CHEAP.hash(PASSWORD), now=NOW)
        user.grants.append(Grant(role=Role.DISPATCHER))
        create_user(session, "nobody.yet", "No Password", now=NOW)
    return create_app(database, machine_clock=clock)


def sign_in(client: FlaskClient, login: str = "li.na", password: str = PASSWORD, wanted: str = "") -> int:
    token = form_token_in(client.get("/sign-in").text)
    fields = {"csrf_token": token, "login": login, "password": password, "next": wanted}
    _answers[client] = client.post("/sign-in", data=fields)
    return _answers[client].status_code


#: what each browser was answered when it last tried to sign in
_answers: WeakKeyDictionary[FlaskClient, TestResponse] = WeakKeyDictionary()


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client) == 303
    return client


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("punctual_staff")
    assert found is not None
    return found.value


def audited(database: Database, action: str) -> list[tuple[str, bool]]:
    with database.read_session() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [(row.actor, row.was_allowed) for row in rows]


def test_whoever_has_the_password_is_let_in_and_it_is_audited(app: Flask, database: Database) -> None:
    client = app.test_client()
    assert client.get(FIGURES).status_code == 401
    assert sign_in(client, login=" Li.Na ") == 303
    assert client.get(FIGURES).status_code == 200
    assert audited(database, "sign_in") == [("user:2", True)]
    with database.read_session() as session:
        kept = session.scalars(select(SignIn)).one()
    assert kept.token_hash == hash_token(cookie(client))
    assert cookie(client) not in repr(vars(kept))


def test_whoever_has_not_is_told_neither_which_was_wrong(app: Flask) -> None:
    client = app.test_client()
    said = set()
    for login, password in (("li.na", "Three words apart"), ("wang", PASSWORD), ("nobody.yet", "")):
        assert sign_in(client, login, password) == 400
        said.add(_answers[client].text.partition('role="alert"')[2].partition("</p>")[0])
    assert len(said) == 1
    assert "do not belong together" in said.pop()
    assert client.get(FIGURES).status_code == 401


def test_an_unknown_login_costs_as_much_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = PasswordHasher.verify

    def counting(self: PasswordHasher, known: str, password: str) -> bool:
        asked.append(known.split("$")[3])
        return real(self, known, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    assert not verify_password(PASSWORD, None).is_right
    assert not verify_password(PASSWORD, hash_password("another password", "li.na")).is_right
    assert asked[0] == asked[1]  # the same cost, to the last parameter


def test_an_outdated_hash_is_renewed_when_it_proves_right(app: Flask, database: Database) -> None:
    signed_in(app)
    with database.read_session() as session:
        kept = session.scalars(select(User.password_hash).where(User.login == "li.na")).one()
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert not PasswordHasher().check_needs_rehash(kept)
    signed_in(app)


@pytest.mark.parametrize(
    ("password", "reason"),
    [("short", "too_short"), ("x" * 201, "too_long"), ("aaaaaaaaaaaaa", "too_plain"), ("li.na-li.n", "too_short")],
)
def test_a_password_that_is_easily_found_is_refused(password: str, reason: str) -> None:
    with pytest.raises(UnfitPassword) as refused:
        check_password(password, "li.na")
    assert refused.value.values["reason"] == reason


def test_a_password_may_hold_the_login_if_there_is_more_to_it() -> None:
    with pytest.raises(UnfitPassword) as refused:
        check_password("dispatcher-2026", "dispatcher")
    assert refused.value.values["reason"] == "holds_the_login"
    check_password("dispatcher of the northern hills", "dispatcher")


# The limit


def test_after_too_many_wrong_passwords_the_right_one_waits_too_whatever_process_is_asked(
    app: Flask, database: Database, clock: MovingClock
) -> None:
    other = create_app(database, machine_clock=clock)
    clients = [app.test_client(), other.test_client()]
    for attempt in range(MOST_FOR_LOGIN):
        assert sign_in(clients[attempt % 2], password="wrong password") == 400
    for client in clients:
        assert sign_in(client) == 429
        assert "60 minutes" in _answers[client].text
    assert sign_in(clients[0], login="wang") == 400  # another login is not shut out
    clock.pass_(MEMORY)
    assert sign_in(clients[1]) == 303


def test_slips_are_forgotten_once_the_password_was_right(app: Flask) -> None:
    for slips in (MOST_FOR_LOGIN - 1, 2):
        client = app.test_client()
        for _ in range(slips):
            assert sign_in(client, password="wrong password") == 400
        assert sign_in(client) == 303


def test_no_address_and_no_login_is_kept_with_the_count(app: Flask, database: Database) -> None:
    sign_in(app.test_client(), login="wang")
    with database.read_session() as session:
        kept = " ".join(session.scalars(select(GuessCount.subject)))
    assert kept
    assert "wang" not in kept
    assert "127.0.0" not in kept


# The session


def test_each_sign_in_has_a_token_of_its_own_and_ends_the_one_before(app: Flask) -> None:
    client = signed_in(app)
    before = cookie(client)
    thief = app.test_client()
    thief.set_cookie("punctual_staff", before)
    assert sign_in_again(client) == 303
    assert cookie(client) != before
    assert client.get(FIGURES).status_code == 200
    assert thief.get(FIGURES).status_code == 401


def sign_in_again(client: FlaskClient) -> int:
    """The form lies in another tab: it was opened before the first sign-in, in the same browser."""
    other = client.application.test_client()
    token = form_token_in(other.get("/sign-in").text)
    forms = other.get_cookie("punctual_forms")
    assert forms is not None
    client.set_cookie("punctual_forms", forms.value)
    return client.post("/sign-in", data={"csrf_token": token, "login": "li.na", "password": PASSWORD}).status_code


def test_a_token_that_was_planted_is_not_taken_over(app: Flask) -> None:
    """No fixation: what the browser brought along is not what it leaves with."""
    client = app.test_client()
    client.set_cookie("punctual_staff", "planted by somebody")
    assert sign_in(client) == 303
    assert cookie(client) != "planted by somebody"


def test_a_stolen_token_is_worth_nothing_after_signing_out(app: Flask, database: Database) -> None:
    client = signed_in(app)
    thief = app.test_client()
    thief.set_cookie("punctual_staff", cookie(client))
    assert thief.get(FIGURES).status_code == 200
    token = form_token_in(client.get("/console/").text)
    assert client.post("/sign-out", data={"csrf_token": token}).headers["Location"] == "/sign-in"
    assert client.get_cookie("punctual_staff") is None
    assert thief.get(FIGURES).status_code == 401
    assert audited(database, "sign_out") == [("user:2", True)]


def test_an_unused_sign_in_ends_and_a_used_one_lasts_but_not_for_ever(app: Flask, clock: MovingClock) -> None:
    used, unused = signed_in(app), signed_in(app)
    begun = clock.at
    while clock.at + timedelta(hours=11) < begun + STAFF.longest:
        clock.pass_(timedelta(hours=11))
        assert used.get(FIGURES).status_code == 200
    assert unused.get(FIGURES).status_code == 401
    clock.at = begun + STAFF.longest
    assert used.get(FIGURES).status_code == 401


def test_one_sign_in_or_all_of_a_person_can_be_revoked(app: Flask, database: Database) -> None:
    first, second, third = signed_in(app), signed_in(app), signed_in(app)
    with database.write_session() as session:
        one = session.scalars(select(SignIn.id).where(SignIn.token_hash == hash_token(cookie(first)))).one()
        assert revoke_sign_ins(session, sign_in_id=one, machine_now=NOW) == 1
        assert revoke_sign_ins(session, machine_now=NOW) == 0
    assert [client.get(FIGURES).status_code for client in (first, second, third)] == [401, 200, 200]
    with database.write_session() as session:
        assert revoke_sign_ins(session, user_id=2, machine_now=NOW) == 2
    assert [client.get(FIGURES).status_code for client in (first, second, third)] == [401, 401, 401]


@pytest.mark.parametrize("what", ["deactivated", "password"])
def test_whoever_loses_the_account_or_the_password_is_out_at_once(app: Flask, database: Database, what: str) -> None:
    client = signed_in(app)
    client_for_staff(app, Role.ADMIN, login="boss")
    with database.write_session() as session:
        session.scalars(select(User).where(User.login == "boss")).one().password_hash = "kept"
        user = session.get_one(User, 2)
        if what == "deactivated":
            deactivate_user(session, user, machine_now=NOW)
        else:
            set_password(session, user, CHEAP.hash("something else"), machine_now=NOW)
    assert client.get(FIGURES).status_code == 401
    assert sign_in(app.test_client()) == 400


# Where one goes


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/console/plans?from=2026-11-24", "/console/plans?from=2026-11-24"),
        ("", "/console/"),
        ("https://evil.example/", "/console/"),
        ("//evil.example/console", "/console/"),
        ("/\\evil.example", "/console/"),
        ("console", "/console/"),
        ("/console\r\nSet-Cookie: a=b", "/console/"),
        ("javascript:alert(1)", "/console/"),
    ],
)
def test_nobody_is_sent_away_to_another_site(wanted: str, goes_to: str) -> None:
    assert local_path(wanted, "/console/") == goes_to


def test_after_signing_in_one_goes_on(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, wanted="/console/plans?from=2026-11-24")
    assert _answers[client].headers["Location"] == "/console/plans?from=2026-11-24"
    sign_in(other := app.test_client(), wanted="//evil.example/console")
    assert _answers[other].headers["Location"] == "/console/"


def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(app: Flask) -> None:
    answer = app.test_client().get("/console/audit?who=li.na")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/console/audit?who%3Dli.na")
    assert "no-cache" in answer.headers["Cache-Control"]
    script = app.test_client().get("/console/day.json", headers={"Sec-Fetch-Dest": "empty"})
    assert (script.status_code, script.get_json()["error"]) == (401, "not_signed_in")


def test_whoever_is_signed_in_need_not_sign_in_again(app: Flask) -> None:
    assert signed_in(app).get("/sign-in?next=/status").headers["Location"] == "/status"


def test_the_first_page_leads_to_where_one_belongs(app: Flask) -> None:
    assert app.test_client().get("/").headers["Location"] == "/sign-in"
    assert signed_in(app).get("/").headers["Location"] == "/console/"


# The cookie


def test_over_https_the_cookie_is_bound_to_the_host_and_to_https(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    fields = {"csrf_token": form_token_in(page.text), "login": "li.na", "password": PASSWORD}
    answer = client.post("/sign-in", data=fields, base_url="https://localhost")
    (given,) = [one for one in answer.headers.getlist("Set-Cookie") if "staff" in one]
    assert given.startswith("__Host-punctual_staff=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(given.split("; "))
    assert "Domain" not in given


def test_without_https_it_works_on_this_machine(app: Flask) -> None:
    client = app.test_client()
    sign_in(client)
    (given,) = [one for one in _answers[client].headers.getlist("Set-Cookie") if "staff" in one]
    assert given.startswith("punctual_staff=")
    assert {"HttpOnly", "SameSite=Lax"} <= set(given.split("; "))
    assert "Secure" not in given.split("; ")
