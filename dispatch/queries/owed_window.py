"""The arrival window that a customer counts on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Promise, Visit
from dispatch.queries.told_visits import last_told
from dispatch.rules.announcing import Span, window_around
from dispatch.rules.lifecycles import PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind

_OVER = (PromiseStatus.KEPT, PromiseStatus.VOID)
_AS_AGREED = (VisitStatus.AGREED, VisitStatus.EN_ROUTE)


def owed_window(session: Session, visit: Visit, conversation_id: int) -> Span | None:
    """Around the agreed time, else the window that the handset was told last, that is promised, or that is booked.

    A rule may judge by a wider window than is told: the customer counts on what we said.
    """
    if visit.appointed_at is not None and visit.status in _AS_AGREED:
        return window_around(visit.appointed_at)
    last = last_told(session, visit.id, conversation_id)
    if last is not None and last.told is not None:
        return last.told.window
    statement = select(Promise).where(Promise.visit_id == visit.id, Promise.kind == PromiseKind.ARRIVAL)
    promise = session.scalars(statement.order_by(Promise.occasion.desc())).first()
    if promise is not None and promise.from_at is not None and promise.status not in _OVER:
        return promise.from_at, promise.due_at
    if visit.booked_from_at is not None and visit.booked_until_at is not None:
        return visit.booked_from_at, visit.booked_until_at
    return None
