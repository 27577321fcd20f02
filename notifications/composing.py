"""How a message that is to go now is worded: from what is true now, never from what was true once.

A composer answers for one kind of message. It reads the database and says which template,
which values, and what the digits in it stand for; or that there is nothing true to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.links import Secret
from dispatch.models import Message
from notifications.values import Value


@dataclass(frozen=True)
class Telling:
    """One message about to go, at business time `now`, in a session that may write."""

    session: Session
    message: Message
    now: datetime
    secret: Secret


@dataclass(frozen=True)
class Content:
    """What to say: a template with its values.

    `choices` are what digits mean beyond those of the kind's question, as plain JSON.
    `until_at` is when it stops being true, if that is before the message expires;
    `answer_until_at` until when an answer counts, if that is not as long as the message is valid.
    In a mere detail nothing that was told changes but when the technician calls.
    """

    template: str
    values: Mapping[str, Value] = field(repr=False)
    choices: Mapping[str, Any] = field(default_factory=dict)
    until_at: datetime | None = None
    answer_until_at: datetime | None = None
    is_detail: bool = False


@dataclass(frozen=True)
class NotTrue:
    """There is nothing to say any more, and why (a code): the message is superseded."""

    reason: str


Composer = Callable[[Telling], Content | NotTrue]
COMPOSERS: dict[str, Composer] = {}


def composes(kind: str) -> Callable[[Composer], Composer]:
    """Register a composer for a kind of message."""

    def register(composer: Composer) -> Composer:
        COMPOSERS[kind] = composer
        return composer

    return register
