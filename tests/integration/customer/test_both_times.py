"""One choice on an order's page for both visits of a move, on both databases (R02)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dispatch.db import Database
from dispatch.services.revoke_links import revoke_links
from tests.booking import DAY, BookingDay
from tests.order_visitor import Visitor, open_app, order_of

_PAIR = re.compile(
    'name="set_up" value="([^"]+)">\\s*<input type="hidden" name="recover" value="([^"]+)">'
    '\\s*<button class="button" type="submit"><span>([^<]+)</span>\\s*<span>([^<]+)</span>'
)
FIRST = "New place: tomorrow 08:00 to 12:00", "Old place: tomorrow 13:00 to 17:00"


@pytest.fixture
def day(database: Database) -> BookingDay:
    day = BookingDay.evening_before(database)
    day.technician("08:00-18:00", skills=["fibre"])
    return day


@pytest.fixture
def visits(day: BookingDay) -> tuple[int, int]:
    """A move, neither visit of which has a time."""
    return day.move(old_north=0.05)


@pytest.fixture
def visitor(database: Database, day: BookingDay, visits: tuple[int, int]) -> Visitor:
    """Reads the page of the pairs."""
    visitor = Visitor.of(open_app(database, day), day, order_of(day, visits[0]))
    assert f'href="{visitor.link}/both"' in visitor.read(f"{visitor.link}?lang=en")
    visitor.read(f"{visitor.link}/both")
    return visitor


def pairs_on(visitor: Visitor) -> dict[tuple[str, str], dict[str, str]]:
    """What is on offer, and the fields behind it."""
    found = _PAIR.findall(visitor.page.text)
    return {(new, old): {"set_up": set_up, "recover": recover} for set_up, recover, new, old in found}


def test_both_are_booked_with_one_choice_and_choosing_twice_is_choosing_once(
    visitor: Visitor, day: BookingDay, visits: tuple[int, int]
) -> None:
    fields = pairs_on(visitor)[FIRST]
    first, again = visitor.post("/both", **fields), visitor.post("/both", **fields)
    assert first.headers["Location"] == again.headers["Location"]
    assert "said=both_booked" in first.headers["Location"]
    text = visitor.read(first.headers["Location"])
    assert "Both times are booked" in text
    assert "/both" not in text
    booked = [day.world.local(day.visit(visit).booked_from_at) for visit in visits]
    assert booked == [f"{DAY} 08:00", f"{DAY} 13:00"]
    assert day.world.log("visit_booked") == ["visit_booked"] * 2


def test_each_time_can_still_be_chosen_by_itself(visitor: Visitor, day: BookingDay, visits: tuple[int, int]) -> None:
    visitor.read()
    visitor.send("/times")
    visitor.send("/times/choose", offer=visitor.offers()["13:00-17:00"])
    assert [day.status(visit) for visit in visits] == ["scheduled", "requested"]
    assert "/both" not in visitor.read()
    assert visitor.client.get(f"{visitor.link}/both").status_code == 303


def test_a_pair_that_is_gone_is_answered_with_those_that_are_left(
    visitor: Visitor, day: BookingDay, visits: tuple[int, int]
) -> None:
    fields = pairs_on(visitor)[FIRST]
    day.pin(day.booked("13:00-15:00", minutes=270))
    text = visitor.send("/both", **fields)
    assert "can no longer be kept together. Nothing was booked." in text
    assert set(pairs_on(visitor)) == {(FIRST[0], "Old place: tomorrow 17:00 to 20:00")}
    assert [day.status(visit) for visit in visits] == ["requested", "requested"]
    assert "Both times are booked" in visitor.send("/both", **pairs_on(visitor).popitem()[1])


def test_looking_holds_nothing_and_writes_nothing(visitor: Visitor, day: BookingDay) -> None:
    before = day.world.log(), day.versions()
    assert pairs_on(visitor)
    assert (day.world.log(), day.versions()) == before
    assert day.places() == []


def test_no_room_leads_to_single_times_and_a_person(visitor: Visitor, day: BookingDay) -> None:
    day.pin(day.booked("08:00-10:00", minutes=600))
    text = visitor.read(f"{visitor.link}/both")
    assert pairs_on(visitor) == {}
    assert "No two times can be promised together" in text


@pytest.mark.parametrize("set_up", ["", "soon", "2026-11-24T08:00:00", "9" * 50])
def test_what_is_no_instant_is_not_found(visitor: Visitor, set_up: str) -> None:
    fields = pairs_on(visitor)[FIRST]
    assert visitor.post("/both", **fields | {"set_up": set_up}).status_code == 404


def test_the_old_place_before_the_new_one_is_not_booked(visitor: Visitor, day: BookingDay) -> None:
    fields = pairs_on(visitor)[FIRST]
    text = visitor.send("/both", set_up=fields["recover"], recover=fields["set_up"])
    assert "Nothing was booked" in text
    assert day.places() == []


def test_without_the_token_of_the_form_nothing_is_booked(visitor: Visitor, day: BookingDay) -> None:
    fields = pairs_on(visitor)[FIRST]
    assert visitor.client.post(f"{visitor.link}/both", data=fields).status_code == 400
    assert day.places() == []


def test_a_link_that_was_replaced_opens_nothing(visitor: Visitor, day: BookingDay, visits: tuple[int, int]) -> None:
    fields, order_id = pairs_on(visitor)[FIRST], order_of(day, visits[0])
    day.world.do(lambda session: revoke_links(session, order_id, now=day.now))
    assert visitor.post("/both", **fields).status_code == 404
    assert visitor.client.get(f"{visitor.link}/both").status_code == 404
    assert day.places() == []


def test_a_window_that_has_begun_is_not_booked(visitor: Visitor, day: BookingDay) -> None:
    fields = pairs_on(visitor)[FIRST]
    day.later(business=timedelta(hours=15))
    assert "can no longer be kept" in visitor.send("/both", **fields)
    assert day.places() == []
