"""What an order still promises that one of its visits is to keep."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Promise, Visit
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import VisitPurpose

#: whose due time counts: a clock that stands has none for now
_DUE = (PromiseStatus.RUNNING, PromiseStatus.DUE_PASSED)


def service_promises(session: Session, visit: Visit) -> Sequence[Promise]:
    """The promises of service that are kept by doing the visit; taking an old device back keeps none (R02)."""
    if visit.purpose is VisitPurpose.RECOVER:
        return ()
    statement = select(Promise).where(
        Promise.order_id == visit.order_id, Promise.kind.in_(SERVICE), Promise.status.in_(_DUE)
    )
    return session.scalars(statement.order_by(Promise.due_at, Promise.id)).all()
