"""Receipts and customers' messages as Twilio and template gateways hand them to us."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dispatch.rules.lifecycles import MessageStatus
from notifications import template_gateway, twilio_codes
from notifications.gateway import REASONS, Receipt, Received
from notifications.template_gateway import PASSING
from notifications.template_push import PushUnreadable, read_receipts, read_received
from notifications.twilio_codes import read_status

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("queued", MessageStatus.ACCEPTED),
        ("sending", MessageStatus.ACCEPTED),
        ("sent", MessageStatus.SENT),
        ("delivered", MessageStatus.DELIVERED),
        ("read", MessageStatus.DELIVERED),
    ],
)
def test_twilios_statuses_are_ours(status: str, wanted: MessageStatus) -> None:
    receipt = read_status(7, {"MessageStatus": status, "MessageSid": "SM1", "ErrorCode": ""})
    assert receipt == Receipt(7, wanted, "SM1", None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("30003", "unreachable"), ("30006", "landline"), ("30007", "blocked"), ("99999", "refused"), ("", "refused")],
)
def test_a_failure_has_a_reason(code: str, reason: str) -> None:
    receipt = read_status(7, {"SmsStatus": "undelivered", "SmsSid": "SM1", "ErrorCode": code})
    assert receipt == Receipt(7, MessageStatus.UNDELIVERED, "SM1", reason)
    assert read_status(7, {"MessageStatus": "canceled"}) == Receipt(7, MessageStatus.FAILED, None, "refused")


@pytest.mark.parametrize("status", ["received", "something new", ""])
def test_a_status_that_says_nothing_is_no_receipt(status: str) -> None:
    assert read_status(7, {"MessageStatus": status}) is None


def test_every_provider_gives_the_same_reasons() -> None:
    tables = (twilio_codes.REFUSED, twilio_codes.UNDELIVERED, template_gateway.REFUSED)
    assert {reason for table in tables for reason in table.values()} <= REASONS
    for module in (twilio_codes, template_gateway):
        nodes = ast.walk(ast.parse(inspect.getsource(module)))
        assert "refused" in {node.value for node in nodes if isinstance(node, ast.Constant)} & REASONS


# Pushed lists


def _body(name: str, *items: Any) -> bytes:
    return json.dumps({name: items}).encode()


def test_pushed_receipts_are_read() -> None:
    delivered = {"id": "7", "message_id": "M-1", "status": "delivered", "at": 1795323899}
    failed = {"id": "8", "message_id": "M-2", "status": "failed", "reason": "OPTED_OUT", "at": 1795323899}
    new = {"id": "9", "message_id": "M-3", "status": "undelivered", "reason": "A_NEW_ONE", "at": 1795323899}
    pushed = read_receipts(_body("receipts", delivered, failed, new))
    assert pushed.unreadable == 0
    assert pushed.items == (
        Receipt(7, MessageStatus.DELIVERED, "M-1"),
        Receipt(8, MessageStatus.FAILED, "M-2", "opted_out"),
        Receipt(9, MessageStatus.UNDELIVERED, "M-3", "refused"),
    )


def test_pushed_messages_are_read_and_hidden() -> None:
    pushed = read_received(_body("messages", {"message_id": "I-5", "from": "+4237791234", "text": "1", "at": 1}))
    assert pushed.items == (Received("I-5", "+4237791234", "1"),)
    assert "7791234" not in repr(pushed)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        None,
        "7",
        {"id": "x", "message_id": "M-1", "status": "sent"},
        {"id": 7, "message_id": "M-1", "status": "sent"},
        {"id": "7", "message_id": None, "status": "sent"},
        {"id": "7", "message_id": "M-1", "status": "queued"},
        {"id": "7", "message_id": "M-1", "status": ["sent"]},
    ],
)
def test_an_item_that_cannot_be_read_does_not_hold_up_the_others(bad: Any) -> None:
    good = {"id": "7", "message_id": "M-1", "status": "sent"}
    pushed = read_receipts(_body("receipts", bad, good))
    assert (pushed.items, pushed.unreadable) == ((Receipt(7, MessageStatus.SENT, "M-1"),), 1)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"7", b"{}", b'{"receipts": {}}', b'{"receipts": null}'])
def test_a_body_that_is_no_list_is_pushed_again(body: bytes) -> None:
    with pytest.raises(PushUnreadable):
        read_receipts(body)


def test_the_document_names_every_code_of_the_program() -> None:
    document = (ROOT / "docs" / "gateways.md").read_text("utf-8")
    table = document.partition("| code | means |")[2].partition("### Asking")[0]
    told = {
        code: row.rpartition("|")[0].rpartition("|")[2].strip()
        for row in table.splitlines()
        for code in re.findall(r"`([A-Z_]+)`", row)
    }
    wanted = dict.fromkeys(template_gateway.REFUSED, "refused") | dict.fromkeys(PASSING, "passed")
    assert told == wanted
