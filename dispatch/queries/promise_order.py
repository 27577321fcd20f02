"""The order that a promise is about, directly or through its visit or case."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dispatch.models import Case, Order, Promise, Visit


def order_id_of_promise(session: Session, promise: Promise) -> int | None:
    """The order's id; None for a case that is about no order."""
    if promise.visit_id is not None:
        return session.get_one(Visit, promise.visit_id).order_id
    if promise.case_id is not None:
        return session.get_one(Case, promise.case_id).order_id
    return promise.order_id


def order_of_promise(session: Session, promise: Promise) -> Order | None:
    """The order itself."""
    order_id = order_id_of_promise(session, promise)
    return None if order_id is None else session.get_one(Order, order_id)
