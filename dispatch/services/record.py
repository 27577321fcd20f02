"""Every change leaves through the log, and the promise ledger follows in the same transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Event
from dispatch.rules.events import Fact
from dispatch.services.append_event import append_event
from dispatch.services.keep_ledger import keep_ledger


def record(session: Session, fact: Fact, *, now: datetime) -> Event:
    """Append `fact` to the log and do to the promise ledger what the table says (`rules/ledger.py`).

    `now` is business time: when the fact became known, however long ago it occurred.
    """
    event = append_event(session, fact, now=now)
    keep_ledger(session, event, fact, now=now)
    return event
