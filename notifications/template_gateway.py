"""Sending through a gateway that takes templates only (docs/gateways.md is its protocol)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from dispatch.clocks import Clock, MachineClock
from notifications.gateway import Accepted, CannotAsk, NoAnswer, Outgoing, SendPassed, SendRefused
from notifications.provider_wire import NotConnected, ProviderWire, Reply, Unanswered
from notifications.sending_pace import SendingPace
from notifications.signed_requests import MOST_SKEW, SharedSecret

OK = "OK"
_SEND, _QUERY, _ACCOUNT = "/v1/messages", "/v1/messages", "/v1/account"
_BUSY_S = 5.0
_CODE = re.compile(r"[A-Z_]{1,40}")

#: the message itself
REFUSED: Mapping[str, str] = {
    "INVALID_NUMBER": "invalid_number",
    "LANDLINE": "landline",
    "UNREACHABLE": "unreachable",
    "OPTED_OUT": "opted_out",
    "BLOCKED": "blocked",
    "NOT_PERMITTED": "not_permitted",
    "TEMPLATE_UNKNOWN": "template",
    "TEMPLATE_NOT_APPROVED": "template",
    "VARIABLE_MISSING": "template",
    "VARIABLE_UNKNOWN": "template",
    "VARIABLE_NOT_TEXT": "template",
    "VARIABLE_TOO_LONG": "content",
    "VARIABLE_FORBIDDEN": "content",
    "EXPIRED": "expired",
}
#: the message is sound: it may go later, some of them once we have mended something
PASSING: Mapping[str, str] = {
    "RATE_LIMITED": "busy",
    "BUSY": "busy",
    "NO_CREDIT": "account",
    "SIGNATURE_NAME_UNKNOWN": "account",
    "ACCOUNT_UNKNOWN": "account",
    "BAD_SIGNATURE": "account",
    "STALE_TIMESTAMP": "account",
    "NONCE_USED": "account",
    "MALFORMED": "account",
    "NOT_FOUND": "account",
}


class TemplateGateway:
    """A gateway that is given a template's code and its variables as strings of at most `longest` characters.

    `code_of(template, language)` is the gateway's code for our template, None if it has not
    approved it. `can_be_asked` says whether the gateway offers the query by our id.
    """

    name = "template"
    shows_after = timedelta(0)

    def __init__(
        self,
        url: str,
        secret: SharedSecret,
        wire: ProviderWire,
        code_of: Callable[[str, str], str | None],
        *,
        at_once: int,
        pace: SendingPace,
        longest: int,
        can_be_asked: bool,
        machine: Clock | None = None,
    ) -> None:
        self.at_once = at_once
        self.can_be_asked = can_be_asked
        self._url = url.rstrip("/")
        self._path = urlsplit(self._url).path
        self._secret = secret
        self._wire = wire
        self._code_of = code_of
        self._pace = pace
        self._longest = longest
        self._machine = machine or MachineClock()

    def send(self, message: Outgoing) -> Accepted:
        """See `Gateway`."""
        body = json.dumps(self._document(message), ensure_ascii=False).encode()
        self._pace.wait_for_turn()
        answer = self._ask("POST", _SEND, body)
        provider_id = answer.get("message_id")
        if not isinstance(provider_id, str) or not provider_id:
            raise NoAnswer(detail="unreadable")
        return Accepted(provider_id)

    def find(self, message: Outgoing, *, since: datetime) -> Accepted | None:
        """See `Gateway`. The provider's clock may be behind ours: what it took a little before is ours too."""
        if not self.can_be_asked:
            raise CannotAsk(detail="no_query")
        query = urlencode({"id": str(message.our_id), "since": int((since - MOST_SKEW).timestamp())})
        try:
            found = self._ask("GET", f"{_QUERY}?{query}", b"")["messages"]
            ids = [taken["message_id"] for taken in found]
        except (SendRefused, SendPassed, NoAnswer) as refusal:
            raise CannotAsk(detail=refusal.values.get("detail")) from None
        except (KeyError, TypeError):
            raise CannotAsk(detail="unreadable") from None
        return Accepted(str(ids[0])) if ids else None

    def examine(self) -> None:
        """See `ExaminableGateway`."""
        self._ask("GET", _ACCOUNT, b"")

    def _document(self, message: Outgoing) -> dict[str, Any]:
        code = self._code_of(message.template, message.language)
        if code is None:
            raise SendRefused(reason="template", detail="TEMPLATE_NOT_APPROVED")
        if any(len(value) > self._longest for value in message.variables.values()):
            raise SendRefused(reason="content", detail="VARIABLE_TOO_LONG")
        return {
            "id": str(message.our_id),
            "attempt": message.attempt,
            "to": message.handset,
            "signature": message.signature,
            "template": code,
            "variables": dict(message.variables),
            "valid_for_s": max(1, int(message.valid_for.total_seconds())),
        }

    def _ask(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        """The document of an answer that says OK; raises what any other means for a message."""
        signed = self._secret.headers(
            method, self._path + target, body, now=self._machine.now(), nonce=secrets.token_hex(16)
        )
        headers = {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8", **signed}
        try:
            reply = self._wire.call(method, self._url + target, headers=headers, body=body or None)
        except NotConnected as failure:
            raise SendPassed(reason="not_connected", detail=str(failure)) from None
        except Unanswered as failure:
            raise NoAnswer(detail=str(failure)) from None
        document = _document_of(reply)
        if document.get("code") != OK:
            raise self._meaning(document, reply)
        return document

    def _meaning(self, document: Mapping[str, Any], reply: Reply) -> SendRefused | SendPassed | NoAnswer:
        """By the protocol's code if there is one, which also says that nothing was taken; else by the HTTP status."""
        code = str(document.get("code", ""))
        detail = code if _CODE.fullmatch(code) else reply.status
        if PASSING.get(code) == "busy" or (not code and reply.status in {429, 503}):
            after_s = _seconds(document.get("retry_after_s")) or reply.retry_after_s or _BUSY_S
            self._pace.hold(after_s)
            return SendPassed(reason="busy", detail=detail, after_s=after_s)
        if code in PASSING or (not code and 300 <= reply.status < 500):
            return SendPassed(reason="account", detail=detail)
        if not code:
            return NoAnswer(detail=detail)
        return SendRefused(reason=REFUSED.get(code, "refused"), detail=detail)


def _document_of(reply: Reply) -> dict[str, Any]:
    """The JSON object of an answer; {} for anything else."""
    try:
        document = json.loads(reply.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _seconds(said: object) -> float | None:
    return float(said) if isinstance(said, int | float) and not isinstance(said, bool) and said >= 0 else None
