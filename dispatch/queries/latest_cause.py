"""To whom a promise is put down, whether it is broken or may be."""

from __future__ import annotations

from dispatch.models import Promise
from dispatch.rules.judgement import EntryKind
from dispatch.rules.vocabulary import BreakCause


def latest_cause(promise: Promise) -> BreakCause | None:
    """The latest attribution; None if nobody has said anything, so that it is ours."""
    entries = sorted((row.entry for row in promise.entries), key=lambda entry: entry.order)
    causes = [entry.cause for entry in entries if entry.kind is EntryKind.ATTRIBUTED and entry.cause]
    return BreakCause(causes[-1]) if causes else None
