"""A customer wants no more messages on a handset: obeyed at once (R32)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Conversation
from dispatch.rules.events import HandsetOptedOut
from dispatch.services.record import record


def opt_out(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Nothing is sent to the handset of a locked conversation from now on; what waits is suppressed."""
    if conversation.opted_out_at is None:
        conversation.opted_out_at = now
        record(session, HandsetOptedOut(occurred_at=now, conversation_id=conversation.id), now=now)
