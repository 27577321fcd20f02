"""What would help a visit that a plan leaves out, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any

from dispatch.queries.plan_remedies import Needed, Remedy
from notifications.wording import say

_Of = Mapping[str, Any]
_WORDS: Mapping[str, Callable[[_Of, tzinfo, str | None], str]] = {
    "more_overtime": lambda of, _zone, language: say(
        "remedy.more_overtime", minutes=of["minutes"], technician=of["technician"], language=language
    ),
    "earlier_window": lambda of, zone, language: say(
        "remedy.earlier_window", minutes=of["minutes"], from_at=of["from_at"], zone=zone, language=language
    ),
    "later_window": lambda of, zone, language: say(
        "remedy.later_window", minutes=of["minutes"], until_at=of["until_at"], zone=zone, language=language
    ),
    "earlier_release": lambda of, zone, language: say(
        "remedy.earlier_release", minutes=of["minutes"], from_at=of["from_at"], zone=zone, language=language
    ),
    "later_deadline": lambda of, zone, language: say(
        "remedy.later_deadline", minutes=of["minutes"], until_at=of["until_at"], zone=zone, language=language
    ),
    "one_skill": lambda of, _zone, language: say(
        "remedy.one_skill", skill=of["skill"], level=of["level"], technician=of["technician"], language=language
    ),
    "one_part": lambda of, _zone, language: say(
        "remedy.one_part", part=of["part"], quantity=of["quantity"], technician=of["technician"], language=language
    ),
    "allowed_technician": lambda of, _zone, language: say(
        "remedy.allowed_technician", technician=of["technician"], language=language
    ),
    "instead_of": lambda of, _zone, language: say("remedy.instead_of", order=of["order"], language=language),
    "at_that_price": lambda _of, _zone, language: say("remedy.at_that_price", language=language),
}
#: codes of changes that there are words for
WORDED = frozenset(_WORDS)


def what_helps(remedies: Iterable[Remedy], zone: tzinfo, language: str | None = None) -> list[str]:
    """Each remedy as a sentence, the cheapest first; says so if nothing small would help."""
    sentences = [_sentence(remedy, zone, language) for remedy in remedies]
    return sentences or [say("remedy_none", language=language)]


def _sentence(remedy: Remedy, zone: tzinfo, language: str | None) -> str:
    between = say("between_changes", language=language)
    changes = between.join(_words(one, zone, language) for one in remedy.changes)
    who, when = remedy.badge, remedy.start_at
    return say("remedy", changes=changes, technician=who, start_at=when, zone=zone, language=language)


def _words(change: Needed, zone: tzinfo, language: str | None) -> str:
    if change.code not in _WORDS:
        return change.code
    return _WORDS[change.code](change.detail, zone, language)
