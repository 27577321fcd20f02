"""Making what a phone has sent fit to be stored: JSON that both databases take, unchanged where it can be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

#: deeper than this nothing is read that a phone of ours would send
_DEPTH = 20


def storable(value: Any, depth: int = _DEPTH) -> Any:
    """`value` without what JSON columns refuse: the null character, half characters, numbers that are none.

    What is nested too deeply, and what is no JSON at all, becomes null.
    """
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case str():
            return _text(value)
        case Mapping() if depth:
            return {_text(str(name)): storable(item, depth - 1) for name, item in value.items()}
        case list() | tuple() if depth:
            return [storable(item, depth - 1) for item in value]
    return None


def _text(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
