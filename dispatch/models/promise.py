"""Promises as records with a clock, an outcome and a cause."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dispatch.models.base import Base, Identified, Json, Moves
from dispatch.rules.calendars import read_calendar
from dispatch.rules.judgement import Entry, EntryKind, Terms
from dispatch.rules.lifecycles import PROMISE, PromiseStatus
from dispatch.rules.preset import read_rule
from dispatch.rules.promise_rule import Rule
from dispatch.rules.vocabulary import Breach, BreakCause, PauseCause, PromiseKind


class PromiseRule(Identified, Base):
    """One immutable version of one rule; `terms` is its text in canonical form.

    In force from `effective_from` until a later version of the same code, or until
    `effective_until`. The database refuses to change or delete a row.
    """

    __tablename__ = "promise_rules"
    __table_args__ = (
        UniqueConstraint("code", "effective_from"),
        CheckConstraint("effective_until IS NULL OR effective_from < effective_until", name="period_in_order"),
    )

    preset: Mapped[str]
    code: Mapped[str]
    kind: Mapped[PromiseKind]
    currency: Mapped[str]
    content_hash: Mapped[str]
    terms: Mapped[Json]
    effective_from: Mapped[datetime]
    effective_until: Mapped[datetime | None]
    imported_at: Mapped[datetime]

    def as_rule(self) -> Rule:
        """What the terms say; read once in each process for each text."""
        key = (self.content_hash, self.currency)
        if key not in _RULES_READ:
            _RULES_READ[key] = read_rule(self.terms, self.currency)
        return _RULES_READ[key]


#: an installation has some dozen rule texts, and none ever changes
_RULES_READ: dict[tuple[str, str], Rule] = {}


class Promise(Moves, Identified, Base):
    """One obligation about exactly one order, visit or case.

    The terms (`start_at`, `first_due_at`, `clock`, `pauses`, ...) are copied from the rule
    when the promise is opened and never change. The judgement (`status`, `due_at`,
    `met_at`, ...) follows from the entries and changes only through `judge_promise`.
    `occasion` counts the promises of one kind about one subject. A promise that was past
    due when it was opened is `silent`: it is judged, but nobody is told or compensated.
    """

    __tablename__ = "promises"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN order_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN visit_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="exactly_one_subject",
        ),
        CheckConstraint("(status = 'broken') = (cause IS NOT NULL)", name="broken_has_cause"),
        CheckConstraint("(status = 'broken') = (breach IS NOT NULL)", name="broken_has_breach"),
        CheckConstraint("status <> 'kept' OR met_at IS NOT NULL", name="kept_was_met"),
        UniqueConstraint("order_id", "kind", "occasion"),
        UniqueConstraint("visit_id", "kind", "occasion"),
        UniqueConstraint("case_id", "kind", "occasion"),
        Index("ix_promises_kind_status", "kind", "status"),
    )
    lifecycle = PROMISE

    rule_id: Mapped[int] = mapped_column(ForeignKey("promise_rules.id"), index=True)
    kind: Mapped[PromiseKind]
    occasion: Mapped[int] = mapped_column(default=1)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))

    start_at: Mapped[datetime]
    first_due_at: Mapped[datetime]
    first_from_at: Mapped[datetime | None]
    time_zone: Mapped[str]
    clock: Mapped[Json]
    pauses: Mapped[Json]
    grace_s: Mapped[int]
    early_by_s: Mapped[int]
    tolerance_s: Mapped[int]
    notice_s: Mapped[int | None]
    plan_by_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    is_silent: Mapped[bool] = mapped_column(default=False)

    status: Mapped[PromiseStatus]
    status_reason: Mapped[str | None]
    due_at: Mapped[datetime] = mapped_column(index=True)
    from_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    paused_since: Mapped[datetime | None]
    paused_s: Mapped[int] = mapped_column(default=0)
    cause: Mapped[BreakCause | None]
    breach: Mapped[Breach | None]

    rule: Mapped[PromiseRule] = relationship()
    entries: Mapped[list[PromiseEntry]] = relationship(back_populates="promise", order_by="PromiseEntry.id")

    @property
    def terms(self) -> Terms:
        """What was promised, as the judgement reads it."""
        return Terms(
            start_at=self.start_at,
            due_at=self.first_due_at,
            clock=read_calendar(self.clock),
            pauses=frozenset(map(PauseCause, self.pauses)),
            grace=timedelta(seconds=self.grace_s),
            from_at=self.first_from_at,
            early_by=timedelta(seconds=self.early_by_s),
            tolerance=timedelta(seconds=self.tolerance_s),
            notice=None if self.notice_s is None else timedelta(seconds=self.notice_s),
        )


class PromiseEntry(Identified, Base):
    """One fact about a promise, entered in the transaction that recorded it."""

    __tablename__ = "promise_entries"
    __table_args__ = (UniqueConstraint("promise_id", "event_id", "kind"),)

    promise_id: Mapped[int] = mapped_column(ForeignKey("promises.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    kind: Mapped[EntryKind]
    occurred_at: Mapped[datetime]
    key: Mapped[str] = mapped_column(default="")
    cause: Mapped[str | None]
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]

    promise: Mapped[Promise] = relationship(back_populates="entries")

    @property
    def entry(self) -> Entry:
        """The fact, as the judgement reads it."""
        window = None if self.from_at is None or self.until_at is None else (self.from_at, self.until_at)
        return Entry(self.kind, self.occurred_at, self.key, self.cause, window)
