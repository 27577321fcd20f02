"""Our signatures and the stand-in provider's, which are written apart, are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifications.signed_requests import SharedSecret
from tests.template_provider import signature

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SECRET = SharedSecret("punctual", b"a secret of both sides")
TARGET, BODY = "/hooks/template/receipts", '{"receipts": [{"id": "7"}], "名": 1}'.encode()


def _headers(at: datetime = NOW, nonce: str = "n" * 16, account: str = "punctual") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signed = signature(b"a secret of both sides", "POST", TARGET, account, timestamp, nonce, BODY)
    return {"X-Account": account, "X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": signed}


def test_both_sides_sign_alike() -> None:
    assert SECRET.headers("POST", TARGET, BODY, now=NOW, nonce="n" * 16) == _headers()
    assert SECRET.signed("POST", TARGET, _headers(), BODY, now=NOW)


@pytest.mark.parametrize("apart", [timedelta(seconds=-299), timedelta(seconds=299)])
def test_clocks_may_be_apart_a_little(apart: timedelta) -> None:
    assert SECRET.signed("POST", TARGET, _headers(NOW + apart), BODY, now=NOW)


@pytest.mark.parametrize("apart", [timedelta(seconds=-301), timedelta(seconds=301), timedelta(days=-400)])
def test_an_old_request_is_not_taken_again(apart: timedelta) -> None:
    assert not SECRET.signed("POST", TARGET, _headers(NOW + apart), BODY, now=NOW)


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", TARGET, BODY),
        ("POST", "/hooks/template/messages", BODY),
        ("POST", f"{TARGET}?x=1", BODY),
        ("POST", TARGET, BODY + b" "),
    ],
)
def test_a_changed_request_is_not_genuine(method: str, target: str, body: bytes) -> None:
    assert not SECRET.signed(method, target, _headers(), body, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Signature": ""},
        {"X-Signature": "签名"},
        {"X-Account": "another"},
        {"X-Nonce": ""},
        {"X-Nonce": "m" * 16},
        {"X-Timestamp": "yesterday"},
        {"X-Timestamp": "9" * 5000},
        {"X-Timestamp": "-1"},
    ],
)
def test_changed_headers_are_not_genuine(changes: dict[str, str]) -> None:
    assert not SECRET.signed("POST", TARGET, {**_headers(), **changes}, BODY, now=NOW)
    assert not SECRET.signed("POST", TARGET, {}, BODY, now=NOW)


def test_another_secret_signs_nothing_of_ours_and_no_secret_is_shown() -> None:
    other = SharedSecret("punctual", b"another")
    assert not other.signed("POST", TARGET, _headers(), BODY, now=NOW)
    assert "another" not in repr(other)
