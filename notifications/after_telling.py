"""What becomes true because a customer was told: done in the transaction in which the provider's yes is noted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Message

AfterTelling = Callable[[Session, Message, datetime], None]
_AFTER: defaultdict[str, list[AfterTelling]] = defaultdict(list)


def after_telling(kind: str) -> Callable[[AfterTelling], AfterTelling]:
    """Register what follows from an accepted message of a kind."""

    def register(effect: AfterTelling) -> AfterTelling:
        _AFTER[kind].append(effect)
        return effect

    return register


def on_accepted(session: Session, message: Message, now: datetime) -> None:
    """Do what follows from the message, which the provider has just accepted; it may be called once only."""
    for effect in _AFTER[message.kind]:
        effect(session, message, now)
