"""Signatures as Twilio's own validator computes them, as they reach us with and without a proxy."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Request, Response

from notifications.twilio_signature import HEADER, is_genuine

TOKEN = "the account's token"
URL = "https://visits.example/hooks/twilio/status/48213?attempt=2"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+4237791234", "Body": "好的 + ü & 1"}


def _signature(url: str = URL, params: Any = FORM, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, params))


def test_what_twilio_signed_is_genuine() -> None:
    assert is_genuine(TOKEN, URL, FORM, _signature())
    assert is_genuine(TOKEN, URL, MultiDict(FORM), _signature())


def test_a_form_that_repeats_a_field_is_genuine() -> None:
    form = MultiDict([("MediaUrl", "b"), ("MediaUrl", "a"), *FORM.items()])
    assert is_genuine(TOKEN, URL, form, _signature(params=form))


@pytest.mark.parametrize(
    ("url", "form", "signature"),
    [
        (URL.replace("48213", "48214"), FORM, _signature()),
        (URL.replace("attempt=2", "attempt=3"), FORM, _signature()),
        (URL.replace("https", "http"), FORM, _signature()),
        (URL.replace("visits", "other"), FORM, _signature()),
        (URL, {**FORM, "MessageStatus": "failed"}, _signature()),
        (URL, {**FORM, "More": "x"}, _signature()),
        (URL, {}, _signature()),
        (URL, FORM, _signature(token="another token")),
        (URL, FORM, _signature()[:-1]),
        (URL, FORM, ""),
        (URL, FORM, "签名"),
        (URL, FORM, None),
    ],
)
def test_anything_else_is_not(url: str, form: dict[str, str], signature: str | None) -> None:
    assert not is_genuine(TOKEN, url, form, signature)


def test_a_json_body_is_bound_by_its_hash_in_the_address() -> None:
    body = json.dumps({"MessageSid": "SM1"})
    url = f"{URL}&bodySHA256={RequestValidator(TOKEN).compute_hash(body)}"
    signature = _signature(url, {})
    assert is_genuine(TOKEN, url, body, signature)
    assert not is_genuine(TOKEN, url, body + " ", signature)
    assert not is_genuine(TOKEN, url, body, _signature(URL, {}))


def test_a_json_body_without_its_hash_is_never_genuine() -> None:
    """The signature alone would say nothing about the body."""
    assert not is_genuine(TOKEN, URL, "{}", _signature(URL, {}))


@Request.application
def _hook(request: Request) -> Response:
    genuine = is_genuine(TOKEN, request.url, request.form, request.headers.get(HEADER))
    return Response(status=204 if genuine else 403)


def _post(app: Any, url: str, forwarded: dict[str, str]) -> int:
    headers = {HEADER: _signature(), **forwarded}
    parts = urlsplit(url)
    builder = EnvironBuilder(
        path=parts.path,
        base_url=f"{parts.scheme}://{parts.netloc}/",
        query_string=parts.query,
        method="POST",
        data=FORM,
        headers=Headers(headers),
    )
    _, status, _ = run_wsgi_app(app, builder.get_environ())
    return int(status.split()[0])


def test_behind_a_proxy_the_forwarded_address_is_what_twilio_signed() -> None:
    """The proxy ends TLS and calls us under another name; `ProxyFix` must be told to believe it."""
    inside = URL.replace("https://visits.example", "http://10.0.0.7:8000")
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "visits.example"}
    assert _post(_hook, URL, {}) == 204
    assert _post(_hook, inside, forwarded) == 403
    assert _post(ProxyFix(_hook, x_proto=1, x_host=1), inside, forwarded) == 204
    assert _post(ProxyFix(_hook, x_proto=1, x_host=1), inside, {}) == 403


def test_a_forwarded_port_does_no_harm() -> None:
    with_port = URL.replace("visits.example", "visits.example:443")
    assert is_genuine(TOKEN, with_port, FORM, _signature())
    assert is_genuine(TOKEN, URL, FORM, _signature(with_port))
