"""A morning on which somebody does not come to work: the console shows what is repaired, and asks what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dispatch.models import Technician
from tests.browser.conftest import Visit
from tests.browser.running_city import RunningCity

#: the worker claims, starts an optimizer, solves, checks
PLAN_MS = 60_000
SOON_MS = 45_000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[RunningCity]:
    """One technician can do the three visits by ten o'clock, with a quarter of an hour to spare; there are two."""
    folder = tmp_path_factory.mktemp("absent")
    with RunningCity.started(folder, sqlite_template, technicians=2, customers=3, begins="08:00") as running:
        yield running


def test_the_day_is_repaired_by_rule_and_then_by_a_decision(city: RunningCity, visit: Visit) -> None:
    visitor = visit()
    city.sign_in(visitor.page)
    page = visitor.open("/console/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Table").click()

    # the other can take over all that one technician has: nobody has to decide
    first, *_ = by_load(city)
    theirs = [city.order(one).number for one in city.day.route(first)]
    report_absent(page, theirs[0])
    for number in theirs:
        expect(row_of(page, number)).not_to_contain_text(badge(city, first), timeout=PLAN_MS)
    expect(page.get_by_role("button", name="Publish the repair")).to_be_hidden()
    visitor.looked_at("planning-repaired")

    # nobody is left for what the other one has been promised to do
    *_, last = by_load(city)
    report_absent(page, city.order(city.first_visit_of(last)).number)
    publish = page.get_by_role("button", name="Publish the repair")
    expect(publish).to_be_visible(timeout=PLAN_MS)
    visitor.looked_at("planning-decision")
    assert visitor.faults() == []
    page.get_by_role("button", name="Leave the routes").click()
    expect(publish).to_be_hidden(timeout=SOON_MS)
    assert city.day.route(last) != []
    visitor.looked_at("planning-decided")


def by_load(city: RunningCity) -> list[int]:
    """The technicians with something to do, whoever has least first."""
    return sorted(filter(city.day.route, city.technicians), key=lambda one: len(city.day.route(one)))


def badge(city: RunningCity, technician: int) -> str:
    """What stands beside a technician's name."""
    with city.day.database.read_session() as session:
        return session.get_one(Technician, technician).badge


def row_of(page: Page, number: str) -> Locator:
    """The row of an order's visit in the table."""
    return page.locator("[data-part=table-rows] tr").filter(has_text=number)


def report_absent(page: Page, number: str) -> None:
    """Say on the board that whoever has this order is not there."""
    row_of(page, number).get_by_role("button").click()
    page.get_by_role("button", name="Report technician absent").click()
    expect(page.get_by_role("status").filter(has_text="Done.")).to_be_visible()
