"""What a customer has asked or complained about in one order: who owns it, and what comes next (R40, R42)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.models import Case, Message
from dispatch.models.user import DUTY_LOGIN
from dispatch.queries.running_dues import running_dues
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, PromiseKind


@dataclass(frozen=True)
class CustomerCase:
    """A case with its owner (None: the service desk) and the code of its next step; `dues` are the promises in it."""

    case_id: int
    number: str
    kind: CaseKind
    opened_at: datetime
    is_resolved: bool
    waits_for_customer: bool
    owner: str | None = field(repr=False)
    next_step: str
    dues: Mapping[PromiseKind, datetime]


def customer_cases(session: Session, order_id: int) -> tuple[CustomerCase, ...]:
    """The order's cases that its customer has opened or was told of, the newest first."""
    told = select(Message.id).where(Message.case_id == Case.id).exists()
    statement = (
        select(Case)
        .where(Case.order_id == order_id, (Case.kind != CaseKind.EXCEPTION) | told)
        .options(joinedload(Case.owner))
        .order_by(Case.opened_at.desc(), Case.id.desc())
    )
    return tuple(_shown(session, row) for row in session.scalars(statement))


def _shown(session: Session, row: Case) -> CustomerCase:
    return CustomerCase(
        case_id=row.id,
        number=row.number,
        kind=row.kind,
        opened_at=row.opened_at,
        is_resolved=row.status is CaseStatus.RESOLVED,
        waits_for_customer=row.status is CaseStatus.WAITING and row.waiting_for == "customer",
        owner=None if row.owner.login == DUTY_LOGIN else row.owner.name,
        next_step=row.next_step,
        dues=running_dues(session, case_id=row.id),
    )
