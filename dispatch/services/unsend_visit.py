"""A visit leaves a phone again, and the day is repaired: somebody else is to take it (R17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.rules.events import VisitUnsent
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.services.record import record
from dispatch.services.report_disruption import report_disruption

#: why a visit leaves a phone that has not answered
NOT_ACCEPTED = "not_accepted"


def unsend_visit(
    session: Session, visit: Visit, technician_id: int, *, reason: str, at: datetime, now: datetime, by: str
) -> None:
    """Take a locked visit from the technician's phone, for `reason` (a code); a time agreed stands.

    It stays on the route until the day is repaired, and is not sent to the same phone again
    unless it is planned there anew. Raises MoveRefused unless it is on the phone.
    """
    visit.move_to(VisitStatus.SCHEDULED, at=at, by=by, reason=reason)
    visit.accepted_at = visit.sent_at = None
    session.flush()
    about = {"order_id": visit.order_id, "visit_id": visit.id, "technician_id": technician_id}
    record(session, VisitUnsent(occurred_at=at, **about, reason=reason), now=now)
    report_disruption(
        session,
        DisruptionKind.UNACCEPTED,
        territory_id=visit.territory_id,
        technician_id=technician_id,
        visit_id=visit.id,
        occurred_at=at,
        now=now,
        by=by,
    )
