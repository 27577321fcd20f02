"""A visit that did what it was for is closed out on the spot (R14, R21, R23, R24, R27)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.models import CloseOut, Order, Visit
from dispatch.queries.close_out_needs import job_of, limits_of
from dispatch.rules.close_out_rules import is_rate_low, missing_from, unproven
from dispatch.rules.events import ServiceSeenWorking, VisitCompleted
from dispatch.rules.field_reports import ClosedOutReport
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel, VisitPurpose
from dispatch.services.fulfil_order import fulfil_order
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.open_case import open_case
from dispatch.services.record import record
from dispatch.services.tune_line import tune_line
from dispatch.services.write_close_out import close_out_of, write_close_out

#: the next step where an account is not complete, and where nobody has seen that it works
COMPLETE_ACCOUNT, PROVE_WORKING = "complete_account", "prove_working"
#: who says what follows from a rule: codes, which the page puts into words
RULE = "rule"
#: convenience services stand in the checklist under this name
CONVENIENCE = "convenience."


def close_out_visit(
    session: Session,
    visit_id: int,
    technician_id: int,
    account: ClosedOutReport,
    *,
    at: datetime,
    now: datetime,
) -> CloseOut:
    """Keep the account of the visit, which ended `at`, and let the order move by itself (R24).

    What the readings show working counts as done. A rate that is too low opens a linked line
    tuning (R14). An account that lacks something is kept all the same, and somebody asks for the
    rest; what was not seen working does not count until somebody has. Doing it twice is doing it
    once. Raises VisitNotInHand, and MoveRefused unless the technician is on site.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    standing = close_out_of(session, visit_id)
    if standing is not None and standing.is_completed:
        return standing
    order = session.get_one(Order, visit.order_id, with_for_update=True, populate_existing=True)
    by = f"technician:{technician_id}"
    visit.move_to(VisitStatus.COMPLETED, at=at, by=by)
    visit.left_at = at
    row = write_close_out(
        session,
        visit_id,
        technician_id,
        at=at,
        checklist={**account.checklist, **{f"{CONVENIENCE}{code}": True for code in account.conveniences}},
        readings=account.readings,
        parts=account.serials,
        consents=account.consents,
        remark=account.remark,
    )
    about: dict[str, Any] = {"occurred_at": at, "order_id": order.id, "visit_id": visit_id}
    fact = VisitCompleted(**about, technician_id=technician_id, arrived_at=visit.arrived_at)
    record(session, fact, now=now)
    _judge_readings(session, visit, order, account, at=at, now=now, by=by)
    fulfil_order(session, order, at=at, now=now, by=by)
    return row


def _judge_readings(
    session: Session, visit: Visit, order: Order, account: ClosedOutReport, *, at: datetime, now: datetime, by: str
) -> None:
    """Seen working or not, too slow or not, complete or not."""
    job, limits = job_of(visit), limits_of(session, order.id)
    lacks = missing_from(job, account, at=at, limits=limits)
    is_proven = not unproven(job, account.readings, limits)
    if job.is_seen_working and is_proven:
        technician_id = int(by.partition(":")[2])
        seen = ServiceSeenWorking(occurred_at=at, order_id=order.id, visit_id=visit.id, technician_id=technician_id)
        record(session, seen, now=now)
    if visit.purpose is not VisitPurpose.TUNE and is_rate_low(order.contracted_mbps, account.readings, limits):
        tune_line(session, order, at=at, now=now, by=by)
    if lacks:
        open_case(
            session,
            CaseKind.EXCEPTION,
            channel=Channel.PHONE,
            next_step=COMPLETE_ACCOUNT if is_proven else PROVE_WORKING,
            order_id=order.id,
            visit_id=visit.id,
            occurred_at=at,
            said_by=RULE,
            remark=" ".join(lacks),
            now=now,
        )
