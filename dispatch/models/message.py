"""The rows that messages live in; the verbs of saying are in `notifications`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Json, Moves
from dispatch.rules.lifecycles import MESSAGE, MessageStatus
from dispatch.rules.vocabulary import Channel


class Conversation(Identified, Base):
    """One handset's thread, with at most one open question: the latest wins (R32).

    `open_*` describe that question: its code, what it is about, and until when an answer
    counts. `opted_out_at` is set by the words that carriers treat as opt-out;
    `unreachable_since` by messages that cannot be delivered.
    """

    __tablename__ = "conversations"
    __table_args__ = (CheckConstraint("(open_question IS NULL) = (open_until_at IS NULL)", name="question_has_an_end"),)

    handset: Mapped[str] = mapped_column(unique=True, info={"personal": True})
    language: Mapped[str]
    channel: Mapped[Channel] = mapped_column(default=Channel.SMS)
    opted_out_at: Mapped[datetime | None]
    unreachable_since: Mapped[datetime | None]
    open_question: Mapped[str | None]
    open_order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    open_visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    open_choices: Mapped[Json] = mapped_column(default=dict)
    open_until_at: Mapped[datetime | None]


class MessageTemplate(Identified, Base):
    """A template as registered with a gateway, with its approval state (R37)."""

    __tablename__ = "message_templates"
    __table_args__ = (
        UniqueConstraint("code", "language", "gateway"),
        CheckConstraint("approval IN ('draft', 'submitted', 'approved', 'rejected')", name="approval_known"),
    )

    code: Mapped[str]
    language: Mapped[str]
    gateway: Mapped[str]
    gateway_code: Mapped[str | None]
    approval: Mapped[str] = mapped_column(default="draft")
    content_hash: Mapped[str]
    changed_at: Mapped[datetime]


class Message(Moves, Identified, Base):
    """Something to say, or said: rendered when it is sent.

    Queued, it says what about (`kind`, the ids, `params` of the fact that asked for it).
    Sent, it says what was told: `template` and its `variables` as strings, the text's hash and
    number of parts. `dedupe_key` is recipient, channel, kind and occasion; `expires_at` is
    its valid-until (R38); `sent_at` is when it was last handed to a provider; `repeats`
    counts how often that was done again without knowing whether it had arrived.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        CheckConstraint("parts >= 1", name="parts_counted"),
    )
    lifecycle = MESSAGE

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"), index=True)
    kind: Mapped[str]
    occasion: Mapped[str]
    dedupe_key: Mapped[str]
    language: Mapped[str]
    channel: Mapped[Channel]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    params: Mapped[Json] = mapped_column(default=dict)
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcements.id"), index=True)
    template: Mapped[str | None]
    variables: Mapped[Json] = mapped_column(default=dict, info={"personal": True})
    status: Mapped[MessageStatus] = mapped_column(index=True)
    status_reason: Mapped[str | None]
    wanted_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    text_hash: Mapped[str | None]
    parts: Mapped[int | None]
    gateway: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(index=True)
    repeats: Mapped[int] = mapped_column(default=0)

    conversation: Mapped[Conversation] = relationship()
    attempts: Mapped[list[SendAttempt]] = relationship(order_by="SendAttempt.id")


class SendAttempt(Identified, Base):
    """Written before the provider is called: a crash leaves a trace."""

    __tablename__ = "send_attempts"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    number: Mapped[int]
    #: both on the machine clock
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
