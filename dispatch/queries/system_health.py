"""What runs, how far it has come, and what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alembic.runtime.migration import MigrationContext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from dispatch.db import SchemaNotAtHead, head_revision
from dispatch.models import (
    Base,
    BusinessClock,
    DueWork,
    Event,
    EventSequence,
    Message,
    Operator,
    Order,
    Plan,
    Promise,
    PromiseRule,
    ReaderCursor,
    SendAttempt,
    WorkerHeartbeat,
)
from dispatch.rules.lifecycles import MessageStatus, PlanStatus, PromiseStatus

#: due work and a worker's sign of life may be this late before it is worth a word
TOLERANCE = timedelta(minutes=1)
#: facts that a reader may have before it before it is worth a word
FACTS_BEHIND = 1000


class Finding(StrEnum):
    """Something a person should know about."""

    DATABASE_UNREACHABLE = "database_unreachable"
    SCHEMA_NOT_AT_HEAD = "schema_not_at_head"
    NOT_SET_UP = "not_set_up"
    NO_WORKER = "no_worker"
    WORK_OVERDUE = "work_overdue"
    WORK_PARKED = "work_parked"
    READER_FAILED = "reader_failed"
    READER_BEHIND = "reader_behind"
    GATEWAY_FAILS = "gateway_fails"
    PLANS_UNFORESEEN = "plans_unforeseen"


@dataclass(frozen=True)
class ReaderProgress:
    """One reader of the log: its cursor, the facts still before it, and why it last failed."""

    name: str
    position: int
    behind: int
    failed_code: str | None


@dataclass(frozen=True)
class MessageCounts:
    """Messages to customers.

    `held_up` are those among the `waiting` that a provider did not take; of those `in_doubt`
    nobody knows whether it did; the `lost` reach nobody.
    """

    told: int
    waiting: int
    held_up: int
    in_doubt: int
    lost: int


@dataclass(frozen=True)
class ClockSetting:
    """A business clock that is not the machine's (`dispatch.clocks.RatedClock`)."""

    epoch_machine_at: datetime
    epoch_business_at: datetime
    rate_permille: int


@dataclass(frozen=True)
class SystemHealth:
    """One moment of the whole installation; instants of due work are business time.

    `plans_unforeseen` are drafts whose forecast, or whose search for what would help, failed.
    """

    schema_revision: str | None
    schema_head: str | None
    events: int
    events_unsequenced: int
    readers: tuple[ReaderProgress, ...]
    due_now: int
    due_oldest_at: datetime | None
    due_next_at: datetime | None
    parked: int
    promises_by_status: dict[str, int]
    messages: MessageCounts
    rules: int
    orders: int
    plans_unforeseen: int
    operator_name: str | None
    operator_time_zone: str | None
    clock: ClockSetting | None
    worker_seen_at: datetime | None

    @property
    def kept_share(self) -> float | None:
        """The share of promises kept among those that were kept or broken; None before the first."""
        kept = self.promises_by_status[PromiseStatus.KEPT]
        judged = kept + self.promises_by_status[PromiseStatus.BROKEN]
        return kept / judged if judged else None

    def findings(self, *, business_now: datetime, machine_now: datetime) -> tuple[Finding, ...]:
        """What a person should know about, most serious first."""
        rate = self.clock.rate_permille / 1000 if self.clock else 1.0
        overdue = self.due_oldest_at and business_now - self.due_oldest_at > TOLERANCE * max(rate, 1.0)
        silent = self.worker_seen_at is None or machine_now - self.worker_seen_at > TOLERANCE
        found = {
            Finding.NOT_SET_UP: self.operator_name is None,
            Finding.NO_WORKER: silent,
            Finding.WORK_OVERDUE: bool(overdue),
            Finding.WORK_PARKED: self.parked > 0,
            Finding.READER_FAILED: any(reader.failed_code for reader in self.readers),
            Finding.READER_BEHIND: any(reader.behind > FACTS_BEHIND for reader in self.readers),
            Finding.GATEWAY_FAILS: self.messages.held_up > 0,
            Finding.PLANS_UNFORESEEN: self.plans_unforeseen > 0,
        }
        return tuple(finding for finding, holds in found.items() if holds)


def system_health(session: Session, now: datetime) -> SystemHealth:
    """Look at everything once; `now` is business time.

    Raises SchemaNotAtHead if the database is not the one that this program knows.
    """
    revision, head = MigrationContext.configure(session.connection()).get_current_revision(), head_revision()
    if revision != head:
        raise SchemaNotAtHead("database", found=revision, wanted=head)
    sequenced = session.scalar(select(EventSequence.last_position)) or 0
    unsequenced = _count(session, Event, Event.position.is_(None))
    waiting = DueWork.parked_at.is_(None)
    unforeseen = or_(
        *(code.is_not(None) for code in (Plan.level_failed_code, Plan.forecast_failed_code, Plan.remedies_failed_code))
    )
    operator = session.get(Operator, 1)
    return SystemHealth(
        schema_revision=revision,
        schema_head=head,
        events=sequenced + unsequenced,
        events_unsequenced=unsequenced,
        readers=_readers(session, sequenced),
        due_now=_count(session, DueWork, waiting, DueWork.due_at <= now),
        due_oldest_at=session.scalar(select(func.min(DueWork.due_at)).where(waiting, DueWork.due_at <= now)),
        due_next_at=session.scalar(select(func.min(DueWork.due_at)).where(waiting, DueWork.due_at > now)),
        parked=_count(session, DueWork, DueWork.parked_at.is_not(None)),
        promises_by_status=_promises_by_status(session),
        messages=_messages(session),
        rules=_count(session, PromiseRule),
        orders=_count(session, Order),
        plans_unforeseen=_count(session, Plan, Plan.status == PlanStatus.DRAFT, unforeseen),
        operator_name=operator.name if operator else None,
        operator_time_zone=operator.time_zone if operator else None,
        clock=_clock_setting(session),
        worker_seen_at=session.scalar(select(func.max(WorkerHeartbeat.seen_at))),
    )


def _count(session: Session, model: type[Base], *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _readers(session: Session, sequenced: int) -> tuple[ReaderProgress, ...]:
    cursors = session.scalars(select(ReaderCursor).order_by(ReaderCursor.name))
    return tuple(
        ReaderProgress(
            name=cursor.name,
            position=cursor.position,
            behind=sequenced - cursor.position,
            failed_code=cursor.failed_code,
        )
        for cursor in cursors
    )


def _promises_by_status(session: Session) -> dict[str, int]:
    rows = session.execute(select(Promise.status, func.count()).group_by(Promise.status))
    counted: dict[PromiseStatus, int] = dict(rows.all())
    return {status.value: counted.get(status, 0) for status in PromiseStatus}


def _messages(session: Session) -> MessageCounts:
    rows = session.execute(select(Message.status, func.count()).group_by(Message.status))
    counted: dict[MessageStatus, int] = dict(rows.all())

    def of(*statuses: MessageStatus) -> int:
        return sum(counted.get(status, 0) for status in statuses)

    tried = select(SendAttempt.id).where(SendAttempt.message_id == Message.id).exists()
    return MessageCounts(
        told=of(MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED),
        waiting=of(MessageStatus.QUEUED, MessageStatus.SENDING),
        held_up=_count(session, Message, Message.status == MessageStatus.QUEUED, tried),
        in_doubt=of(MessageStatus.UNKNOWN),
        lost=of(MessageStatus.UNDELIVERED, MessageStatus.FAILED),
    )


def _clock_setting(session: Session) -> ClockSetting | None:
    row = session.get(BusinessClock, 1)
    if row is None:
        return None
    return ClockSetting(row.epoch_machine_at, row.epoch_business_at, row.rate_permille)
