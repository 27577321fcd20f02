"""Writing facts into the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from dispatch.models import Event
from dispatch.rules.events import Fact, check_fact

_SUBJECTS = ("order_id", "visit_id", "promise_id", "case_id", "technician_id", "territory_id")


def append_event(session: Session, fact: Fact, *, now: datetime) -> Event:
    """Append `fact`, recorded at `now`, to the log in the caller's transaction.

    Raises NotACode if the fact holds anything but ids, codes and times. The event has an
    id at once; its position comes when the sequencer has seen it committed.
    """
    event = Event(**_columns(fact, now))
    session.add(event)
    session.flush()
    return event


def append_events(session: Session, facts: Iterable[Fact], *, now: datetime) -> None:
    """Append many facts in their order, a thousand or so with each statement; see `append_event`."""
    rows = [_columns(fact, now) for fact in facts]
    if rows:
        # what returns ids is sent in batches, and with nulls spelled out all rows are of one kind
        session.execute(insert(Event).returning(Event.id), rows, execution_options={"render_nulls": True})


def _columns(fact: Fact, now: datetime) -> dict[str, Any]:
    check_fact(fact)
    values = {item.name: getattr(fact, item.name) for item in fields(fact)}
    subjects = {name: values.pop(name, None) for name in _SUBJECTS}
    return {
        "kind": fact.kind,
        "occurred_at": values.pop("occurred_at"),
        "recorded_at": now,
        "payload": {name: _plain(value) for name, value in values.items()},
        **subjects,
    }


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
