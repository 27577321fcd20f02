"""The lines of an order's story in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.queries.order_story import StoryEntry
from notifications.rendering import text_as_sent
from notifications.wording import ENGLISH, catalogue
from web.reader_language import reader_language

#: where the words for the reason of a visit's status are, the most particular first
_OF_VISITS = ("why", "sms_reason.not_completed", "sms_reason.infeasible", "sms_reason.cancelled")
#: and for that of an order's status
_OF_ORDERS = ("order_page_withdrawal", *_OF_VISITS)


def reason_words(code: str | None) -> str | None:
    """Why a visit is what it is; the code itself where there are no words for it."""
    return _words(code, _OF_VISITS)


def order_reason_words(code: str | None) -> str | None:
    """Why an order is what it is; the code itself where there are no words for it."""
    return _words(code, _OF_ORDERS)


def _words(code: str | None, families: Sequence[str]) -> str | None:
    if not code:
        return None
    for language in (reader_language(), ENGLISH):
        words = catalogue(language)
        for family in families:
            found = words.get(f"{family}.{code}")
            if found is not None:
                return found
    return code.replace("_", " ")


def words_said(entry: StoryEntry) -> str | None:
    """What a customer was sent, as it was sent, or has written."""
    if entry.template is not None:
        return text_as_sent(entry.template, entry.variables, language=entry.language)
    return entry.text or None
