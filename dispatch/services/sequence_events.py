"""Giving committed events their positions."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from dispatch.models import Event, EventSequence

BATCH = 500


def sequence_events(session: Session, *, batch: int = BATCH) -> int:
    """Stamp up to `batch` committed events with the next positions, and say how many.

    One process does this at a time (a row lock). A transaction that is still open is not
    seen and gets its positions when it has committed, so no reader can pass it by.
    """
    sequence = session.get_one(EventSequence, 1, with_for_update=True)
    ids = session.scalars(select(Event.id).where(Event.position.is_(None)).order_by(Event.id).limit(batch)).all()
    if ids:
        stamps = [
            {"id": event_id, "position": position} for position, event_id in enumerate(ids, sequence.last_position + 1)
        ]
        session.execute(update(Event), stamps)
        sequence.last_position += len(ids)
    return len(ids)
