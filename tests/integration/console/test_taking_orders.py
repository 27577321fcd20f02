"""An order taken at a desk (R02, R05, R19, R28)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import Community, Order, Premises, Territory, Visit
from dispatch.rules.vocabulary import ContactRole, OrderKind, PromiseKind, Role, VisitPurpose
from tests.saying import DAY
from tests.signing_in import SignedInClient, client_for_staff
from tests.world import World
from web.app import create_app


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Database]:
    """A database of the one kind that starts at once, for what a page says."""
    database = Database(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def world(quick: Database) -> World:
    return World(quick)


def sign_in(world: World, role: Role = Role.AGENT, **grant: Any) -> SignedInClient:
    """A console at 10:00 of DAY."""
    app = create_app(world.database, machine_clock=FixedClock(world.at(f"{DAY} 10:00")))
    return client_for_staff(app, role, **grant)


def filled(client: SignedInClient, world: World, **changes: Any) -> dict[str, Any]:
    """The form as somebody fills it in."""
    page = client.get("/console/orders/new").text
    named = re.search(r'name="form" value="([\w-]+)"', page)
    assert named
    return {
        "form": named[1],
        "kind": "install",
        "service": "fibre",
        "community_id": world.ids["community"],
        "street": "Zhongshan Road",
        "house_number": "7",
        "priority": "normal",
        "subscriber_name": "Zhang San",
        "subscriber_phone": "138 0000 1234",
        "language": "zh_Hans_CN",
        **changes,
    }


def orders(world: World) -> list[Order]:
    with world.database.read_session() as session:
        found = list(session.scalars(select(Order).order_by(Order.id)))
        for order in found:
            session.refresh(order, ["contacts"])
        return found


def test_an_order_is_taken_once_with_its_promise_people_and_visit(database: Database) -> None:
    world = World(database)
    client = sign_in(world)
    more = {"contracted_mbps": "500", "site_name": "Li Si", "site_phone": "13800005678"}
    form = filled(client, world, **more, lat="32.06", lon="118.78", datum="GCJ02")
    first = client.post("/console/orders/new", data=form)
    second = client.post("/console/orders/new", data=form)
    assert (first.status_code, first.location) == (303, second.location)
    (order,) = orders(world)
    assert first.location == f"/console/orders/{order.id}"
    assert (order.kind, order.contracted_mbps, order.channel) == (OrderKind.INSTALL, 500, "console")
    assert order.crm_id is None  # nobody is shown the name of our form
    assert {one.role: one.phone for one in order.contacts} == {
        ContactRole.SUBSCRIBER: "+8613800001234",
        ContactRole.ON_SITE: "+8613800005678",
    }
    assert world.due(PromiseKind.INSTALL, order_id=order.id) == "2026-11-27 10:00"
    with world.database.read_session() as session:
        place = session.get_one(Premises, order.premises_id)
        assert (place.street, place.house_number, place.datum) == ("Zhongshan Road", "7", "GCJ02")
        assert session.scalars(select(Visit.purpose)).all() == [VisitPurpose.SET_UP]
    assert "Look for windows" in client.get(first.location).text


def test_a_move_names_the_place_left_behind(world: World) -> None:
    """R02."""
    client = sign_in(world)
    form = filled(client, world, kind="move", old_community_id=world.ids["community"], old_street="Road 1")
    assert client.post("/console/orders/new", data=form).status_code == 303
    (order,) = orders(world)
    assert order.old_premises_id == world.ids["premises"]
    with world.database.read_session() as session:
        purposes = session.scalars(select(Visit.purpose).order_by(Visit.number)).all()
    assert purposes == [VisitPurpose.SET_UP, VisitPurpose.RECOVER]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subscriber_phone": "12"}, "subscriber&#39;s telephone number is too short"),
        ({"street": " "}, "Please give the street"),
        ({"lat": "north", "lon": "118"}, "cannot be used"),
        ({"community_id": "77"}, "choose an estate"),
        ({"contracted_mbps": "much"}, "must be a whole number"),
    ],
)
def test_a_fault_is_said_beside_its_field_and_nothing_is_lost(
    world: World, changes: dict[str, str], words: str
) -> None:
    client = sign_in(world)
    answer = client.post("/console/orders/new", data=filled(client, world, note="ring twice", **changes))
    assert answer.status_code == 400
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "ring twice" in answer.text
    assert 'value="Zhang San"' in answer.text
    assert orders(world) == []


def test_orders_are_taken_within_the_grant_only(world: World) -> None:
    def found(session: Session) -> tuple[int, int]:
        other = Territory(code="T2", name="Elsewhere", time_zone="Asia/Shanghai")
        session.add(other)
        session.flush()
        estate = Community(territory_id=other.id, name="Court")
        session.add(estate)
        session.flush()
        return other.id, estate.id

    territory, estate = world.do(found)
    client = sign_in(world, territory_id=territory)
    page = client.get("/console/orders/new").text
    assert "Court" in page
    assert "Garden" not in page
    assert client.post("/console/orders/new", data=filled(client, world)).status_code == 400
    assert client.post("/console/orders/new", data=filled(client, world, community_id=estate)).status_code == 303


def test_a_viewer_takes_no_order(world: World) -> None:
    assert sign_in(world, Role.VIEWER).get("/console/orders/new").status_code == 403
