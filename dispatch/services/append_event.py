"""Writing facts into the log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.models import Event
from dispatch.rules.events import Fact, check_fact

_SUBJECTS = ("order_id", "visit_id", "promise_id", "case_id", "technician_id", "territory_id")


def append_event(session: Session, fact: Fact, *, now: datetime) -> Event:
    """Append `fact`, recorded at `now`, to the log in the caller's transaction.

    Raises NotACode if the fact holds anything but ids, codes and times. The event has an
    id at once; its position comes when the sequencer has seen it committed.
    """
    return append_events(session, [fact], now=now)[0]


def append_events(session: Session, facts: Iterable[Fact], *, now: datetime) -> list[Event]:
    """Append many facts in their order, written together; see `append_event`."""
    events = [_event(fact, now) for fact in facts]
    session.add_all(events)
    session.flush()
    return events


def _event(fact: Fact, now: datetime) -> Event:
    check_fact(fact)
    values = {item.name: getattr(fact, item.name) for item in fields(fact)}
    subjects = {name: values.pop(name, None) for name in _SUBJECTS}
    return Event(
        kind=fact.kind,
        occurred_at=values.pop("occurred_at"),
        recorded_at=now,
        payload={name: _plain(value) for name, value in values.items()},
        **subjects,
    )


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
