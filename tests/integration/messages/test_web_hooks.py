"""Providers call us: only they are listened to, and what they say is taken once (R32, R38)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import InboundMessage, Message, SendAttempt
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import OrderKind
from dispatch.settings import Settings
from notifications.signed_requests import SharedSecret
from tests.world import World
from web.app import create_app

TOKEN = "twilio-token-of-the-tests"
SECRET = SharedSecret("account-1", b"secret of the template gateway")
BASE = "http://localhost"


def _settings(**more: Any) -> Settings:
    return Settings(
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=SecretStr(TOKEN),
        template_account=SECRET.account,
        template_secret=SecretStr("secret of the template gateway"),
        **more,
    )


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.fixture
def app(world: World) -> Flask:
    return create_app(world.database, _settings(), machine_clock=FixedClock(world.at("2026-11-24 10:00")))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def message_id(world: World) -> int:
    """A message that a provider has been given and has not answered for."""
    world.order(OrderKind.REPAIR, "2026-11-24 09:58")
    world.work("2026-11-24 09:58")
    with world.database.read_session() as session:
        return session.scalars(select(Message.id).where(Message.kind == "order_received")).one()


def _status(world: World, message_id: int) -> MessageStatus:
    with world.database.read_session() as session:
        return session.get_one(Message, message_id).status


def _twilio(
    client: FlaskClient, path: str, fields: Mapping[str, str], *, url: str | None = None, **kwargs: Any
) -> TestResponse:
    signature = RequestValidator(TOKEN).compute_signature(url or BASE + path, dict(fields))
    headers = {"X-Twilio-Signature": signature, **kwargs.pop("headers", {})}
    return client.post(path, data=fields, headers=headers, **kwargs)


def _push(
    client: FlaskClient, path: str, document: Any, *, secret: SharedSecret = SECRET, at: Any = None
) -> TestResponse:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    now = at or client.application.extensions["machine_clock"].now()
    headers = secret.headers("POST", path, body, now=now, nonce="0123456789abcdef")
    return client.post(path, data=body, headers=headers, content_type="application/json")


def test_twilio_reports_what_became_of_a_message(world: World, client: FlaskClient, message_id: int) -> None:
    path = f"/hooks/twilio/status/{message_id}?attempt=1"
    with world.database.read_session() as session:
        provider_id = session.get_one(Message, message_id).provider_id or ""
    for status in ("delivered", "sent", "delivered"):
        answer = _twilio(client, path, {"MessageSid": provider_id, "MessageStatus": status})
        assert answer.status_code == 204
        assert _status(world, message_id) is MessageStatus.DELIVERED


def test_a_customer_writes_through_twilio_and_is_taken_once(world: World, client: FlaskClient) -> None:
    fields = {"MessageSid": "SM1", "From": "+8613900000001", "To": "+10000", "Body": "1"}
    for _ in range(2):
        answer = _twilio(client, "/hooks/twilio/inbound", fields)
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        assert "Message" not in answer.text
    with world.database.read_session() as session:
        rows = session.scalars(select(InboundMessage)).all()
        assert [(row.gateway, row.provider_id, row.text) for row in rows] == [("twilio", "SM1", "1")]


@pytest.mark.parametrize("sender", ["10086", "BANK", "+99999999999999999999"])
def test_who_is_no_telephone_number_is_not_answered(world: World, client: FlaskClient, sender: str) -> None:
    fields = {"MessageSid": "SM2", "From": sender, "Body": "offers!"}
    assert _twilio(client, "/hooks/twilio/inbound", fields).status_code == 200
    with world.database.read_session() as session:
        assert not session.scalars(select(InboundMessage)).all()


def test_nobody_else_is_listened_to(world: World, client: FlaskClient, message_id: int) -> None:
    fields = {"MessageSid": "SM1", "From": "+8613900000001", "Body": "1"}
    before = _status(world, message_id)
    forged = RequestValidator("another token").compute_signature(f"{BASE}/hooks/twilio/inbound", fields)
    for headers in ({}, {"X-Twilio-Signature": forged}, {"X-Twilio-Signature": ""}):
        assert client.post("/hooks/twilio/inbound", data=fields, headers=headers).status_code == 403
        status = {"MessageStatus": "failed"}
        assert client.post(f"/hooks/twilio/status/{message_id}", data=status, headers=headers).status_code == 403
    assert _status(world, message_id) is before
    other = SharedSecret("account-1", b"another secret, as long as that")
    assert _push(client, "/hooks/template/messages", {"messages": []}, secret=other).status_code == 403
    old = world.at("2026-11-24 09:50")
    assert _push(client, "/hooks/template/messages", {"messages": []}, at=old).status_code == 403
    with world.database.read_session() as session:
        assert not session.scalars(select(InboundMessage)).all()


def test_behind_a_proxy_the_outside_address_is_what_was_signed(world: World) -> None:
    settings = _settings(trusted_proxies=1)
    client = create_app(world.database, settings, machine_clock=FixedClock(world.at("2026-11-24 10:00"))).test_client()
    fields = {"MessageSid": "SM1", "From": "+8613900000001", "Body": "1"}
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "visits.example"}
    url = "https://visits.example/hooks/twilio/inbound"
    assert _twilio(client, "/hooks/twilio/inbound", fields, url=url, headers=forwarded).status_code == 200
    plain = create_app(
        world.database, _settings(), machine_clock=FixedClock(world.at("2026-11-24 10:00"))
    ).test_client()
    assert _twilio(plain, "/hooks/twilio/inbound", fields, url=url, headers=forwarded).status_code == 403


def test_a_template_gateway_pushes_lists(world: World, client: FlaskClient, message_id: int) -> None:
    with world.database.read_session() as session:
        provider_id = session.get_one(Message, message_id).provider_id
    known = {"id": str(message_id), "message_id": provider_id, "status": "undelivered", "reason": "UNREACHABLE"}
    unknown = {"id": "987654", "message_id": "M-2", "status": "delivered"}
    answer = _push(client, "/hooks/template/receipts", {"receipts": [unknown, {"id": 1}, known]})
    assert (answer.status_code, answer.json) == (200, {"code": "OK"})
    assert _status(world, message_id) is MessageStatus.UNDELIVERED
    texts = [{"message_id": f"I-{n}", "from": "+8613900000001", "text": text} for n, text in enumerate("128")]
    for _ in range(2):
        assert _push(client, "/hooks/template/messages", {"messages": texts}).json == {"code": "OK"}
    with world.database.read_session() as session:
        assert [row.text for row in session.scalars(select(InboundMessage).order_by(InboundMessage.id))] == [
            "1",
            "2",
            "8",
        ]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages": {}}', b"\xff"])
def test_what_is_not_of_the_protocol_is_refused_by_name(client: FlaskClient, body: bytes) -> None:
    answer = _push(client, "/hooks/template/messages", body)
    assert (answer.status_code, answer.json) == (400, {"code": "MALFORMED", "field": "messages"})


def test_without_a_secret_there_is_no_hook(world: World) -> None:
    client = create_app(world.database, Settings()).test_client()
    for path in (
        "/hooks/twilio/inbound",
        "/hooks/twilio/status/1",
        "/hooks/template/receipts",
        "/hooks/template/messages",
    ):
        assert client.post(path).status_code == 404


def test_a_receipt_that_comes_before_the_answer_is_the_answer(
    world: World, client: FlaskClient, message_id: int
) -> None:
    def as_if_lost(session: Any) -> None:
        message = session.get_one(Message, message_id)
        message.__dict__["_is_moving"] = True
        message.status, message.provider_id = MessageStatus.SENDING, None
        del message.__dict__["_is_moving"]

    world.do(as_if_lost)
    path = f"/hooks/twilio/status/{message_id}"
    assert _twilio(client, path, {"MessageSid": "SM7", "MessageStatus": "sent"}).status_code == 204
    with world.database.read_session() as session:
        message = session.get_one(Message, message_id)
        assert (message.status, message.provider_id) == (MessageStatus.SENT, "SM7")
        assert (
            session.scalars(select(SendAttempt.outcome).where(SendAttempt.message_id == message_id)).one() == "accepted"
        )
