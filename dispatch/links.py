"""Links and codes: derived from one secret when they are needed, so that none is stored or logged.

Every code is a keyed hash (HMAC-SHA-256) of what it stands for. Whoever has the secret can
make it again; whoever has only the database cannot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Order
from dispatch.rules.lifecycles import ORDER
from dispatch.settings import Settings

#: without characters that are taken for one another
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LEAST_LENGTH = 16
#: how long after its order has ended a link still works
LINK_OUTLIVES = timedelta(days=30)


class SecretTooShort(InvalidInput):
    """A secret that can be guessed protects nothing."""


@dataclass(frozen=True)
class Secret:
    """The installation's secret; never shown."""

    key: bytes = field(repr=False)

    def derive(self, purpose: str, *parts: int | str) -> bytes:
        """32 bytes that only this secret gives for this purpose and these parts."""
        message = "\x1f".join([purpose, *map(str, parts)]).encode()
        return hmac.new(self.key, message, hashlib.sha256).digest()


def load_secret(settings: Settings) -> Secret:
    """The secret of this installation: `DISPATCH_SECRET_KEY`, else the file at `secret_file`.

    The file is made, readable by its owner only, where there is none. Several machines
    need the same secret. Raises SecretTooShort.
    """
    if settings.secret_key is not None:
        return _secret(settings.secret_key.get_secret_value().encode(), "secret_key")
    with suppress(FileExistsError):
        _write_new(settings.secret_file)
    return _secret(settings.secret_file.read_bytes().strip(), "secret_file")


def _secret(key: bytes, name: str) -> Secret:
    if len(key) < _LEAST_LENGTH:
        raise SecretTooShort(name, least=_LEAST_LENGTH)
    return Secret(key)


def _write_new(path: Path) -> None:
    """A whole file or none: it appears under its name only when it is complete."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def door_code(secret: Secret, visit_id: int, technician_id: int) -> str:
    """The four digits that the technician says at the door and the customer compares (R20)."""
    return f"{int.from_bytes(secret.derive('door', visit_id, technician_id)[:8]) % 10000:04d}"


def query_code(secret: Secret, order: Order) -> str:
    """Six characters that, with the order's number, open its page at the constant address (R37)."""
    number = int.from_bytes(secret.derive("query", order.id, order.link_generation))
    characters = []
    for _ in range(6):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    return "".join(characters)


def order_link(secret: Secret, order: Order) -> str:
    """The path of the order's page, which nobody can guess: `/o/<id>-<128 bits>`."""
    return f"/o/{order.id}-{_token(secret, order)}"


def order_behind(session: Session, secret: Secret, token: str, *, now: datetime) -> Order | None:
    """The order whose link ends in `token`; None if it is not one, was revoked, or is over for `LINK_OUTLIVES`."""
    number, _, given = token.partition("-")
    order = session.get(Order, int(number)) if number.isascii() and number.isdecimal() and len(number) < 19 else None
    if order is None or not hmac.compare_digest(given.encode(), _token(secret, order).encode()):
        return None
    return order if is_link_alive(order, now) else None


def is_link_alive(order: Order, now: datetime) -> bool:
    """Whether links and query codes of the order still open its page."""
    return order.status not in ORDER.finals or now < order.status_at + LINK_OUTLIVES


def _token(secret: Secret, order: Order) -> str:
    digest = secret.derive("link", order.id, order.link_generation)[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
