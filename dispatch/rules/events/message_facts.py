"""Facts about what customers were told and what they answered."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.rules.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class MessageFact(Fact):
    """Something about one message to a customer."""

    message_id: int
    message_kind: str
    order_id: int | None = None
    visit_id: int | None = None
    case_id: int | None = None
    promise_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerTold(MessageFact):
    """The provider has accepted the message."""


@dataclass(frozen=True, kw_only=True)
class CustomerNotTold(MessageFact):
    """The message will not reach the customer, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class ReplyReceived(Fact):
    """A customer has written; `meaning` is what we made of it."""

    inbound_id: int
    conversation_id: int
    meaning: str
    order_id: int | None = None
    visit_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HandsetOptedOut(Fact):
    """A customer wants no more messages on this handset (R32)."""

    conversation_id: int


@dataclass(frozen=True, kw_only=True)
class HandsetOptedIn(Fact):
    """A customer wants messages again."""

    conversation_id: int
