"""Hearing what has happened since somebody listened last."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from dispatch.models import Event, Message, SandboxMessage
from web.city.surroundings import HandsetMessage, News

_NEW_EVENTS = select(Event).where(Event.id > bindparam("last", type_=Event.id.type)).order_by(Event.id)
_NEW_MESSAGES = (
    select(SandboxMessage.id, SandboxMessage.template, Message.sent_at)
    .join(Message, Message.id == SandboxMessage.our_id)
    .where(SandboxMessage.id > bindparam("last", type_=SandboxMessage.id.type))
    .order_by(SandboxMessage.id)
)


@dataclass
class Hearing:
    """How far somebody has listened."""

    event_id: int
    message_id: int

    @classmethod
    def from_now_on(cls, session: Session) -> Hearing:
        """Everything so far is known."""
        return cls(
            session.scalar(select(func.max(Event.id))) or 0, session.scalar(select(func.max(SandboxMessage.id))) or 0
        )

    def listen(self, session: Session) -> News:
        """What has happened since; it is known from now on."""
        events = session.scalars(_NEW_EVENTS, {"last": self.event_id}).all()
        messages = [HandsetMessage(*row) for row in session.execute(_NEW_MESSAGES, {"last": self.message_id})]
        if events:
            self.event_id = events[-1].id
        if messages:
            self.message_id = messages[-1].id
        return News(events, messages)
