"""What a template gateway pushes to us: receipts and what customers wrote, in lists (docs/gateways.md).

The web hook first checks the signature (`SharedSecret.signed`), then reads the body here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dispatch.errors import InvalidInput
from dispatch.rules.lifecycles import MessageStatus
from notifications.gateway import Receipt, Received
from notifications.template_gateway import REFUSED

_STATUSES: Mapping[str, MessageStatus] = {
    status.value: status
    for status in (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNDELIVERED, MessageStatus.FAILED)
}
_FAILURES = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)

T = TypeVar("T")


class PushUnreadable(InvalidInput):
    """A body that is not of the protocol; the gateway will push it again."""


@dataclass(frozen=True)
class Pushed(Generic[T]):
    """What could be read of a list, and how many items could not: they must not hold up the others."""

    items: tuple[T, ...]
    unreadable: int


def read_receipts(body: bytes) -> Pushed[Receipt]:
    """The receipts in a push; raises PushUnreadable."""
    return _read(body, "receipts", _receipt)


def read_received(body: bytes) -> Pushed[Received]:
    """What customers wrote, in a push; raises PushUnreadable."""
    return _read(body, "messages", _received)


def _receipt(item: Mapping[str, Any]) -> Receipt:
    status = _STATUSES[item["status"]]
    reason = REFUSED.get(str(item.get("reason")), "refused") if status in _FAILURES else None
    return Receipt(int(_text(item, "id")), status, _text(item, "message_id"), reason)


def _received(item: Mapping[str, Any]) -> Received:
    return Received(_text(item, "message_id"), _text(item, "from"), _text(item, "text"))


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _read(body: bytes, name: str, read: Callable[[Mapping[str, Any]], T]) -> Pushed[T]:
    try:
        listed = json.loads(body)[name]
    except (ValueError, KeyError, TypeError):
        raise PushUnreadable(name) from None
    if not isinstance(listed, list):
        raise PushUnreadable(name)
    items, unreadable = [], 0
    for item in listed:
        try:
            items.append(read(item))
        except (ValueError, KeyError, TypeError):
            unreadable += 1
    return Pushed(tuple(items), unreadable)
