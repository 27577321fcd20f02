"""Codes of the business that a customer's page words, whatever the code: one without words is worded in general."""

from __future__ import annotations

from notifications.values import REASONS

_STEPS = frozenset({"call_back", "call_at_once", "call_about_rating", "check_proof"})


def reason_of(family: str, code: str) -> str:
    """The code, if messages have words for it, else `other`."""
    return code if code in REASONS[family] else "other"


def next_step(code: str) -> str:
    """The next step of a case, if customers have a word for it, else that somebody looks into it."""
    return code if code in _STEPS else "look_into"
