"""Simulated handsets in the browser: read, answered as by a provider's web hook, and only in the sandbox."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.links import order_link
from dispatch.models import InboundMessage, Order, SandboxMessage
from dispatch.queries.simulated_handsets import list_handsets
from dispatch.rules.vocabulary import OrderKind, Role
from tests.booking import BookingDay
from tests.order_visitor import SECRET, open_app
from tests.signing_in import SignedInClient, client_for_staff


@pytest.fixture
def day(database: Database) -> BookingDay:
    """An order whose receipt was sent."""
    day = BookingDay.evening_before(database)
    day.world.order(OrderKind.REPAIR, "2026-11-23 17:50")
    day.world.work("2026-11-23 18:00")
    return day


@pytest.fixture
def app(database: Database, day: BookingDay) -> Flask:
    return open_app(database, day, public_url="https://visits.example/")


@pytest.fixture
def client(app: Flask) -> SignedInClient:
    return client_for_staff(app)


def address(client: SignedInClient) -> str:
    """Where the first handset of the list is."""
    found = re.search(r'href="(/sandbox/\d+)"', client.get("/sandbox").text)
    assert found is not None
    return found[1]


def test_the_list_shows_the_latest_and_finds_a_handset_by_order(client: SignedInClient, day: BookingDay) -> None:
    number = day.world.do(lambda s: s.scalars(select(Order.number)).one())
    text = client.get("/sandbox").text
    assert "+8613900000001" in text
    assert number in text
    assert "+8613900000001" in client.get(f"/sandbox?wanted={number}").text
    assert "+8613900000001" not in client.get("/sandbox?wanted=nothing").text
    assert client.get("/sandbox").headers["Cache-Control"] == "no-store"


def test_no_address_holds_a_number(client: SignedInClient) -> None:
    """R84."""
    addresses = re.findall(r'(?:href|action|data-status)="([^"]+)"', client.get(address(client)).text)
    assert addresses
    assert not [one for one in addresses if "139" in one]


def test_an_answer_is_taken_once_and_carried_out(client: SignedInClient, day: BookingDay) -> None:
    """R32: it leads to what an SMS leads to."""
    handset = address(client)
    nonce = re.search(r'name="nonce" value="(\w+)"', client.get(handset).text)
    assert nonce is not None
    for _ in range(2):
        assert client.post(handset, data={"text": "1", "nonce": nonce[1]}).status_code == 303
    assert day.world.do(lambda s: [row.text for row in s.scalars(select(InboundMessage))]) == ["1"]
    tag = client.get(f"{handset}/latest.json").headers["ETag"]
    day.world.work("2026-11-23 18:01")
    told = day.world.do(
        lambda s: [row.template for row in s.scalars(select(SandboxMessage).order_by(SandboxMessage.id))]
    )
    assert told[-1] == "status_open"
    assert client.get(f"{handset}/latest.json", headers={"If-None-Match": tag}).status_code == 200
    page = client.get(handset)
    assert page.text.count('class="theirs"') == 1


def test_the_customers_page_is_linked_as_it_is_reached_from_outside(client: SignedInClient, day: BookingDay) -> None:
    link = day.world.do(lambda s: order_link(SECRET, s.scalars(select(Order)).one()))
    assert f"https://visits.example{link}" in client.get(address(client)).text


def test_a_technicians_code_is_shown_too(client: SignedInClient, day: BookingDay) -> None:
    code = SandboxMessage(
        our_id=10**9,
        handset="+8613800000001",
        signature="Operator",
        text="Code 123456",
        template="sign_in_code",
        accepted_at=day.now,
    )
    day.world.do(lambda s: s.add(code))
    text = client.get("/sandbox?wanted=0571").text
    assert "Code 123456" in text
    assert "0571" in client.get(address(client)).text


def test_thousands_of_handsets_are_shown_page_by_page(database: Database, day: BookingDay) -> None:
    def flood(session: Session) -> None:
        session.add_all(
            SandboxMessage(
                our_id=10**9 + number,
                handset=f"+86138{number:08d}",
                signature="Operator",
                text="...",
                template="status_open",
                accepted_at=day.now,
            )
            for number in range(2000)
        )

    day.world.do(flood)
    with database.read_session() as session:
        first = list_handsets(session)
        last = list_handsets(session, offset=2000, limit=50)
    assert (first.total, len(first.rows), len(last.rows)) == (2001, 50, 1)
    assert last.rows[0].handset == "+8613900000001"


def test_who_may_not_see_handsets_does_not(app: Flask, client: SignedInClient) -> None:
    agent = client_for_staff(app, Role.AGENT)
    handset = address(client)
    assert agent.get("/sandbox").status_code == 403
    assert agent.post(handset, data={"text": "8", "nonce": "x"}).status_code == 403
    assert app.test_client().get("/sandbox").status_code == 303


def test_there_are_no_handsets_where_messages_really_go_out(database: Database, day: BookingDay) -> None:
    twilio = {
        "gateway": "twilio",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_FROM": "+15005550006",
        "public_url": "https://visits.example",
    }
    client = client_for_staff(open_app(database, day, **twilio))
    for path in ("/sandbox", "/sandbox/1", "/sandbox/latest.json"):
        assert client.get(path).status_code == 404
