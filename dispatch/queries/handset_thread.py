"""One handset's conversation as its owner could read it, where the provider is the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Conversation, InboundMessage, Message, SandboxMessage


@dataclass(frozen=True)
class Line:
    """One message, theirs or ours, at business time `at`."""

    at: datetime
    is_theirs: bool
    text: str = field(repr=False)


def handset_thread(session: Session, handset: str) -> list[Line]:
    """What the sandbox has taken for a handset (E.164) and what came from it, in order."""
    ours = session.execute(
        select(Message.sent_at, SandboxMessage.text, SandboxMessage.id)
        .join(Message, Message.id == SandboxMessage.our_id)
        .where(SandboxMessage.handset == handset)
        .order_by(SandboxMessage.id)
    )
    theirs = session.scalars(
        select(InboundMessage)
        .join(Conversation, Conversation.id == InboundMessage.conversation_id)
        .where(Conversation.handset == handset)
        .order_by(InboundMessage.received_at, InboundMessage.id)
    )
    lines = [Line(sent_at, is_theirs=False, text=text) for sent_at, text, _ in ours if sent_at is not None]
    lines += [Line(row.received_at, is_theirs=True, text=row.text) for row in theirs]
    return sorted(lines, key=lambda line: (line.at, not line.is_theirs))


def sandbox_handsets(session: Session, limit: int = 50) -> list[tuple[str, int]]:
    """The handsets that the sandbox has taken messages for, those with the latest first, and how many."""
    numbers = session.scalars(select(SandboxMessage.handset).order_by(SandboxMessage.id.desc())).all()
    counts: dict[str, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    return list(counts.items())[:limit]
