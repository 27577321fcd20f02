"""Messages as they were sent, made again of their templates and variables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.queries.customer_page import SentMessage
from notifications.rendering import text_as_sent


@dataclass(frozen=True)
class SentText:
    """What was sent when."""

    sent_at: datetime
    text: str = field(repr=False)
    html_language: str
    is_undelivered: bool


def message_texts(sent: Iterable[SentMessage]) -> list[SentText]:
    """The texts, without the signature; one whose variables were deleted is left out."""
    texts = []
    for message in sent:
        text = text_as_sent(message.template, message.variables, language=message.language)
        if text is not None:
            language = message.language.replace("_", "-")
            texts.append(SentText(message.sent_at, text, language, message.is_undelivered))
    return texts
