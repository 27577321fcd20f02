"""Twilio's client, over our own wire: time limits, no hidden repeats, nothing logged, any host."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.http import HttpClient
from twilio.http.response import Response

from notifications.provider_wire import ProviderWire, Unanswered


class TwilioError(Exception):
    """Twilio answered, but not as asked: the HTTP status, Twilio's own code (else the status), when to come back.

    Its sentences are left behind: they repeat the number.
    """

    def __init__(self, status: int, code: int | None, after_s: float | None) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code or status
        self.after_s = after_s


class TwilioHttp(HttpClient):  # type: ignore[misc] # twilio has no types
    """What twilio's `Client` sends its requests through.

    `base_url` replaces scheme, host and port of Twilio's address, with a path before its
    paths if it has one: a proxy of the operator, or a stand-in. Raises what `ProviderWire`
    raises, and `TwilioError` for every status but 2xx.
    An answer that is no JSON object is none.
    """

    def __init__(self, wire: ProviderWire, *, base_url: str | None = None) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False, timeout=wire.timeout_s)
        self._wire = wire
        self._base = urlsplit(base_url.rstrip("/")) if base_url else None

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the wire's own limit holds
        allow_redirects: bool = False,  # noqa: ARG002, FBT001, FBT002 - twilio's signature; none is followed
    ) -> Response:
        """See twilio's `HttpClient`."""
        url = self._address(uri)
        reply = self._wire.call(method, url, query=params, body=data, headers=headers or {}, auth=auth)
        if not 200 <= reply.status < 300:
            raise TwilioError(reply.status, _code(reply.body), reply.retry_after_s)
        if not isinstance(_document(reply.body), dict):
            raise Unanswered("unreadable")
        return Response(reply.status, reply.body.decode("utf-8", "replace"), reply.headers)

    def _address(self, uri: str) -> str:
        if self._base is None:
            return uri
        asked = urlsplit(uri)
        path = self._base.path + asked.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _code(body: bytes) -> int | None:
    """Twilio's code in the document of an error, if there is one."""
    document = _document(body)
    code = document.get("code") if isinstance(document, dict) else None
    return code if isinstance(code, int) else None
