"""The customer asks the technician something: whoever is asked first sees to it that it is answered (R40)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Case, Visit
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.open_case import open_case
from dispatch.services.promise_callback import promise_callback

#: what the owner does next
ANSWER = "answer_question"


def ask_at_door(
    session: Session, visit_id: int | None, technician_id: int, text: str, *, at: datetime, now: datetime
) -> Case:
    """Open a case with the question, asked at `at`; the duty desk owns it until somebody accepts it by name.

    Its clock is a promised call. Out of any visit it is the technician's own question, without a clock.
    """
    visit = None if visit_id is None else session.get(Visit, visit_id)
    case = open_case(
        session,
        CaseKind.QUESTION,
        channel=Channel.PHONE,
        next_step=ANSWER,
        order_id=None if visit is None else visit.order_id,
        visit_id=visit_id,
        remark=text,
        said_by=f"technician:{technician_id}",
        occurred_at=at,
        now=now,
    )
    if visit is not None:
        promise_callback(session, case, now=now)
    return case
