"""How often and when a customer is tried, as the operator's rule about contacts says (R12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dispatch.rules.contact_tries import TryRules
from dispatch.rules.preset import read_duration
from dispatch.rules.vocabulary import Band

DEFAULT_TRIES = TryRules(
    {Band.MORNING: ("08:30", "11:30"), Band.NOON: ("11:30", "12:30"), Band.EVENING: ("17:30", "20:00")}
)


def read_try_rules(parameters: Mapping[str, Any]) -> TryRules:
    """The rules in a promise rule's `parameters`; what these leave out is as usual. Raises InvalidPreset."""
    usual = DEFAULT_TRIES
    bands = parameters.get("bands")
    return TryRules(
        bands={Band(name): (opens, closes) for name, (opens, closes) in bands.items()} if bands else usual.bands,
        more_tries=int(parameters.get("more_tries", usual.more_tries)),
        apart=_length(parameters, "tries_apart") or usual.apart,
        choice_held=_length(parameters, "choice_held") or usual.choice_held,
    )


def _length(parameters: Mapping[str, Any], name: str) -> timedelta | None:
    return read_duration(parameters[name], f"parameters.{name}") if name in parameters else None
