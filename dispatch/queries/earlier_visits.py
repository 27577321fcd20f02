"""What happened at earlier visits, so that nothing is asked twice (R41)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.models import CloseOut, Visit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import OrderKind, VisitPurpose

_ENDED = (VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED)


@dataclass(frozen=True)
class EarlierVisit:
    """One visit that is over, of the same order or of the one it is linked to."""

    visit_id: int
    order_number: str
    kind: OrderKind
    purpose: VisitPurpose
    status: VisitStatus
    ended_at: datetime
    reason: str | None
    parts_needed: tuple[str, ...]
    skills_needed: tuple[str, ...]
    note: str = field(repr=False)
    remark: str = field(repr=False)


def earlier_visits(session: Session, visits: Sequence[Visit]) -> Mapping[int, tuple[EarlierVisit, ...]]:
    """For each of the visits those before it, the latest first."""
    orders = {visit.order_id for visit in visits}
    linked = {visit.order.linked_order_id for visit in visits if visit.order.linked_order_id is not None}
    statement = (
        select(Visit, CloseOut)
        .outerjoin(CloseOut, CloseOut.visit_id == Visit.id)
        .where(Visit.order_id.in_(orders | linked), Visit.status.in_(_ENDED))
        .options(joinedload(Visit.order))
        .order_by(Visit.id.desc())
    )
    ended = [(row, account) for row, account in session.execute(statement)]
    return {
        visit.id: tuple(
            _earlier(row, account)
            for row, account in ended
            if row.id < visit.id and row.order_id in (visit.order_id, visit.order.linked_order_id)
        )
        for visit in visits
    }


def _earlier(visit: Visit, account: CloseOut | None) -> EarlierVisit:
    needs = account.needs if account else {}
    return EarlierVisit(
        visit_id=visit.id,
        order_number=visit.order.number,
        kind=visit.order.kind,
        purpose=visit.purpose,
        status=visit.status,
        ended_at=visit.left_at or visit.status_at,
        reason=account.reason if account else visit.status_reason,
        parts_needed=tuple(needs.get("parts") or ()),
        skills_needed=tuple(needs.get("skills") or ()),
        note=str(needs.get("note") or ""),
        remark=account.remark if account else "",
    )
