"""An order's customer asks for a person on the page: one case in hand, however often it is asked (R40, R41)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, Order
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.add_remark import add_remark
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.promise_callback import promise_callback

#: the same words again so soon are the same click
SAME_CLICK = timedelta(minutes=10)


def ask_about_order(session: Session, order_id: int, *, said: str, is_complaint: bool, now: datetime) -> Case:
    """A person calls about the order, and knows what was `said`; a complaint has a case of its own (R47)."""
    session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    kinds = (CaseKind.COMPLAINT,) if is_complaint else (CaseKind.QUESTION, CaseKind.COMPLAINT)
    statement = select(Case).where(Case.order_id == order_id, Case.kind.in_(kinds), Case.status != CaseStatus.RESOLVED)
    case = session.scalars(statement.order_by(Case.opened_at.desc(), Case.id.desc())).first()
    if case is None:
        kind = CaseKind.COMPLAINT if is_complaint else CaseKind.QUESTION
        return ask_for_person(session, kind, channel=Channel.PAGE, order_id=order_id, said=said, now=now)
    if said and not _was_just_said(case, said, now):
        add_remark(session, case.id, said, now=now)
    promise_callback(session, case, now=now)
    return case


def _was_just_said(case: Case, said: str, now: datetime) -> bool:
    return any(remark.text == said and now - remark.said_at <= SAME_CLICK for remark in case.remarks)
