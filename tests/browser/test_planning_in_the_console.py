"""A dispatcher's morning in the console: an order is taken, planned, and a window chosen for another."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

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


def test_the_list_of_plans_follows_each_of_them_to_its_end(city: RunningCity, visit: Visit) -> None:
    visitor = visit()
    city.sign_in(visitor.page)
    page = visitor.open("/console/plans")
    page.evaluate("window.sameDocument = true")
    known = page.locator(".row-link").first
    known.focus()
    address = known.get_attribute("href")
    plan = city.day.request(key="while somebody looks")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=str(plan), exact=True))
    expect(row).to_contain_text("draft", timeout=PLAN_MS)
    expect(row).to_contain_text("solver")
    expect(page.get_by_role("status").filter(has_text=f"Plan {plan} is now: draft.")).to_have_count(1)
    assert page.evaluate("document.activeElement.getAttribute('href')") == address
    assert page.evaluate("window.sameDocument") is True
    visitor.looked_at("planning-list")
    assert visitor.faults() == []


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
