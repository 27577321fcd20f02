"""Where the clock of an order's own promise stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Promise, PromiseEntry
from dispatch.rules.judgement import EntryKind
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import PauseCause


@dataclass(frozen=True)
class Pause:
    """A pause that stands, known by its proof (R51)."""

    proof: str
    cause: PauseCause
    since: datetime


@dataclass(frozen=True)
class OrderClock:
    """The promise to have done what was ordered by `due_at`; `pauses` are those that stand now."""

    promise_id: int
    status: PromiseStatus
    due_at: datetime
    met_at: datetime | None
    pauses: tuple[Pause, ...]


def order_clock(session: Session, order_id: int) -> OrderClock | None:
    """The clock of the order's own promise; None where nothing was promised (R05)."""
    statement = select(Promise).where(Promise.order_id == order_id, Promise.kind.in_(SERVICE))
    promise = session.scalars(statement.order_by(Promise.occasion.desc())).first()
    if promise is None:
        return None
    pauses = _pauses(promise.entries) if promise.status is PromiseStatus.PAUSED else ()
    return OrderClock(promise.id, promise.status, promise.due_at, promise.met_at, pauses)


def _pauses(entries: list[PromiseEntry]) -> tuple[Pause, ...]:
    """The pauses neither resumed nor taken back, in the order in which they began."""
    open_pauses: dict[str, Pause] = {}
    for entry in sorted((row.entry for row in entries), key=lambda entry: entry.order):
        if entry.kind is EntryKind.PAUSED and entry.cause:
            open_pauses.setdefault(entry.key, Pause(entry.key, PauseCause(entry.cause), entry.at))
        elif entry.kind is EntryKind.RESUMED or (entry.kind is EntryKind.RETRACTED and entry.cause == EntryKind.PAUSED):
            open_pauses.pop(entry.key, None)
    return tuple(open_pauses.values())
