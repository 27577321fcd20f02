"""Every page, as staff, technicians and customers see it: whole, accessible, within its width, quiet in the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize

from tests.browser.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.browser.running_city import RunningCity

Entry = Callable[[RunningCity, Visitor], str]


def _staff(path: str) -> Entry:
    def enter(city: RunningCity, visitor: Visitor) -> str:
        city.sign_in(visitor.page)
        return path.format(order=city.order(city.visits[0]).id)

    return enter


def _technician(path: str) -> Entry:
    def enter(city: RunningCity, visitor: Visitor) -> str:
        technician = city.busy_technician()
        city.sign_in_technician(visitor.page, technician)
        return path.format(visit=city.first_visit_of(technician))

    return enter


def _customer(path: str) -> Entry:
    def enter(city: RunningCity, visitor: Visitor) -> str:
        language = visitor.page.evaluate("navigator.language")  # theirs: the order's page speaks the contact's
        return path.format(link=city.link(city.visits[0]), language=LANGUAGES[language])

    return enter


PAGES: dict[str, Entry] = {
    "board": _staff("/console/"),
    "plans": _staff("/console/plans"),
    "orders": _staff("/console/orders"),
    "order": _staff("/console/orders/{order}"),
    "new_order": _staff("/console/orders/new"),
    "cases": _staff("/console/cases"),
    "people": _staff("/console/people"),
    "audit": _staff("/console/audit"),
    "handsets": _staff("/sandbox"),
    "status": _staff("/status"),
    "sign_in": _customer("/sign-in"),
    "phone_sign_in": _customer("/t/sign-in"),
    "phone_day": _technician("/t/"),
    "phone_visit": _technician("/t/visits/{visit}"),
    "phone_card": _technician("/t/visits/{visit}/card"),
    "customer": _customer("{link}?lang={language}"),
    "customer_by_code": _customer("/o"),
    "promises": _customer("/promises"),
}
SIGHTS: tuple[tuple[str, ViewportSize, str], ...] = (
    ("desktop-en", DESKTOP, "en"),
    ("phone-hans", PHONE, "zh-CN"),
    ("phone-hant", PHONE, "zh-TW"),
)
#: a browser's language, and the catalogue that it gets
LANGUAGES = {"en": "en", "zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW"}


@pytest.mark.parametrize(("sight", "size", "language"), SIGHTS, ids=[sight for sight, _, _ in SIGHTS])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_accessible(
    city: RunningCity, visit: Visit, name: str, sight: str, size: ViewportSize, language: str
) -> None:
    visitor = visit(size, language)
    page = visitor.open(PAGES[name](city, visitor))
    visitor.looked_at(f"{name}-{sight}")
    assert page.title()
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == LANGUAGES[language].replace("_", "-")
    assert visitor.faults() == []
    assert visitor.overflow() <= 0
