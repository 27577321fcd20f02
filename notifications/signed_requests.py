"""Requests signed with a shared secret, in both directions (docs/gateways.md, "Signature")."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ACCOUNT, TIMESTAMP, NONCE, SIGNATURE = "X-Account", "X-Timestamp", "X-Nonce", "X-Signature"
#: how far the two clocks may be apart
MOST_SKEW = timedelta(seconds=300)
_UNIX_TIME = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class SharedSecret:
    """An account at a provider and the secret that both sides sign with."""

    account: str
    key: bytes = field(repr=False)

    def headers(self, method: str, target: str, body: bytes, *, now: datetime, nonce: str) -> dict[str, str]:
        """The headers that sign a request; `target` is path and query as they are sent."""
        timestamp = str(int(now.timestamp()))
        return {
            ACCOUNT: self.account,
            TIMESTAMP: timestamp,
            NONCE: nonce,
            SIGNATURE: self._sign(method, target, timestamp, nonce, body),
        }

    def signed(self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
        """Whether the other side has signed this request within the last five minutes; names in any case."""
        given = {name.lower(): value for name, value in headers.items()}
        account, timestamp, nonce, signature = (
            given.get(name.lower(), "") for name in (ACCOUNT, TIMESTAMP, NONCE, SIGNATURE)
        )
        if account != self.account or not nonce or not _UNIX_TIME.fullmatch(timestamp):
            return False
        if abs(int(timestamp) - now.timestamp()) > MOST_SKEW.total_seconds():
            return False
        wanted = self._sign(method, target, timestamp, nonce, body)
        return hmac.compare_digest(wanted.encode(), signature.encode())

    def _sign(self, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
        lines = [method.upper(), target, self.account, timestamp, nonce, hashlib.sha256(body).hexdigest()]
        return hmac.new(self.key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
