"""How surely windows are to be kept: a percentage as people write it, in whole per mille as it is stored."""

from __future__ import annotations

import re

from dispatch.errors import InvalidInput

LEAST_PERMILLE, MOST_PERMILLE = 500, 999


class InvalidConfidence(InvalidInput):
    """Not a percentage from 50 to 99.9 with at most one decimal."""


def read_confidence(text: str, field: str = "confidence") -> int | None:
    """A percentage such as `95` or `99.5`, in per mille; None for nothing. Raises InvalidConfidence."""
    written = re.fullmatch(r"(\d{1,3})(?:\.(\d))?", text.strip(), re.ASCII)
    if written is None:
        if text.strip():
            raise _refused(field)
        return None
    return checked_confidence(10 * int(written[1]) + int(written[2] or 0), field)


def checked_confidence(permille: int, field: str = "confidence") -> int:
    """The same per mille; raises InvalidConfidence for less than 500 or more than 999."""
    if not LEAST_PERMILLE <= permille <= MOST_PERMILLE:
        raise _refused(field)
    return permille


def percent_of(permille: int) -> str:
    """Per mille as a percentage, without a decimal that says nothing: `95`, `99.5`."""
    return f"{permille / 10:.1f}".removesuffix(".0")


def _refused(field: str) -> InvalidConfidence:
    return InvalidConfidence(field, least=percent_of(LEAST_PERMILLE), most=percent_of(MOST_PERMILLE))
