"""Links and codes: unguessable, revocable, over with the order, and guessed only so often (R20, R37)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from dispatch.db import Database
from dispatch.links import (
    LINK_OUTLIVES,
    Secret,
    SecretTooShort,
    door_code,
    load_secret,
    order_behind,
    order_link,
    query_code,
)
from dispatch.models import GuessCount, Order
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import OrderKind
from dispatch.services.find_order_by_code import MOST_FOR_ORDER, MOST_FROM_ONE_PLACE, find_order_by_code
from dispatch.services.limit_guesses import MEMORY, TooManyGuesses
from dispatch.services.revoke_links import revoke_links
from dispatch.settings import Settings
from tests.world import World

SECRET = Secret(b"a secret of the tests, long enough")
OTHER = Secret(b"another secret, just as long as that")


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def order_id(world: World) -> int:
    return world.order(OrderKind.REPAIR, "2026-11-24 09:12")


def test_a_link_opens_its_order_only(world: World, order_id: int) -> None:
    other_id = world.order(OrderKind.INSTALL, "2026-11-24 09:15")
    now = world.at("2026-11-24 10:00")
    with world.database.read_session() as session:
        order, other = session.get_one(Order, order_id), session.get_one(Order, other_id)
        token = order_link(SECRET, order).removeprefix("/o/")
        assert order_behind(session, SECRET, token, now=now) is order
        code = token.partition("-")[2]
        assert len(code) >= 22
        for wrong in (f"{other.id}-{code}", token[:-1], f"{order_id}-", "", "x-y", "-", f"{order_id}", "9" * 40 + "-x"):
            assert order_behind(session, SECRET, wrong, now=now) is None
        assert order_behind(session, OTHER, token, now=now) is None


def test_a_revoked_link_opens_nothing_and_a_new_one_does(world: World, order_id: int) -> None:
    now = world.at("2026-11-24 10:00")
    with world.database.read_session() as session:
        order = session.get_one(Order, order_id)
        old_link, old_code = order_link(SECRET, order), query_code(SECRET, order)
    world.do(lambda s: revoke_links(s, order_id, now=now))
    with world.database.read_session() as session:
        order = session.get_one(Order, order_id)
        assert order_behind(session, SECRET, old_link.removeprefix("/o/"), now=now) is None
        assert order_behind(session, SECRET, order_link(SECRET, order).removeprefix("/o/"), now=now) is order
        assert query_code(SECRET, order) != old_code
    assert world.log("links_revoked") == ["links_revoked"]


def test_a_link_outlives_its_order_by_a_month(world: World, order_id: int) -> None:
    ended = world.at("2026-11-25 10:00")
    world.do(lambda s: s.get_one(Order, order_id).move_to(OrderStatus.FULFILLED, at=ended, by="test"))
    with world.database.read_session() as session:
        order = session.get_one(Order, order_id)
        token = order_link(SECRET, order).removeprefix("/o/")
        assert order_behind(session, SECRET, token, now=ended + LINK_OUTLIVES - timedelta(seconds=1)) is order
        assert order_behind(session, SECRET, token, now=ended + LINK_OUTLIVES) is None


def _guess(world: World, number: str, code: str, at: datetime, caller: str = "192.0.2.1") -> Order | None:
    return world.do(
        lambda s: find_order_by_code(
            s, SECRET, number, code, caller=caller, now=world.at("2026-11-24 10:00"), machine_now=at
        )
    )


def test_number_and_code_open_the_page_however_they_are_typed(world: World, order_id: int) -> None:
    at = world.at("2026-11-24 10:00")
    with world.database.read_session() as session:
        order = session.get_one(Order, order_id)
        number, code = order.number, query_code(SECRET, order)
    for typed in (code, code.lower(), f" {code[:3]}-{code[3:]} "):
        found = _guess(world, f" {number} ", typed, at)
        assert found is not None
        assert found.id == order_id
    assert _guess(world, number, "AAAAAA" if code != "AAAAAA" else "BBBBBB", at) is None
    assert _guess(world, number, "", at) is None


def test_wrong_codes_for_an_order_are_limited_from_wherever_they_come(world: World, order_id: int) -> None:
    at = world.at("2026-11-24 10:00")
    with world.database.read_session() as session:
        order = session.get_one(Order, order_id)
        number, code = order.number, query_code(SECRET, order)
    for guess in range(MOST_FOR_ORDER):
        assert _guess(world, number, "AAAAA", at, caller=f"192.0.2.{guess}") is None
    with pytest.raises(TooManyGuesses):
        _guess(world, number, code, at, caller="192.0.2.99")
    later = at + MEMORY
    assert _guess(world, number, code, later, caller="192.0.2.99") is not None
    assert _guess(world, number, "AAAAA", later) is None


def test_wrong_codes_from_one_place_are_limited_whatever_they_are_for(world: World, order_id: int) -> None:
    at = world.at("2026-11-24 10:00")
    for guess in range(MOST_FROM_ONE_PLACE):
        assert _guess(world, f"nothing-{guess}", "AAAAAA", at) is None
    with pytest.raises(TooManyGuesses):
        _guess(world, "1", "AAAAAA", at)
    assert _guess(world, "1", "AAAAAA", at, caller="192.0.2.2") is None
    with world.database.read_session() as session:
        kept = " ".join(row.subject for row in session.query(GuessCount))
    assert "192.0.2" not in kept
    assert order_id


def test_the_door_code_is_four_digits_of_visit_and_technician() -> None:
    codes = {
        (visit, technician): door_code(SECRET, visit, technician) for visit in range(1, 60) for technician in (1, 2)
    }
    assert all(len(code) == 4 and code.isdecimal() for code in codes.values())
    assert door_code(SECRET, 7, 1) == codes[7, 1]
    assert len({codes[7, 1], codes[7, 2], codes[8, 1], door_code(OTHER, 7, 1)}) > 1
    assert len(set(codes.values())) > 110


def test_the_secret_is_given_or_kept_in_a_file_of_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPATCH_SECRET_KEY")
    file = tmp_path / "punctual.secret"
    first = load_secret(Settings(secret_file=file))
    assert load_secret(Settings(secret_file=file)).key == first.key
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["punctual.secret"]
    given = load_secret(Settings(secret_file=file, secret_key=SecretStr("given from outside, and long")))
    assert given.key != first.key
    assert "key" not in repr(given)
    with pytest.raises(SecretTooShort):
        load_secret(Settings(secret_key=SecretStr("short")))
    file.write_text("short\n")
    with pytest.raises(SecretTooShort):
        load_secret(Settings(secret_file=file))
