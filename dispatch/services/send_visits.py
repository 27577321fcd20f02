"""Visits come to the phones: in driving order, inside the look-ahead (R17)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.db import Database, lock, run_use_case
from dispatch.models import Visit
from dispatch.queries.visits_to_send import visits_to_send
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.catch_up_visit import take_step

#: how long before its planned start a visit is sent
SEND_AHEAD = timedelta(hours=4)


def send_due_visits(database: Database, *, now: datetime, ahead: timedelta = SEND_AHEAD) -> int:
    """Send what is due at `now`, each technician's in a transaction of its own; how many visits.

    From then on acceptance is due in working time (R17).
    """
    with database.read_session() as session:
        technicians = list(visits_to_send(session, now=now, ahead=ahead))
    return sum(
        run_use_case(database, lambda session, one=one: _send(session, one, now, ahead))  # type: ignore[misc]
        for one in technicians
    )


def _send(session: Session, technician_id: int, now: datetime, ahead: timedelta) -> int:
    """Send what is still due to one technician, once its visits are locked."""
    lock(session, Visit, visits_to_send(session, now=now, ahead=ahead).get(technician_id, []))
    due = visits_to_send(session, now=now, ahead=ahead).get(technician_id, [])
    for visit_id in due:
        take_step(session, session.get_one(Visit, visit_id), VisitStatus.SENT, technician_id, at=now, now=now)
    return len(due)
