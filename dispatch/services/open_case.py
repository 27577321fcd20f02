"""Opening a case: from the first moment it has an owner and a next step (R42)."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, CaseRemark, User
from dispatch.models.user import DUTY_LOGIN
from dispatch.rules.events import CaseOpened
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.record import record


def open_case(
    session: Session,
    kind: CaseKind,
    *,
    channel: Channel,
    next_step: str,
    now: datetime,
    occurred_at: datetime | None = None,
    order_id: int | None = None,
    visit_id: int | None = None,
    promise_id: int | None = None,
    owner_id: int | None = None,
    remark: str = "",
    said_by: str = "customer",
) -> Case:
    """Open a case owned by `owner_id`, else by the duty desk; `next_step` is a code.

    A complaint gets its two clocks by the ledger (R46), a dispute its one (R51).
    """
    opened_at = occurred_at or now
    case = Case(
        at=now,
        by=said_by,
        number=f"new-{secrets.token_hex(8)}",
        kind=kind,
        order_id=order_id,
        visit_id=visit_id,
        promise_id=promise_id,
        owner_id=owner_id if owner_id is not None else _duty_desk(session),
        channel=channel,
        opened_at=opened_at,
        next_step=next_step,
    )
    if remark:
        case.remarks.append(CaseRemark(said_at=opened_at, said_by=said_by, text=remark))
    session.add(case)
    session.flush()
    case.number = f"T{100 + case.id}"
    fact = CaseOpened(occurred_at=opened_at, case_id=case.id, order_id=order_id, case_kind=kind, owner_id=case.owner_id)
    record(session, fact, now=now)
    return case


def _duty_desk(session: Session) -> int:
    return session.scalars(select(User.id).where(User.login == DUTY_LOGIN)).one()
