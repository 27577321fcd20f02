"""Is somebody caring for this customer already? (R40, R41)"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, Message
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind

#: what a customer can add to; an exception is the staff's own
_HEARD = (CaseKind.QUESTION, CaseKind.COMPLAINT, CaseKind.DISPUTE, CaseKind.EXCEPTION)


def case_in_hand(
    session: Session,
    conversation_id: int,
    order_ids: Collection[int],
    *,
    kinds: Collection[CaseKind] = _HEARD,
) -> Case | None:
    """The newest unresolved case of these kinds that this handset was told of, or about one of these orders."""
    told = select(Message.case_id).where(Message.conversation_id == conversation_id, Message.case_id.is_not(None))
    statement = select(Case).where(
        Case.status != CaseStatus.RESOLVED,
        Case.kind.in_(kinds),
        Case.order_id.in_(order_ids) | Case.id.in_(told),
    )
    return session.scalars(statement.order_by(Case.opened_at.desc(), Case.id.desc())).first()
