"""Deciding a dispute about a pause of one order, once (R51)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Event
from dispatch.rules.events import PauseDisputed
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind
from dispatch.services.case_at_hand import lock_case
from dispatch.services.dispute_pause import settle_dispute


class NoSuchDispute(NotFound):
    """The case is no dispute of this order."""


def settle_order_dispute(
    session: Session, order_id: int, case_id: int, *, is_upheld: bool, user_id: int, now: datetime
) -> bool:
    """Decide it: upheld, the pause never counted; rejected, it stands. False if it was decided before.

    Raises NoSuchCase and NoSuchDispute.
    """
    case = lock_case(session, case_id)
    if case.kind is not CaseKind.DISPUTE or case.order_id != order_id:
        raise NoSuchDispute("case_id")
    if case.status is CaseStatus.RESOLVED:
        return False
    statement = select(Event).where(Event.case_id == case_id, Event.kind == PauseDisputed.kind)
    disputed = session.scalars(statement.order_by(Event.id)).first()
    if disputed is None:
        raise NoSuchDispute("case_id")
    settle_dispute(session, case, proof=str(disputed.payload["proof"]), is_upheld=is_upheld, user_id=user_id, now=now)
    return True
