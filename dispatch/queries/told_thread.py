"""In which thread a visit is told: the messages that everything else shown to its customer agrees with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Contact, Conversation, Visit
from dispatch.queries.told_visits import last_told
from dispatch.rules.vocabulary import ContactRole

#: who is told of a visit, first the one at the site
_TOLD_FIRST = (ContactRole.ON_SITE, ContactRole.SUBSTITUTE, ContactRole.SUBSCRIBER)


def told_thread(session: Session, visit: Visit) -> int:
    """The thread in which the visit was told; else that of the first person who would be told; 0 if there is none."""
    threads = _threads(session, visit.order_id)
    told = (one for one in threads if last_told(session, visit.id, one) is not None)
    return next(told, threads[0] if threads else 0)


def _threads(session: Session, order_id: int) -> Sequence[int]:
    statement = (
        select(Contact.role, Conversation.id)
        .join(Conversation, Conversation.handset == Contact.phone)
        .where(Contact.order_id == order_id, Contact.redacted_at.is_(None))
    )
    by_role = {row.role: row.id for row in session.execute(statement)}
    return [by_role[role] for role in _TOLD_FIRST if role in by_role]
