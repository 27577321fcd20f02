"""A customer wants messages on a handset again (R32)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Conversation
from dispatch.rules.events import HandsetOptedIn
from dispatch.services.record import record


def opt_in(session: Session, conversation: Conversation, *, now: datetime) -> bool:
    """Messages may go to the handset of a locked conversation again; False if they always might."""
    if conversation.opted_out_at is None:
        return False
    conversation.opted_out_at = None
    record(session, HandsetOptedIn(occurred_at=now, conversation_id=conversation.id), now=now)
    return True
