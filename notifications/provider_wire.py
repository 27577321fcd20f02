"""One call to a provider over HTTP: within a time limit, once, and nothing of it in any log.

What failed is told apart by what it means for a message: `NotConnected`, nothing can have
been sent; `Unanswered`, nobody knows.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter

from dispatch.wire_logs import hush_wire_logs

_READ_BYTES = 1 << 16
#: an answer about messages is never longer; more is not ours to keep in memory
_LONGEST_ANSWER = 4 << 20


class NotConnected(Exception):
    """No connection came about: the request was surely not seen."""


class Unanswered(Exception):
    """The request may have been seen; no whole answer came in time."""


@dataclass(frozen=True)
class Reply:
    """A provider's answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def retry_after_s(self) -> float | None:
        """What `Retry-After` asks for, if it says so in seconds."""
        said = self.headers.get("Retry-After", "").strip()
        return float(said) if said.isdecimal() else None


class ProviderWire:
    """A pool of connections for `at_once` threads; `timeout_s` bounds connecting and the whole answer.

    Nothing is repeated and no redirect is followed: only the host that a setting names is
    called, once.
    """

    def __init__(self, *, timeout_s: float, at_once: int) -> None:
        hush_wire_logs()
        self.timeout_s = timeout_s
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=at_once, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, object] | None = None,
        body: bytes | Mapping[str, object] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Reply:
        """The answer to one request (a mapping is sent as a form); raises NotConnected or Unanswered."""
        give_up_at = time.monotonic() + self.timeout_s
        try:
            with self._session.request(
                method,
                url,
                headers=dict(headers),
                params=query,  # type: ignore[arg-type]
                data=body,
                auth=auth,
                timeout=self.timeout_s,
                allow_redirects=False,
                stream=True,
            ) as reply:
                content = b"".join(_read_until(reply, give_up_at))
        except (requests.RequestException, urllib3.exceptions.HTTPError) as failure:
            raise (NotConnected if _never_connected(failure) else Unanswered)(type(failure).__name__) from None
        return Reply(reply.status_code, reply.headers, content)


def _read_until(reply: requests.Response, give_up_at: float) -> Iterator[bytes]:
    """The body, as long as it arrives in time: a trickle resets a socket's own limit, not this one."""
    length = 0
    while part := reply.raw.read1(_READ_BYTES, decode_content=True):
        length += len(part)
        if time.monotonic() > give_up_at or length > _LONGEST_ANSWER:
            raise requests.Timeout
        yield part


def _never_connected(failure: BaseException) -> bool:
    """Whether the connection itself failed: refused, no such host, no route, a wrong certificate, not in time.

    Everything else may have happened after the request was written.
    """
    if isinstance(failure, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    reason = failure.args[0] if failure.args else None
    reason = getattr(reason, "reason", reason)
    if isinstance(reason, urllib3.exceptions.ProxyError):
        reason = reason.original_error
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)
