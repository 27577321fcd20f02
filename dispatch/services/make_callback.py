"""The call that was promised is made (R43)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Case, CaseRemark
from dispatch.rules.case_steps import CALL_AGAIN, LOOK_INTO
from dispatch.rules.events import CallbackMade
from dispatch.services.case_at_hand import check_step, lock_open_case
from dispatch.services.record import record


def make_callback(
    session: Session,
    case_id: int,
    *,
    user_id: int,
    reached: bool,
    now: datetime,
    text: str = "",
    next_step: str | None = None,
) -> Case:
    """Note that the owner has called; a call that nobody answered was made too, and is made again.

    `text` is what was said. Raises NoSuchCase, CaseIsResolved and StepNotKnown.
    """
    check_step(next_step)
    case = lock_open_case(session, case_id)
    if text.strip():
        case.remarks.append(CaseRemark(said_at=now, said_by=f"user:{user_id}", text=text.strip()))
    case.next_step = next_step or (LOOK_INTO if reached else CALL_AGAIN)
    session.flush()
    fact = CallbackMade(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id)
    record(session, fact, now=now)
    return case
