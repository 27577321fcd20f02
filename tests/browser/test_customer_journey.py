"""A customer changes the time on a phone and is told; what is written to a handset appears by itself."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.running_city import RunningCity


def test_the_time_is_changed_with_two_taps(city: RunningCity, visit: Visit) -> None:
    visitor = visit(PHONE, "zh-CN")
    page = visitor.open(city.link(city.visits[-1]))
    page.get_by_role("button", name=re.compile("改时间|选择时间")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("选择上门时间")
    assert visitor.faults() == []
    page.locator("button[name=offer]").first.click()
    expect(page.locator("[data-said]")).to_have_text("时间已约好。")
    expect(page).not_to_have_url(re.compile("said"))  # what was done is said once
    assert visitor.faults() == []
    assert visitor.overflow() <= 0


def test_number_and_code_open_the_page_without_a_secret_in_its_address(city: RunningCity, visit: Visit) -> None:
    visitor = visit(PHONE, "zh-CN")
    page = visitor.open("/o")
    wanted = city.visits[1]
    page.get_by_label("单号").fill(city.order(wanted).number)
    page.get_by_label("查询码").fill(city.code(wanted).lower())
    page.get_by_role("button", name="查询").click()
    expect(page.locator("main")).to_contain_text("对您的承诺")
    expect(page).to_have_url(re.compile("/o/mine$"))


def test_a_handset_is_answered_and_shows_the_answer_by_itself(city: RunningCity, visit: Visit) -> None:
    visitor = visit(DESKTOP, "en")
    city.sign_in(visitor.page)
    page = visitor.open(f"/sandbox?wanted={city.order(city.visits[2]).number}")
    page.locator("[data-handset]").first.click()
    ours = page.locator(".bubbles .ours")
    page.get_by_label("Answer as its owner would").fill("1")
    before = ours.count()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubbles .theirs")).to_have_count(1)
    expect(ours).to_have_count(before + 1, timeout=20_000)
    assert visitor.faults() == []
