"""Who has been to a customer about the same thing: the next visit is theirs if nothing speaks against it (R41)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import CloseOut, Visit

#: the work was more than who was there could do
_NEEDS_OTHERS = ("needs_specialist", "unsafe")


def known_technicians(session: Session, visits: Iterable[Visit]) -> Mapping[int, frozenset[int]]:
    """For visits that follow one that was not completed: who was at the latest one with the same purpose."""
    following = {(visit.order_id, visit.purpose): visit for visit in visits if visit.number > 1}
    if not following:
        return {}
    statement = (
        select(Visit.order_id, Visit.purpose, Visit.number, CloseOut.technician_id, CloseOut.reason)
        .join(CloseOut, CloseOut.visit_id == Visit.id)
        .where(Visit.order_id.in_({order_id for order_id, _purpose in following}), CloseOut.is_completed.is_(False))
        .order_by(Visit.number)
    )
    found: dict[int, frozenset[int]] = {}
    for row in session.execute(statement):
        visit = following.get((row.order_id, row.purpose))
        if visit is not None and row.number < visit.number:
            found[visit.id] = frozenset() if row.reason in _NEEDS_OTHERS else frozenset({row.technician_id})
    return found
