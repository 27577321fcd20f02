"""A case is settled, or it turns out that it was not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal, Required
from dispatch.models import Case, CaseRemark, Order
from dispatch.rules.case_steps import CLOSE_WITHDRAWAL, LOOK_INTO, VERIFY_WITHDRAWAL
from dispatch.rules.events import CaseReopened, CaseResolved
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind
from dispatch.services.case_at_hand import lock_case
from dispatch.services.close_withdrawal import is_closed
from dispatch.services.record import record
from dispatch.services.verify_withdrawal import ENDING


class NotSettledYet(Refusal):
    """The case ends with a decision of its own: `reason` dispute or withdrawal."""


def resolve_case(session: Session, case_id: int, *, user_id: int, now: datetime, answer: str = "") -> Case:
    """Settle the case; resolving twice is resolving once.

    A complaint is never settled without an answer (R46); a dispute is decided
    (`settle_dispute`), a withdrawal closed (`close_withdrawal`). Raises NoSuchCase, Required
    and NotSettledYet.
    """
    case = lock_case(session, case_id)
    if case.status is CaseStatus.RESOLVED:
        return case
    _check(session, case, answer)
    by = f"user:{user_id}"
    if answer.strip():
        case.remarks.append(CaseRemark(said_at=now, said_by=by, text=answer.strip()))
    case.move_to(CaseStatus.RESOLVED, at=now, by=by)
    session.flush()
    fact = CaseResolved(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id)
    record(session, fact, now=now)
    return case


def reopen_case(session: Session, case_id: int, *, user_id: int, now: datetime, remark: str) -> Case:
    """It was not settled after all, for the reason given; reopening twice is reopening once. Raises Required."""
    if not remark.strip():
        raise Required("remark")
    case = lock_case(session, case_id)
    if case.status is not CaseStatus.RESOLVED:
        return case
    by = f"user:{user_id}"
    case.remarks.append(CaseRemark(said_at=now, said_by=by, text=remark.strip()))
    case.move_to(CaseStatus.REOPENED, at=now, by=by)
    case.next_step = LOOK_INTO
    session.flush()
    fact = CaseReopened(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id)
    record(session, fact, now=now)
    return case


def _check(session: Session, case: Case, answer: str) -> None:
    if case.kind is CaseKind.DISPUTE:
        raise NotSettledYet("case", reason="dispute")
    if case.kind is CaseKind.COMPLAINT and not answer.strip():
        raise Required("answer")
    if case.next_step in (VERIFY_WITHDRAWAL, CLOSE_WITHDRAWAL) and _is_ending(session, case.order_id):
        raise NotSettledYet("case", reason="withdrawal")


def _is_ending(session: Session, order_id: int | None) -> bool:
    order = session.scalars(select(Order).where(Order.id == order_id)).first()
    return order is not None and order.status in ENDING and not is_closed(session, order)
