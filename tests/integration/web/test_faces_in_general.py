"""What all pages share: languages, what browsers may do, what is said when something cannot be done."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from dispatch.db import Database
from dispatch.settings import Settings
from web.app import create_app
from web.auth import ViewWithoutAccess, register_access_control
from web.security_headers import InvalidTileAddress


def client(url: str, **settings: str) -> FlaskClient:
    return create_app(Database(url), Settings.model_validate({"database_url": url, **settings})).test_client()


# Languages


def test_a_language_that_is_chosen_stays_chosen(sqlite_url: str) -> None:
    reader = client(sqlite_url)
    german = {"Accept-Language": "de"}
    assert '<html lang="en">' in reader.get("/sign-in", headers=german).text
    page = reader.get("/sign-in?lang=zh_Hant_TW&next=/status", headers=german)
    assert '<html lang="zh-Hant-TW">' in page.text
    assert {"Accept-Language", "Cookie"} <= set(page.headers["Vary"].split(", "))
    later = reader.get("/sign-in", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-Hant-TW">' in later.text


@pytest.mark.parametrize("chosen", ["fr", "zh", "../../etc", "", "<script>"])
def test_a_language_that_we_do_not_have_changes_nothing(sqlite_url: str, chosen: str) -> None:
    reader = client(sqlite_url)
    page = reader.get("/sign-in", query_string={"lang": chosen}, headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-Hans-CN">' in page.text
    assert reader.get_cookie("language") is None
    reader.set_cookie("language", chosen or "x")
    assert '<html lang="en">' in reader.get("/sign-in").text


def test_the_menu_names_each_language_in_itself_and_keeps_the_page(sqlite_url: str) -> None:
    page = client(sqlite_url).get("/sign-in?next=/console/audit").text
    for name in ("English", "简体中文", "繁體中文"):
        assert name in page
    assert "?next=%2Fconsole%2Faudit&amp;lang=zh_Hans_CN" in page


# What browsers may do


def test_a_tile_server_is_named_in_the_policy_of_the_console_only(sqlite_url: str) -> None:
    reader = client(sqlite_url, map_tile_url="https://{s}.tiles.example:8443/{z}/{x}/{y}.png?key=secret")
    policy = reader.get("/console/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://*.tiles.example:8443" in policy.split("; ")
    assert "secret" not in policy
    assert "default-src 'self'" in policy
    for path in ("/sign-in", "/t/sign-in", "/status"):
        assert "tiles" not in reader.get(path).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    ["tiles.example/{z}", "https://a b/{z}", "https://x; script-src *", "javascript:alert(1)", "https:///{z}"],
)
def test_a_tile_address_that_would_widen_the_policy_is_refused(sqlite_url: str, address: str) -> None:
    with pytest.raises(InvalidTileAddress):
        client(sqlite_url, map_tile_url=address)


def test_only_a_technicians_phone_may_be_asked_where_it_is(sqlite_url: str) -> None:
    reader = client(sqlite_url)
    assert "geolocation=(self)" in reader.get("/t/sign-in").headers["Permissions-Policy"]
    for path in ("/sign-in", "/console/", "/healthz"):
        policy = reader.get(path).headers["Permissions-Policy"]
        assert "geolocation=()" in policy
        assert "camera=()" in policy


# What cannot be done


def test_a_page_that_is_not_there_is_said_to_a_person_and_to_a_script(sqlite_url: str) -> None:
    reader = client(sqlite_url)
    page = reader.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    assert page.status_code == 404
    assert "没有这个页面" in page.text
    answer = reader.get("/nowhere.json")
    assert (answer.status_code, answer.get_json()["error"]) == (404, "page_not_found")
    wrong = reader.delete("/sign-in", headers={"Accept": "application/json"})
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["Allow"]


def test_a_slip_of_ours_shows_nothing_of_the_inside(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    reader = client(sqlite_url)
    view = "sign_in_pages.sign_in"
    mark = reader.application.view_functions[view]

    def slip() -> str:
        raise RuntimeError("the inside")

    slip.__dict__.update(mark.__dict__)
    reader.application.view_functions[view] = slip
    page = reader.get("/sign-in")
    assert page.status_code == 500
    assert "went wrong on our side" in page.text
    assert "the inside" not in page.text
    assert "the inside" in caplog.text


def test_a_view_that_does_not_say_who_may_open_it_keeps_the_program_from_starting(sqlite_url: str) -> None:
    app = client(sqlite_url).application
    app.view_functions["forgotten"] = lambda: "anybody sees it"
    with pytest.raises(ViewWithoutAccess, match="forgotten"):
        register_access_control(app)
