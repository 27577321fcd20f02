"""A dispatcher's morning in the console: an order is taken and planned, and somebody does not come to work."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from dispatch.models import Technician
from tests.booking import DAY, LAT, LON
from tests.browser.conftest import Visit
from tests.browser.running_city import RunningCity

#: the worker claims, starts an optimizer, solves, checks
PLAN_MS = 60_000
SOON_MS = 45_000


def test_an_order_is_taken_planned_and_seen_on_the_board(city: RunningCity, visit: Visit) -> None:
    visitor = visit()
    city.sign_in(visitor.page)
    number = take_order(visitor.open("/console/orders/new"))
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Repair {number}")
    expect(page.locator("section").filter(has=page.get_by_role("heading", name="Promises"))).to_contain_text("running")
    visitor.looked_at("planning-order")
    assert visitor.faults() == []

    visitor.open("/console/plans")
    page.get_by_label("From").fill(DAY)
    page.get_by_label("Until (at most").fill(DAY)
    page.get_by_label("Seconds to think").fill("1")
    page.get_by_role("button", name="Make a plan").click()
    added = page.get_by_role("row").filter(has_text=number)
    expect(added).to_contain_text("new", timeout=PLAN_MS)
    expect(page.get_by_text("No customer was told anything that would no longer be true.")).to_be_visible()
    visitor.looked_at("planning-difference")
    assert visitor.faults() == []

    page.get_by_role("button", name="Publish the whole plan").click()
    expect(page.locator("main")).to_contain_text("The routes are the truth now", timeout=SOON_MS)
    visitor.looked_at("planning-published")
    visitor.open("/console/")
    page.get_by_role("button", name="Table").click()
    row = page.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("Li Na")
    expect(page.get_by_role("application")).to_be_hidden()
    page.get_by_role("button", name="Timeline").click()
    expect(page.locator(".vis-item.vis-range").filter(has_text=number)).to_be_visible()
    visitor.looked_at("planning-board")


def test_a_window_is_chosen_at_the_desk(city: RunningCity, visit: Visit) -> None:
    visitor = visit()
    city.sign_in(visitor.page)
    take_order(visitor.open("/console/orders/new"))
    page = visitor.page
    page.get_by_role("button", name="Look for windows").click()
    offered = page.locator("button[name=offer_id]")
    from_time, until_time = re.findall(r"\d\d:\d\d", offered.last.inner_text())
    visitor.looked_at("planning-windows")
    offered.last.click()
    expect(page.get_by_role("term").filter(has_text="Booked")).to_be_visible()
    expect(page.locator("main")).to_contain_text(re.compile(rf"Booked\s*11-24 {from_time}\s*\W\s*{until_time}"))
    expect(page.get_by_role("region", name="Story")).to_contain_text("is booked")
    assert visitor.faults() == []


def test_the_day_is_repaired_by_rule_and_then_by_a_decision(city: RunningCity, visit: Visit) -> None:
    visitor = visit()
    city.sign_in(visitor.page)
    page = visitor.open("/console/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Table").click()

    # the others can take over all that one technician has: nobody has to decide
    first, *_ = by_load(city)
    theirs = [city.order(one).number for one in city.day.route(first)]
    report_absent(page, theirs[0])
    for number in theirs:
        expect(row_of(page, number)).not_to_contain_text(badge(city, first), timeout=PLAN_MS)
    expect(page.get_by_role("button", name="Publish the repair")).to_be_hidden()
    visitor.looked_at("planning-repaired")

    # nobody is left for what the next one has been promised to do
    _, last = by_load(city)[-2:]
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
    """The technicians, whoever has least to do first."""
    return sorted(city.technicians, key=lambda one: len(city.day.route(one)))


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


def take_order(page: Page) -> str:
    """A repair in the garden, taken at the desk; its number."""
    page.get_by_label("Kind").select_option(label="Repair")
    page.get_by_label("Street").first.fill("Lake Road")
    page.get_by_label("House number").first.fill("7")
    page.get_by_label("Latitude").fill(str(LAT + 0.01))
    page.get_by_label("Longitude").fill(str(LON))
    page.get_by_label("Subscriber's name").fill("Chen Mei")
    page.get_by_label("Subscriber's phone").fill("+8613900000777")
    page.get_by_label("Language of messages").select_option(label="English")
    page.get_by_role("button", name="Take the order").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Repair")
    return heading.inner_text().split()[-1]
