"""The console without a mouse: sign in, reach a visit on the board, pin it, sign out (WCAG 2.1.1, 2.4.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from dispatch.passwords import generate_password, hash_password
from dispatch.rules.vocabulary import Role
from dispatch.services.create_user import create_user
from dispatch.services.grant_role import grant_role
from tests.browser.conftest import Visit
from tests.browser.running_city import RunningCity

LOGIN = "keys"
#: more stops of the Tab key than there are on the way to anything
MOST_TABS = 60


def test_a_visit_is_pinned_without_a_mouse(city: RunningCity, visit: Visit) -> None:
    password = account(city)
    visitor = visit()
    page = visitor.open("/console/")
    expect(page).to_have_url(f"{city.url}/sign-in?next=/console/")
    expect(page.get_by_label("Login")).to_be_focused()
    page.keyboard.type(LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Gulou")

    # past the navigation, into the timeline, along a route
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    timeline = page.get_by_role("application", name="Timeline")
    reach(page, timeline)
    page.keyboard.press("ArrowRight")
    details = page.locator("[data-part=details]")
    expect(details).to_be_visible()
    first = details.get_by_role("heading").inner_text()
    page.keyboard.press("ArrowRight")
    expect(details.get_by_role("heading")).not_to_have_text(first)
    expect(timeline).to_be_focused()
    visitor.looked_at("keyboard-details")
    assert visitor.faults() == []

    # to what can be done, and the focus stays there although the board is drawn anew
    reach(page, details.get_by_role("button", name="Pin", exact=True))
    page.keyboard.press("Enter")
    expect(details.get_by_role("button", name="Unpin")).to_be_focused()
    expect(details).to_contain_text("pinned")
    expect(page.get_by_role("status").filter(has_text="Done.")).to_be_visible()
    visitor.looked_at("keyboard-pinned")
    page.keyboard.press("Escape")
    expect(details).to_be_hidden()
    expect(timeline).to_be_focused()

    # the same from the table
    reach(page, page.get_by_role("button", name="Table"), back=True)
    page.keyboard.press("Enter")
    opener = page.locator("[data-part=table-rows]").get_by_role("button").nth(2)
    reach(page, opener)
    page.keyboard.press("Enter")
    expect(details.get_by_role("heading")).to_be_focused()
    reach(page, details.get_by_role("button", name="Close"))
    page.keyboard.press("Enter")
    expect(opener).to_be_focused()

    reach(page, page.get_by_role("button", name="Sign out"), back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Login")).to_be_focused()
    assert page.request.get(f"{city.url}/console/day.json").status == 401


def account(city: RunningCity) -> str:
    """A dispatcher's account as a manager makes one; its password."""
    password, now = generate_password(), datetime.now(UTC)

    def make(session: Session) -> None:
        user = create_user(session, LOGIN, "Keys Only", password_hash=hash_password(password, LOGIN), now=now)
        grant_role(session, user, Role.DISPATCHER)

    city.day.world.do(make)
    return password


def reach(page: Page, wanted: Locator, *, back: bool = False) -> None:
    """Press Tab until the focus is there; what has it must be seen to have it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            ring = wanted.evaluate("element => getComputedStyle(element).outlineStyle")
            assert ring != "none", f"no outline: {wanted}"
            return
    raise AssertionError(f"Tab never came to {wanted}")
