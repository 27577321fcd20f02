"""The technician on the way is called elsewhere first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.rules.events import VisitDiverted
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.record import record
from dispatch.services.report_disruption import report_disruption


def divert_visit(
    session: Session, visit_id: int, technician_id: int, reason: str, *, at: datetime, now: datetime
) -> bool:
    """Not on the way any more since `at`, for `reason` (see DIVERT_REASONS); False if nobody was on the way.

    A time agreed stands, and the day is repaired. Raises VisitNotInHand.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    if visit.status is not VisitStatus.EN_ROUTE:
        return False
    by = f"technician:{technician_id}"
    back_to = VisitStatus.ACCEPTED if visit.appointed_at is None else VisitStatus.AGREED
    visit.move_to(back_to, at=at, by=by, reason=reason)
    visit.set_off_at = None
    session.flush()
    about = {"order_id": visit.order_id, "visit_id": visit.id, "technician_id": technician_id}
    record(session, VisitDiverted(occurred_at=at, **about, reason=reason), now=now)
    report_disruption(
        session,
        DisruptionKind.DIVERTED,
        territory_id=visit.territory_id,
        technician_id=technician_id,
        visit_id=visit.id,
        occurred_at=at,
        now=now,
        by=by,
    )
    return True
