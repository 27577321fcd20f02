"""A draft says of each visit that it leaves out what would make it fit."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.running_city import RunningCity

#: the browser's language, and how the sentence of a missing skill begins
SENTENCES = {
    "en": "Would fit with skill height",
    "zh-CN": "具备 1 级 height 技能即可排入",
    "zh-TW": "具備 1 級 height 技能即可排入",
}


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_draft_says_what_would_help(city: RunningCity, visit: Visit, language: str) -> None:
    """Nobody has the skill; of a visit longer than any day nothing small would help."""
    city.day.customer(skills=["height"])
    city.day.customer(minutes=900)
    plan = city.day.draft()
    visitor = visit(language=language)
    city.sign_in(visitor.page)
    page = visitor.open(f"/console/plans/{plan}")
    for closed in page.locator("details:not([open]) > summary").all():
        closed.click()
    expect(page.locator("p.remedy").filter(has_text=SENTENCES[language]).first).to_be_visible()
    visitor.looked_at(f"what-would-help-{language}")
    assert visitor.faults() == []
