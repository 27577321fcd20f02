"""Readers of the log: each event once, effect and cursor in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import is_passing
from dispatch.errors import Refusal, error_code
from dispatch.models import Event, ReaderCursor
from dispatch.rules.events import Fact
from dispatch.upsert import insert_or_update


@dataclass(frozen=True)
class Reader:
    """Somebody who follows the log for facts of certain kinds.

    `handle` works in the session it is given and must not commit; `now` is business time.
    """

    name: str
    follows: tuple[type[Fact], ...]
    handle: Callable[[Session, Event, datetime], None]


class ReaderFailed(Refusal):
    """A reader cannot handle the event at `position`; the error itself is the cause."""

    def __init__(self, reader: str, position: int, cause_code: str) -> None:
        super().__init__(reader, position=position, cause=cause_code)
        self.position = position
        self.cause_code = cause_code


def add_reader(session: Session, reader: Reader) -> None:
    """Make sure that the reader has a cursor; a new reader begins at the beginning."""
    insert_or_update(session, ReaderCursor, {"name": reader.name, "position": 0}, unique=("name",))


def follow_log(session: Session, reader: Reader, *, now: datetime, batch: int = 100) -> int:
    """Handle the next events of the log, move the cursor past them, and say how far it moved.

    Nothing if another process is at it. An error in `handle` undoes the whole batch and is
    raised as ReaderFailed; once that is noted, the events before the failing one are handled
    on their own.
    """
    cursor = session.scalar(
        select(ReaderCursor).where(ReaderCursor.name == reader.name).with_for_update(skip_locked=True)
    )
    if cursor is None:
        return 0
    statement = select(Event).where(Event.position > cursor.position).order_by(Event.position)
    if cursor.failed_position is not None and cursor.failed_position > cursor.position + 1:
        statement = statement.where(Event.position < cursor.failed_position)
    events = session.scalars(statement.limit(1 if _is_at_failure(cursor) else batch)).all()
    kinds = {fact.kind for fact in reader.follows}
    moved = 0
    for event in events:
        if event.kind in kinds:
            _handle(session, reader, event, now)
        moved = (event.position or 0) - cursor.position
    if moved and _is_at_failure(cursor):
        cursor.failed_position = cursor.failed_code = cursor.failed_at = None
    cursor.position += moved
    return moved


def note_failure(session: Session, failure: ReaderFailed, *, machine_now: datetime) -> None:
    """Remember what a reader cannot handle, for the doctor and for its next try."""
    cursor = session.get_one(ReaderCursor, failure.field, with_for_update=True)
    cursor.failed_position = failure.position
    cursor.failed_code = failure.cause_code
    cursor.failed_at = machine_now


def _is_at_failure(cursor: ReaderCursor) -> bool:
    return cursor.failed_position is not None and cursor.failed_position <= cursor.position + 1


def _handle(session: Session, reader: Reader, event: Event, now: datetime) -> None:
    try:
        reader.handle(session, event, now)
    except Exception as error:
        if is_passing(error):
            raise
        raise ReaderFailed(reader.name, event.position or 0, error_code(error)) from error
