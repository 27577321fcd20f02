"""A browser, pages served by the real program, and what every page must be: accessible, and quiet in the console."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright

from tests.browser.running_city import RunningCity
from tests.chromium import OPTIONS, find_chromium
from tests.conftest import ROOT

AXE = ROOT / "web" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
#: a browser says so of every answer that is not a success; the test knows what it asked for
_EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    # the timeline's library, when it measures itself at the moment at which the table takes its place
    "Something is wrong with the Timeline scale",
)


@pytest.fixture(scope="session")
def playwright_started() -> Iterator[Playwright]:
    """Playwright, for as long as this process tests."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright_started: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests of this process; without one they are skipped."""
    program = find_chromium(playwright_started)
    if program is None:
        pytest.skip("no Chromium: `make browser` says why")
    launched = playwright_started.chromium.launch(executable_path=program, args=list(OPTIONS))
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[RunningCity]:
    """A small city whose day is planned and published, served by the program itself."""
    with RunningCity.started(tmp_path_factory.mktemp("city"), sqlite_template) as running:
        yield running


@dataclass
class Visitor:
    """A person at a browser: opens pages, and is told what is wrong with them."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the product and wait until it has loaded."""
        answer = self.page.goto(f"{self.base}{path}", wait_until="load")
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page

    def faults(self) -> list[str]:
        """What axe finds on the page as it is now (WCAG 2.2 A and AA), one line each."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
        found: dict[str, Any] = self.page.evaluate(f"axe.run(document, {json.dumps(options)})")
        return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]

    def overflow(self) -> int:
        """How many pixels of the page lie beyond its right edge."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wide

    def looked_at(self, name: str) -> None:
        """Keep a picture of the page if somebody asked for pictures (`PUNCTUAL_SCREENSHOTS=folder`)."""
        folder = os.environ.get("PUNCTUAL_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, city: RunningCity) -> Iterator[Visit]:
    """Begin a visit: `visit(size=PHONE, language="zh-CN")`. At the end nothing may stand in its console."""
    begun: list[Visitor] = []
    with ExitStack() as contexts:

        def begin(size: ViewportSize = DESKTOP, language: str = "en", **options: Any) -> Visitor:
            context = browser.new_context(viewport=size, locale=language, has_touch=size is PHONE, **options)
            context.set_default_timeout(20_000)
            contexts.callback(context.close)
            visitor = Visitor(context.new_page(), city.url)
            visitor.page.on("console", lambda said: _complain(visitor, said.type, said.text))
            visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
            begun.append(visitor)
            return visitor

        yield begin
    if sys.exc_info()[0] is None:
        assert [complaint for one in begun for complaint in one.complaints] == []


def _complain(visitor: Visitor, kind: str, text: str) -> None:
    if kind in ("error", "warning") and not text.startswith(_EXPECTED):
        visitor.complaints.append(f"{kind}: {text}")
