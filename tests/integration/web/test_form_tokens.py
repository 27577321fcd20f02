"""Nothing is changed by a request that a page of ours did not send: every unsafe route is tried."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from dispatch.db import Database
from dispatch.rules.vocabulary import Role
from tests.signing_in import SignedInClient, client_for_staff, client_for_technician, form_token_in
from tests.two_territories import TwoTerritories, two_territories
from web.auth import Door, access_of
from web.form_tokens import SAFE_METHODS
from web.technician.phone_parts import PhoneParts

JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def both(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoTerritories]:
    """One installation for all: what is asked of it is refused."""
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("tokens") / "punctual.sqlite3")
    database = Database(f"sqlite:///{file}")
    yield two_territories(database)
    database.dispose()


def unsafe(app: Flask) -> list[tuple[Rule, str, Door]]:
    """Every route and method that may change something."""
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint])
        assert access is not None
        found += [(rule, method, access.door) for method in sorted((rule.methods or set()) - SAFE_METHODS)]
    return found


def address(rule: Rule) -> str:
    numbers = {name for name, kind in rule._converters.items() if isinstance(kind, IntegerConverter)}
    built = rule.build({name: 1 if name in numbers else "x" for name in rule.arguments}, append_unknown=False)
    assert built is not None
    return built[1]


def clients(both: TwoTerritories) -> dict[Door, FlaskClient]:
    return {
        Door.STAFF: client_for_staff(both.app, Role.ADMIN),
        Door.TECHNICIAN: client_for_technician(both.app, both.home.ids["technician_id"]),
        Door.ANYBODY: both.app.test_client(),
    }


def test_every_unsafe_route_refuses_a_request_without_a_token_or_with_anothers(both: TwoTerritories) -> None:
    routes = unsafe(both.app)
    assert len(routes) > 30
    by_door = clients(both)
    stranger = both.app.test_client()
    others = form_token_in(stranger.get("/sign-in").text)
    passed = []
    for rule, method, door in routes:
        if door is Door.PROVIDER:
            continue
        client = by_door[door]
        for token in ({}, {"X-CSRF-Token": others}, {"X-CSRF-Token": "1"}):
            answer = FlaskClient.open(client, address(rule), method=method, headers=JSON | token)
            if answer.status_code != 400 or answer.get_json()["error"] != "not_from_our_page":
                passed.append((str(rule), method, answer.status_code))
    assert passed == []


def test_a_token_is_good_for_its_own_sign_in_only(both: TwoTerritories) -> None:
    admin, other = client_for_staff(both.app, Role.ADMIN), client_for_staff(both.app, Role.ADMIN, login="other")
    admin.form_token = other.form_token
    assert admin.post("/sign-out", headers=JSON).status_code == 400
    technician = client_for_technician(both.app, both.home.ids["technician_id"])
    technician.form_token = other.form_token
    assert technician.post("/t/sign-out", headers=JSON).status_code == 400


def test_a_form_cookie_that_was_planted_opens_no_signed_in_view(both: TwoTerritories) -> None:
    """Whoever plants a cookie and its token in somebody's browser gains nothing."""
    planted = both.app.test_client()
    token = form_token_in(planted.get("/sign-in").text)
    forms = planted.get_cookie("punctual_forms")
    assert forms is not None
    admin = client_for_staff(both.app, Role.ADMIN)
    admin.set_cookie("punctual_forms", forms.value)
    assert admin.post("/sign-out", headers={"X-CSRF-Token": token}).status_code == 400


@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_browser_that_says_another_site_sends_it_is_believed(both: TwoTerritories, said: dict[str, str]) -> None:
    admin = client_for_staff(both.app, Role.ADMIN)
    answer = admin.post("/sign-out", headers=JSON | said)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "not_from_our_page")


@pytest.mark.parametrize(
    "said", [{}, {"Origin": "null"}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_a_request_of_our_page_passes(both: TwoTerritories, said: dict[str, str]) -> None:
    admin = client_for_staff(both.app, Role.ADMIN)
    assert admin.post("/sign-out", headers=said).headers["Location"] == "/sign-in"


def test_the_refusal_is_a_page_in_the_readers_language(both: TwoTerritories) -> None:
    client = both.app.test_client()
    answer = client.post("/sign-in", data={"login": "a"}, headers={"Accept-Language": "zh-TW", "Accept": "text/html"})
    assert answer.status_code == 400
    assert "表單已過期" in answer.text
    assert '<html lang="zh-Hant-TW">' in answer.text


def test_pages_for_those_who_are_signed_in_bring_the_token_for_scripts(both: TwoTerritories) -> None:
    admin: SignedInClient = client_for_staff(both.app, Role.ADMIN)
    assert f'<meta name="csrf-token" content="{admin.form_token}">' in admin.get("/console/people").text
    assert "csrf-token" not in both.app.test_client().get("/status").text


def test_every_form_of_every_template_brings_a_token(both: TwoTerritories) -> None:
    """By `csrf_field()`, or by what begins a report on the phone, which holds it."""
    templates = Path(__file__).resolve().parents[3] / "web" / "templates"
    lacking = []
    for template in sorted(templates.rglob("*.html")):
        for form in template.read_text("utf-8").split("<form")[1:]:
            head, _, rest = form.partition(">")
            body = rest.partition("</form>")[0]
            if 'method="post"' in head and "csrf_field()" not in body and "parts.form_head(" not in body:
                lacking.append(template.name)
    assert lacking == []
    with both.app.test_request_context("/t/"):
        assert form_token_in(PhoneParts(1).form_head("set_off"))
