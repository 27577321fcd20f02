"""A provider of the template protocol (docs/gateways.md), as strict as the document; nothing of ours is used.

It refuses unknown templates and sender names, wrong types, overlong variables, links, stale
timestamps and replayed nonces, and can be told to misbehave once or always.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LINK_OR_MOBILE = re.compile(r"https?:|www\.|\b1[3-9]\d{9}\b")
NONCE = re.compile(r"[\x21-\x7e]{16,64}")
FIELDS = {
    "id": str,
    "attempt": int,
    "to": str,
    "signature": str,
    "template": str,
    "variables": dict,
    "valid_for_s": int,
}

#: an answer: HTTP status and document; None breaks the connection instead
Answer = tuple[int, dict[str, Any]] | None


def signature(secret: bytes, method: str, target: str, account: str, timestamp: str, nonce: str, body: bytes) -> str:
    """As the document writes it."""
    text = f"{method}\n{target}\n{account}\n{timestamp}\n{nonce}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret, text.encode("utf-8"), "sha256").hexdigest()


@dataclass
class TemplateProvider:
    """The provider: what it knows, what it has taken, and how it is to misbehave."""

    account: str = "punctual"
    secret: bytes = b"a secret of both sides"
    #: code -> the names of its variables
    templates: dict[str, set[str]] = field(default_factory=lambda: {"T1001": {"order", "due"}})
    names: set[str] = field(default_factory=lambda: {"江苏联通"})
    longest: int = 20
    offers_query: bool = True
    #: answered instead of anything else, before anything is taken
    refuses_with: Answer = None
    #: seconds that it thinks after taking a message
    thinks_s: float = 0.0
    #: whether it takes a message and then breaks the connection
    breaks: bool = False
    #: what its clock is ahead of ours
    clock_ahead_s: float = 0.0
    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sms"

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """What is answered to a request."""
        if self.refuses_with is not None:
            return self.refuses_with
        fault = self._signature_fault(method, target, headers, body)
        if fault:
            return 401, {"code": fault}
        path = urlsplit(target).path
        if (method, path) == ("GET", "/sms/v1/account"):
            return 200, {"code": "OK"}
        if (method, path) == ("GET", "/sms/v1/messages") and self.offers_query:
            return 200, self._listed(parse_qs(urlsplit(target).query, strict_parsing=True))
        if (method, path) == ("POST", "/sms/v1/messages"):
            return self._take(body)
        return 404, {"code": "NOT_FOUND"}

    def _signature_fault(self, method: str, target: str, headers: dict[str, str], body: bytes) -> str | None:
        account, timestamp = headers.get("x-account", ""), headers.get("x-timestamp", "")
        nonce, given = headers.get("x-nonce", ""), headers.get("x-signature", "")
        if account != self.account:
            return "ACCOUNT_UNKNOWN"
        if given != signature(self.secret, method, target, account, timestamp, nonce, body):
            return "BAD_SIGNATURE"
        if not re.fullmatch(r"\d{10}", timestamp) or abs(time.time() + self.clock_ahead_s - int(timestamp)) > 300:
            return "STALE_TIMESTAMP"
        with self.lock:
            if not NONCE.fullmatch(nonce) or nonce in self.nonces:
                return "NONCE_USED"
            self.nonces.add(nonce)
        return None

    def _listed(self, query: dict[str, list[str]]) -> dict[str, Any]:
        (wanted,), (since,) = query["id"], query["since"]
        found = [taken for taken in self.taken if taken["id"] == wanted and taken["accepted_at"] >= int(since)]
        return {"code": "OK", "messages": [{name: taken[name] for name in ANSWERED} for taken in found]}

    def _take(self, body: bytes) -> Answer:
        fault = self._fault(body)
        if fault:
            return 200, {"code": fault}
        with self.lock:
            taken = {**json.loads(body), "message_id": f"M-{len(self.taken) + 1}", "accepted_at": int(time.time())}
            self.taken.append(taken)
        time.sleep(self.thinks_s)
        return None if self.breaks else (200, {"code": "OK", "message_id": taken["message_id"]})

    def _fault(self, body: bytes) -> str | None:
        try:
            document = json.loads(body.decode("utf-8"))
        except ValueError:
            return "MALFORMED"
        if not _is_well_formed(document):
            return "MALFORMED"
        if not re.fullmatch(r"\+[1-9]\d{6,14}", document["to"]):
            return "INVALID_NUMBER"
        if document["signature"] not in self.names:
            return "SIGNATURE_NAME_UNKNOWN"
        if document["template"] not in self.templates:
            return "TEMPLATE_UNKNOWN"
        return self._variable_fault(document["variables"], self.templates[document["template"]])

    def _variable_fault(self, given: dict[str, Any], wanted: set[str]) -> str | None:
        if set(given) != wanted:
            return "VARIABLE_MISSING" if wanted - set(given) else "VARIABLE_UNKNOWN"
        for value in given.values():
            if not isinstance(value, str):
                return "VARIABLE_NOT_TEXT"
            if len(value) > self.longest:
                return "VARIABLE_TOO_LONG"
            if LINK_OR_MOBILE.search(value):
                return "VARIABLE_FORBIDDEN"
        return None


def _is_well_formed(document: Any) -> bool:
    if set(document) != set(FIELDS) or any(type(document[name]) is not kind for name, kind in FIELDS.items()):
        return False
    return bool(document["id"].isdecimal()) and document["attempt"] >= 1 and document["valid_for_s"] >= 1


ANSWERED = ("message_id", "attempt", "accepted_at")


@contextlib.contextmanager
def serve_templates(provider: TemplateProvider) -> Iterator[TemplateProvider]:
    """The provider on loopback, while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # an answer in one piece, or TCP waits 40 ms between its two

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = provider.answer(self.command, self.path, headers, body)
            if answer is None:
                self.close_connection = True
                return
            status, document = answer
            written = json.dumps(document, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(written)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        provider.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
