"""When do two rows say the same?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def row_hash(row: DataclassInstance) -> str:
    """SHA-256 of what a row means, however it is written: rows with one hash say the same.

    What a row does not say is left out, so that a column added to the format some day
    leaves the hashes of older rows as they are.
    """
    canonical = json.dumps(_said(asdict(row)), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        said = {name: _said(item) for name, item in value.items()}
        return {name: item for name, item in said.items() if item not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    return value.astimezone(UTC) if isinstance(value, datetime) else value
