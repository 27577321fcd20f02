"""Every order that ends has somebody who verifies and closes it: a case with an owner and a next step (R13, R42)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, Event, Order
from dispatch.rules import events as e
from dispatch.rules.case_steps import CLOSE_WITHDRAWAL, VERIFY_WITHDRAWAL
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind
from dispatch.services.close_withdrawal import is_closed
from dispatch.services.follow_log import Reader
from dispatch.services.open_case import open_case
from dispatch.services.record import record
from dispatch.services.verify_withdrawal import ENDING, verified_at


def care_for_withdrawal(session: Session, order_id: int, *, now: datetime, user_id: int | None = None) -> None:
    """Bring the case of an order's end in line with where that end stands; twice is once."""
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    case = _standing(session, order_id)
    if order.status not in ENDING or is_closed(session, order):
        if case is not None:
            _resolve(session, case, user_id or case.owner_id, now)
        return
    step = VERIFY_WITHDRAWAL if verified_at(session, order) is None else CLOSE_WITHDRAWAL
    if case is not None:
        case.next_step = step
        return
    open_case(
        session, CaseKind.EXCEPTION, channel=order.channel, next_step=step, order_id=order_id, said_by="rule", now=now
    )


def _on_fact(session: Session, event: Event, now: datetime) -> None:
    if event.order_id is not None:
        care_for_withdrawal(session, event.order_id, now=now, user_id=event.payload.get("user_id"))


#: follows the log, so that no withdrawal is left to itself, whoever took it
WITHDRAWAL_READER = Reader(
    "withdrawals",
    (
        e.WithdrawalRequested,
        e.OrderInfeasible,
        e.WithdrawalVerified,
        e.WithdrawalRevoked,
        e.OrderWithdrawn,
        e.InfeasibleOrderClosed,
    ),
    _on_fact,
)


def _standing(session: Session, order_id: int) -> Case | None:
    statement = select(Case).where(
        Case.order_id == order_id,
        Case.next_step.in_((VERIFY_WITHDRAWAL, CLOSE_WITHDRAWAL)),
        Case.status != CaseStatus.RESOLVED,
    )
    return session.scalars(statement.with_for_update()).first()


def _resolve(session: Session, case: Case, user_id: int, now: datetime) -> None:
    case.move_to(CaseStatus.RESOLVED, at=now, by="rule")
    session.flush()
    record(session, e.CaseResolved(occurred_at=now, case_id=case.id, order_id=case.order_id, user_id=user_id), now=now)
