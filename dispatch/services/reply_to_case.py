"""The owner of a case answers the customer (R46), or notes what was found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.errors import Required
from dispatch.models import Case, CaseRemark
from dispatch.rules.case_steps import WAITS_FOR
from dispatch.rules.events import CaseReplied
from dispatch.rules.lifecycles import CaseStatus
from dispatch.services.case_at_hand import check_step, lock_open_case
from dispatch.services.record import record


def reply_to_case(
    session: Session, case_id: int, text: str, *, user_id: int, now: datetime, next_step: str | None = None
) -> Case:
    """Keep what the customer was answered; the case waits if the `next_step` is somebody else's.

    The same answer by the same person again is the same answer. Raises Required,
    NoSuchCase, CaseIsResolved and StepNotKnown.
    """
    check_step(next_step)
    said = text.strip()
    if not said:
        raise Required("text")
    case = lock_open_case(session, case_id)
    by = f"user:{user_id}"
    if case.remarks and (case.remarks[-1].said_by, case.remarks[-1].text) == (by, said):
        return case
    case.remarks.append(CaseRemark(said_at=now, said_by=by, text=said))
    wait(case, next_step, now=now, by=by)
    session.flush()
    fact = CaseReplied(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id)
    record(session, fact, now=now)
    return case


def wait(case: Case, next_step: str | None, *, now: datetime, by: str) -> None:
    """Take the next step, and wait if it is not the owner's."""
    if next_step is None:
        return
    case.next_step = next_step
    waits_for = WAITS_FOR.get(next_step)
    if waits_for is None:
        if case.status is CaseStatus.WAITING:
            case.move_to(CaseStatus.OPEN, at=now, by=by)
        return
    if case.status is not CaseStatus.WAITING:
        case.move_to(CaseStatus.WAITING, at=now, by=by, waiting_for=waits_for)
    case.waiting_for = waits_for
