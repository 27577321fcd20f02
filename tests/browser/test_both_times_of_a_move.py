"""Who moves chooses a time for both visits with one tap on a phone (R02)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Absence, Shift
from tests.browser.conftest import DESKTOP, PHONE, Visit, Visitor
from tests.browser.running_city import RunningCity

NEXT = "2026-11-25"


@dataclass(frozen=True)
class Words:
    """What the pages say."""

    language: str
    both: str
    pair: str
    booked: str


ENGLISH = Words(
    "en",
    "Choose a time for both visits",
    "New place: tomorrow 08:00 to 12:00 Old place: tomorrow 13:00 to 17:00",
    "Both times are booked.",
)
CHINESE = Words(
    "zh_Hans_CN",
    "两次上门一起选时间",
    "新址\N{FULLWIDTH COLON}明天08:00至12:00 旧址\N{FULLWIDTH COLON}明天13:00至17:00",
    "两次上门时间都已约好。",
)
LOCALES = {"en": "en", "zh_Hans_CN": "zh-CN"}


@pytest.fixture
def move(city: RunningCity) -> tuple[int, int]:
    """The visits of somebody who moves; tomorrow there is a technician who has nothing to do yet."""
    city.day.technician("08:00-17:00", day=NEXT, skills=["fibre"])
    return city.day.move(north=0.01, old_north=0.03)


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_both_times_are_chosen_with_one_tap(
    city: RunningCity, visit: Visit, move: tuple[int, int], words: Words
) -> None:
    visitor = visit(PHONE, LOCALES[words.language])
    page = look_at_pairs(visitor, city, move, words)
    assert visitor.faults() == []
    assert visitor.overflow() <= 0
    page.get_by_role("button", name=words.pair).click()
    expect(page.locator("[data-said]")).to_have_text(words.booked)
    visitor.looked_at(f"both-booked-{words.language}")
    assert visitor.faults() == []
    assert visitor.overflow() <= 0
    expect(page.get_by_role("link", name=words.both)).to_have_count(0)
    assert booked(city, move) == [f"{NEXT} 08:00", f"{NEXT} 13:00"]


def test_two_times_of_which_one_is_gone_are_not_booked(city: RunningCity, visit: Visit, move: tuple[int, int]) -> None:
    """While the page is looked at, whoever works tomorrow is called away for the afternoon."""
    visitor = visit(PHONE, "zh-CN")
    page = look_at_pairs(visitor, city, move, CHINESE)
    city.day.world.do(call_everybody_away)
    page.get_by_role("button", name=CHINESE.pair).click()
    expect(page.get_by_role("status")).to_have_text("这两个时段已不能同时保证\N{FULLWIDTH COMMA}未作预约。")
    visitor.looked_at("both-gone")
    assert visitor.faults() == []
    expect(page.get_by_role("button", name=CHINESE.pair)).to_have_count(0)
    assert booked(city, move) == [None, None]


def test_the_desk_books_both_for_somebody_who_calls(city: RunningCity, visit: Visit, move: tuple[int, int]) -> None:
    visitor = visit(DESKTOP, "en")
    city.sign_in(visitor.page)
    page = visitor.open(f"/console/orders/{city.order(move[0]).id}")
    section = page.get_by_role("region", name="Both visits of the move")
    section.get_by_role("link", name="Look for windows").click()
    visitor.looked_at("both-desk")
    assert visitor.faults() == []
    assert visitor.overflow() <= 0
    section.get_by_role("button").last.click()
    expect(section).to_have_count(0)
    visitor.looked_at("both-desk-booked")
    assert None not in booked(city, move)


def call_everybody_away(session: Session) -> None:
    for shift in session.scalars(select(Shift).where(Shift.day_on == date.fromisoformat(NEXT))):
        noon, evening = shift.starts_at + timedelta(hours=4), shift.ends_at
        session.add(Absence(technician_id=shift.technician_id, from_at=noon, until_at=evening, reason="training"))


def look_at_pairs(visitor: Visitor, city: RunningCity, move: tuple[int, int], words: Words) -> Page:
    """From the order's page to the page of the pairs."""
    page = visitor.open(f"{city.link(move[0])}?lang={words.language}")
    visitor.looked_at(f"both-order-{words.language}")
    page.get_by_role("link", name=words.both).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words.both)
    visitor.looked_at(f"both-pairs-{words.language}")
    return page


def booked(city: RunningCity, visits: tuple[int, int]) -> list[str | None]:
    return [city.day.world.local(city.day.visit(visit).booked_from_at) for visit in visits]
