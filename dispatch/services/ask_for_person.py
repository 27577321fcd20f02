"""A customer wants a person, or needs one: somebody owns it and calls within a stated time (R40, R43)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Case
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.open_case import open_case
from dispatch.services.promise_callback import promise_callback

CALL_BACK = "call_back"


def ask_for_person(
    session: Session,
    kind: CaseKind,
    *,
    channel: Channel,
    now: datetime,
    order_id: int | None = None,
    visit_id: int | None = None,
    said: str = "",
    said_by: str = "customer",
    next_step: str = CALL_BACK,
) -> Case:
    """Open a case with what was `said`, whose owner has promised to call."""
    case = open_case(
        session,
        kind,
        channel=channel,
        next_step=next_step,
        order_id=order_id,
        visit_id=visit_id,
        remark=said,
        said_by=said_by,
        now=now,
    )
    promise_callback(session, case, now=now)
    return case
