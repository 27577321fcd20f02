"""Asking for windows that are surely kept: the form, what it refuses, and what the plan's page says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.booking import DAY
from tests.browser.conftest import DESKTOP, PHONE, Visit
from tests.browser.running_city import RunningCity

SIZES = {"desktop": DESKTOP, "phone": PHONE}
#: the browser's language, what the form calls it, what it says of 49 %, and what the page says of 99.5 %
WORDS = {
    "en": ("Keep windows with at least", "from 50 to 99.9", r"kept with at least 99\.5%\. So are \d+ of \d+\."),
    "zh-CN": ("按时段上门的把握至少为", "50 至 99.9 之间", r"把握至少为 99\.5%.\d+ 个时段中有 \d+ 个达到"),
    "zh-TW": ("按時段到府的把握至少為", "50 至 99.9 之間", r"把握至少為 99\.5%.\d+ 個時段中有 \d+ 個達到"),
}


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh-CN"), ("desktop", "zh-TW")])
def test_how_surely_is_asked_refused_and_answered(city: RunningCity, visit: Visit, size: str, language: str) -> None:
    label, refused, answer = WORDS[language]
    visitor = visit(size=SIZES[size], language=language)
    city.sign_in(visitor.page)
    page = visitor.open("/console/plans")
    field = page.get_by_label(label)
    page.locator("#from").fill(DAY)
    page.locator("#until").fill(DAY)
    field.evaluate("field => field.form.noValidate = true")  # what a browser refuses by itself, another lets pass
    field.fill("49")
    field.press("Enter")
    expect(page.locator("#error-confidence")).to_contain_text(refused)
    expect(field).to_have_value("49")
    expect(field).to_have_accessible_description(re.compile(refused))
    visitor.looked_at(f"how-surely-form-{size}-{language}")
    assert (visitor.faults(), visitor.overflow()) == ([], 0)

    late = city.day.customer(minutes=110), city.day.customer(minutes=30)
    for one, window in zip(late, ("08:30-09:00", "11:00-11:30"), strict=True):
        city.day.book_by_hand(one, window)
    city.day.customer(skills=["height"])
    plan = city.day.draft(confidence_permille=995)
    visitor.open(f"/console/plans/{plan}")
    expect(page.locator("main")).to_contain_text(re.compile(answer))
    doubtful = page.locator("section").filter(has=page.locator("#doubtful-heading"))
    expect(doubtful.get_by_role("row").nth(1)).to_contain_text("%")
    visitor.looked_at(f"how-surely-plan-{size}-{language}")
    assert (visitor.faults(), visitor.overflow()) == ([], 0)
