"""The operator's name at the head of an SMS, as a reader of the language can read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from notifications.rendering import sentence_of
from notifications.sms_length import cut, writable_in_gsm7
from notifications.wording import closest_language

#: units of a name that was not made to be a signature
_LONGEST_IN_GSM7, _LONGEST_IN_UCS2 = 16, 8
#: a sentence that shows which letters a language is written in
_SAMPLE = "visit_announced"


class Signing(Protocol):
    """Whoever signs: the operator's row or profile."""

    @property
    def name(self) -> str:
        """The operator's name."""

    @property
    def signatures(self) -> Mapping[str, str]:
        """The signature by language."""


def signature_for(operator: Signing, language: str) -> str:
    """The signature for readers of `language`, without brackets.

    What the operator has set for it; else the operator's name, cut if it is long, if that does
    not cost the reader's language its short alphabet; else a signature of the same tongue,
    then any, that does not; else the name, which makes texts longer, but true.
    """
    language = closest_language(language)
    own = operator.signatures.get(language)
    if own:
        return own
    in_gsm7 = writable_in_gsm7(sentence_of(_SAMPLE, language)[1])
    name = cut(operator.name, _LONGEST_IN_GSM7 if writable_in_gsm7(operator.name) else _LONGEST_IN_UCS2)
    candidates = (name, *_nearest_first(operator.signatures, language))
    return next((text for text in candidates if not in_gsm7 or writable_in_gsm7(text)), name)


def _nearest_first(signatures: Mapping[str, str], language: str) -> Iterable[str]:
    spoken = language.partition("_")[0]
    by_nearness = sorted(signatures, key=lambda name: (name.partition("_")[0] != spoken, name))
    return (signatures[name] for name in by_nearness)
