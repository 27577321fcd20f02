"""The JSON that the page's script sends and is answered with.

What a report holds is not judged here: a fact from the field is taken as it comes. Only
what is needed to take it at all must be right.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.errors import InvalidInput
from dispatch.services.receive_field_reports import Report

MOST_REPORTS = 200
#: a number that JavaScript and the database both hold exactly
_LARGEST = 2**53 - 1
_LONGEST_KIND = 40
#: a clock that shows another year is broken
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


class InvalidSync(InvalidInput):
    """What a phone handed over cannot be taken; `field` says where, `reason` why."""


@dataclass(frozen=True)
class Sync:
    """What one phone hands over, in its own time."""

    device: str
    device_now: datetime
    reports: tuple[Report, ...]


def read_sync(body: bytes) -> Sync:
    """Read a hand-over; raises InvalidSync naming the field (`reports.2.device_at`).

    Reasons: `not_a_table`, `not_a_list`, `not_a_text`, `not_a_number`, `not_an_instant`,
    `too_many`.
    """
    table = _table(_document(body), "body")
    rows = table.get("reports")
    if not isinstance(rows, list):
        raise InvalidSync("reports", reason="not_a_list")
    if len(rows) > MOST_REPORTS:
        raise InvalidSync("reports", reason="too_many")
    return Sync(
        device=_device(table.get("device_id")),
        device_now=_instant(table.get("device_now"), "device_now"),
        reports=tuple(_report(row, f"reports.{place}") for place, row in enumerate(rows)),
    )


def _document(body: bytes) -> object:
    """JSON without what no database keeps: numbers that are none, NUL, halves of characters."""
    try:
        return _clean(json.loads(body, parse_constant=lambda _name: None))
    except (ValueError, RecursionError):
        raise InvalidSync("body", reason="not_a_table") from None


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _device(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isalnum() or len(value) > _LONGEST_KIND:
        raise InvalidSync("device_id", reason="not_a_text")
    return value


def _report(value: object, path: str) -> Report:
    row = _table(value, path)
    kind, visit_id = row.get("kind"), row.get("visit_id")
    if not isinstance(kind, str) or not 0 < len(kind) <= _LONGEST_KIND:
        raise InvalidSync(f"{path}.kind", reason="not_a_text")
    return Report(
        sequence=_number(row.get("sequence"), f"{path}.sequence"),
        kind=kind,
        device_at=_instant(row.get("device_at"), f"{path}.device_at"),
        visit_id=None if visit_id is None else _number(visit_id, f"{path}.visit_id"),
        payload=dict(_table(row.get("payload", {}), f"{path}.payload")),
    )


def _table(value: object, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidSync(field, reason="not_a_table")
    return value


def _number(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise InvalidSync(field, reason="not_a_number")
    return value


def _instant(value: object, field: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None or not _FIRST_YEAR <= at.year < _LAST_YEAR:
        raise InvalidSync(field, reason="not_an_instant")
    return at
