"""One visit seen by three people: what the technician taps, the board and the customer's page show by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dispatch.rules.vocabulary import Role
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.running_city import RunningCity

#: what a worker has to do first, and a page that asks every few seconds
SOON_MS = 45_000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[RunningCity]:
    """A city twenty times as fast as a wall clock: what settles for a minute has settled in three seconds."""
    with RunningCity.started(tmp_path_factory.mktemp("fast"), sqlite_template, rate=20) as running:
        yield running


def test_three_people_see_one_visit(city: RunningCity, visit: Visit) -> None:
    technician = city.busy_technician()
    wanted = city.first_visit_of(technician)
    number = city.order(wanted).number

    phone, desk, home, bench = visit(PHONE), visit(DESKTOP), visit(PHONE), visit(DESKTOP)
    city.sign_in_technician(phone.page, technician)
    city.sign_in(desk.page, Role.DISPATCHER)
    city.sign_in(bench.page)
    board = desk.open("/console/")
    board.get_by_role("button", name="Table").click()
    row = board.get_by_role("row").filter(has_text=number)
    customer = home.open(f"{city.link(wanted)}?lang=en")
    taps = phone.open(f"/t/visits/{wanted}")

    # sent by itself, accepted on the phone (R17)
    expect(row).to_contain_text("sent to the technician", timeout=SOON_MS)
    press(taps, "Accept")
    expect(row).to_contain_text("accepted", timeout=SOON_MS)
    expect(said(customer, "Accepted by the technician")).to_be_visible(timeout=SOON_MS)

    # the customer is called, and a time is agreed (R10)
    taps.get_by_role("button", name="Reached", exact=True).click()
    sent(taps)
    choice = taps.locator("#agree .choices button").first
    agreed = choice.inner_text()
    choice.click()
    sent(taps)
    expect(row).to_contain_text("time agreed", timeout=SOON_MS)
    expect(said(customer, "Agreed time")).to_contain_text(agreed, timeout=SOON_MS)
    thread = handset_of(bench.open(f"/sandbox?wanted={number}"))
    expect(thread.filter(has_text=agreed).last).to_be_visible(timeout=SOON_MS)
    home.looked_at("journey-agreed-customer")
    desk.looked_at("journey-agreed-board")
    bench.looked_at("journey-agreed-handset")

    # the technician could be there long before it, and asks first (R11)
    taps.get_by_text("The customer allows an earlier arrival").click()
    press(taps, "The customer said yes")

    # on the way: an estimate, and the code that is said at the door (R20, R31)
    press(taps, "On my way")
    expect(row).to_contain_text("on the way", timeout=SOON_MS)
    expect(said(customer, "Expected (an estimate)")).to_contain_text(re.compile(r"\d\d:\d\d"), timeout=SOON_MS)
    expect(customer.get_by_role("heading", level=1)).to_contain_text("is on the way to you")
    compared = customer.locator("#door-code").inner_text()
    phone.looked_at("journey-on-the-way-phone")
    home.looked_at("journey-on-the-way-customer")

    press(taps, "I am at the door")
    expect(taps.locator(".door-code")).to_have_text(compared)
    expect(row).to_contain_text("on site", timeout=SOON_MS)
    expect(customer.get_by_role("heading", level=1)).to_contain_text("is with you", timeout=SOON_MS)

    # done means seen working (R24, R27)
    close_out(taps)
    phone.looked_at("journey-close-out-phone")
    press(taps, "Done: send")
    expect(taps.locator(".visit-head .status")).to_have_text("completed")
    sent(taps)
    expect(taps.locator("[data-visit]")).to_have_css("border-style", "none")  # only rows of lists are dashed
    phone.looked_at("journey-done-phone")
    expect(row).to_contain_text("completed", timeout=SOON_MS)
    expect(customer.locator(".promise-line")).to_contain_text("kept", timeout=SOON_MS)
    desk.looked_at("journey-done-board")
    home.looked_at("journey-done-customer")
    board.locator("[data-part=table-rows]").get_by_role("button", name=number).click()
    board.get_by_role("link", name="Order's story").click()
    story = board.get_by_role("region", name="Story")
    expect(story).to_contain_text("has done it")
    for promise in ("Acceptance", "Contact", "Arrival", "Install"):
        expect(story).to_contain_text(f"Kept: {promise}")
    desk.looked_at("journey-story")

    # one digit rates it (R60)
    expect(thread.filter(has_text=re.compile("评|满意")).last).to_be_visible(timeout=SOON_MS)
    bench.page.get_by_label("Answer as its owner would").fill("5")
    bench.page.get_by_role("button", name="Send").click()
    expect(customer.get_by_role("region", name="How was it?")).to_contain_text("You gave 5 of 5", timeout=SOON_MS)
    bench.looked_at("journey-rated-handset")
    for visitor in (phone, desk, home, bench):
        assert visitor.faults() == []
        assert visitor.overflow() <= 0


def press(taps: Page, name: str) -> None:
    """The technician taps the next step, and the phone sends it."""
    taps.get_by_role("button", name=name).click()
    sent(taps)


def sent(taps: Page) -> None:
    """Nothing waits on the phone any more."""
    expect(taps.locator("[data-sending]")).to_have_text("All sent")


def said(customer: Page, label: str) -> Locator:
    """The line of the customer's page that begins with these words."""
    return customer.locator("[data-live=now] dl.facts > div").filter(has_text=label)


def handset_of(bench: Page) -> Locator:
    """What we wrote to the only handset that was found, opened."""
    bench.locator("[data-handset]").first.click()
    return bench.locator(".bubbles .ours")


def close_out(taps: Page) -> None:
    """All that a good visit needs: readings inside the limits, and every question answered with yes."""
    form = taps.locator("form[data-report=closed_out]")
    for field, value in {"#optical-power": "19.5", "#serial-terminal": "HW-204-55"}.items():
        if form.locator(field).count():
            form.locator(field).fill(value)
    for rate in form.locator("[data-rate]").all():
        rate.fill("300")
    for question in form.get_by_role("radiogroup").all():
        question.get_by_label("Yes").check()
