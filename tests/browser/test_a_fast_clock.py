"""A city sixty times as fast as a wall clock: pages follow its time; what is held, and who is signed in, does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.running_city import RunningCity

RATE = 60
SOON_MS = 60_000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[RunningCity]:
    """A city in which a second is a minute."""
    with RunningCity.started(tmp_path_factory.mktemp("rushed"), sqlite_template, rate=RATE) as running:
        yield running


def test_the_city_runs_and_what_was_shown_is_kept(city: RunningCity, visit: Visit) -> None:
    desk, home, other = visit(), visit(PHONE), visit(PHONE)
    city.sign_in(desk.page)
    board = desk.open("/console/")
    last = city.visits[0]
    times = home.open(f"{city.link(last)}?lang=en")
    times.get_by_role("button", name="Change the time").click()
    offered = times.locator("button[name=offer]").last
    expect(offered).to_be_visible()
    began = shown(board, city)

    # the line of now stands where the clock stands, and both go on
    earliest = city.business_now()
    assert abs(line(board, city) - earliest) < timedelta(minutes=30)
    customer = other.open(f"{city.link(city.visits[-1])}?lang=en")
    headline = customer.get_by_role("heading", level=1).inner_text()
    assert "late" not in headline

    # nobody goes anywhere: first the board, then the customer's page say so by themselves
    expect(board.locator("[data-part=attention] li").first).to_be_visible(timeout=SOON_MS)
    expect(board.locator("[data-part=connection]")).to_have_text("Live")
    desk.looked_at("fast-board")
    now = shown(board, city)
    assert now - began > timedelta(minutes=6), "longer than a window is held for a page, were it business time"
    assert line(board, city) > earliest

    # what was shown minutes of business time ago can still be had: it is held by the machine's clock
    offered.click()
    expect(times.locator("[data-said]")).to_have_text("Your time is booked.")
    home.looked_at("fast-booked")
    assert desk.page.request.get(f"{city.url}/console/day.json").ok


def shown(board: Page, city: RunningCity) -> datetime:
    """The operator's clock as the board shows it."""
    text = board.locator("time[data-part=clock]").get_attribute("datetime")
    assert text is not None
    read = datetime.fromisoformat(text)
    assert abs(city.business_now() - read) < timedelta(minutes=RATE), "within a minute of the wall"
    return read


def line(board: Page, city: RunningCity) -> datetime:
    """Where the line of now stands."""
    title = board.locator(".vis-custom-time.now").get_attribute("title")
    assert title is not None
    return city.day.world.at(title)
