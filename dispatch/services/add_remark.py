"""Something more is said in a case (R41: nothing is asked twice)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.models import Case, CaseRemark
from dispatch.rules.events import RemarkAdded
from dispatch.rules.lifecycles import CaseStatus
from dispatch.services.record import record

CUSTOMER = "customer"
#: the next step once the customer has come so often about the same thing (R48)
ALARM, ALARM_AT = "call_at_once", 3


def add_remark(session: Session, case_id: int, text: str, *, now: datetime, said_by: str = CUSTOMER) -> Case:
    """Keep what was said; the customer's third contact about it raises the alarm.

    What the case was waiting for has come, if it was the customer's answer.
    """
    case = session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    remark = CaseRemark(said_at=now, said_by=said_by, text=text)
    case.remarks.append(remark)
    if said_by == CUSTOMER:
        case.contacts += 1
        if case.contacts >= ALARM_AT:
            case.next_step = ALARM
        if case.status is CaseStatus.WAITING and case.waiting_for == CUSTOMER:
            case.move_to(CaseStatus.OPEN, at=now, by=said_by)
    session.flush()
    fact = RemarkAdded(
        occurred_at=now, case_id=case.id, order_id=case.order_id, remark_id=remark.id, contacts=case.contacts
    )
    record(session, fact, now=now)
    return case
