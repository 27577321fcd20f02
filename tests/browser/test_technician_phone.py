"""A technician's phone in a real browser: taps are kept while the network is away, and nothing is pretended."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from dispatch.db import Database
from dispatch.rules.lifecycles import VisitStatus
from tests.browser.conftest import AXE, PHONE
from tests.phoning import DEVICE, PhonePages
from tests.planning import PlanningDay


class QuietHandler(WSGIRequestHandler):
    """Prints no line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - Werkzeug's name
        """Nothing."""


@pytest.fixture
def pages(sqlite_url: str) -> Iterator[tuple[PhonePages, str]]:
    """A phone with one visit that was sent, and where its pages are."""
    database = Database(sqlite_url)
    day = PlanningDay.begin(database, "2026-11-24 08:00")
    technician = day.technician()
    visit = day.customer()
    day.place(technician, [(visit, "10:00")])
    day.reach(visit, VisitStatus.SENT)
    day.tell(visit, "09:30", "11:30")
    phone = PhonePages.of(day, technician)
    server = make_server("127.0.0.1", 0, phone.app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield phone, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose()


@pytest.fixture
def handset(browser: Browser, pages: tuple[PhonePages, str]) -> Iterator[BrowserContext]:
    """A browser of a phone's size in which the technician is signed in."""
    phone, address = pages
    context = browser.new_context(viewport=PHONE, locale="en", has_touch=True)
    context.set_default_timeout(20_000)
    token = phone.client.get_cookie("punctual_technician")
    assert token is not None
    context.add_cookies(
        [
            {"name": "punctual_technician", "value": token.value, "url": address},
            {"name": "punctual_device", "value": DEVICE, "url": f"{address}/t/"},
        ]
    )
    yield context
    context.close()


def faults(page: Page) -> list[str]:
    """What axe finds, with every part of the page opened."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = page.evaluate("(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", tags)
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


def test_a_visit_is_reported_while_the_network_is_away(pages: tuple[PhonePages, str], handset: BrowserContext) -> None:
    phone, address = pages
    (visit,) = phone.day.route(phone.technician)
    page = handset.new_page()
    page.goto(f"{address}/t/visits/{visit}")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("[data-sending]")).to_have_text("All sent")
    expect(page.locator("#agree")).to_be_visible()
    assert phone.day.status(visit) == "accepted"
    page.reload()
    expect(page.locator("[data-sending]")).to_have_text("All sent")

    handset.set_offline(True)
    page.get_by_role("button", name="10:30").click()
    page.get_by_role("button", name="On my way").click()
    page.get_by_role("button", name="I am at the door").click()
    expect(page.locator("[data-sending]")).to_have_text("No network. Not sent yet: 3")
    expect(page.locator(".door-code")).to_be_visible()
    expect(page.locator(".visit-when")).to_have_text("10:30")
    page.reload()
    expect(page.locator("[data-sending]")).to_have_text("No network. Not sent yet: 3")
    expect(page.locator(".visit-head [data-unsent]")).to_be_visible()
    assert phone.day.status(visit) == "accepted"

    handset.set_offline(False)
    expect(page.locator("[data-sending]")).to_have_text("All sent")
    assert phone.day.status(visit) == "on_site"
    assert phone.day.world.local(phone.day.visit(visit).appointed_at) == "2026-11-24 10:30"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(
    pages: tuple[PhonePages, str], handset: BrowserContext, scheme: str
) -> None:
    phone, address = pages
    (visit,) = phone.day.route(phone.technician)
    for report in ("accepted", "set_off", "arrived"):
        phone.press(visit, report)
    page = handset.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in ("/t/", f"/t/visits/{visit}", f"/t/visits/{visit}/card"):
        page.goto(f"{address}{path}")
        assert faults(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
    assert complaints == []


def test_a_close_out_says_what_it_lacks_and_survives_a_reload(
    pages: tuple[PhonePages, str], handset: BrowserContext
) -> None:
    phone, address = pages
    (visit,) = phone.day.route(phone.technician)
    for report in ("accepted", "set_off", "arrived"):
        phone.press(visit, report)
    page = handset.new_page()
    page.goto(f"{address}/t/visits/{visit}")
    page.locator("#optical-power").fill("26,1")
    expect(page.locator("[data-power-hint]")).to_have_text("Inside the limits, but close to one.")
    page.locator("#optical-power").fill("28")
    expect(page.locator("[data-power-hint]")).to_have_text("Outside the limits: -27 to -8 dBm.")
    page.get_by_role("button", name="Done: send").click()
    expect(page.locator("[data-missing-list]")).to_contain_text("Cleaned up")
    assert phone.day.status(visit) == "on_site"
    page.reload()
    expect(page.locator("#optical-power")).to_have_value("28")
    page.get_by_role("button", name="Done: send").click()
    page.get_by_role("button", name="Send as it is").click()
    expect(page.locator(".visit-head .status")).to_have_text("completed")
    expect(page.locator("[data-sending]")).to_have_text("All sent")
    assert phone.day.status(visit) == "completed"
