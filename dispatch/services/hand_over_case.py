"""A case goes to somebody else, by name (R42)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Case, CaseRemark, User
from dispatch.models.user import DUTY_LOGIN
from dispatch.rules.access import PERMISSIONS, Permission
from dispatch.rules.events import CaseHandedOver
from dispatch.services.case_at_hand import check_step, lock_open_case
from dispatch.services.record import record


class ReceiverNotAllowed(InvalidInput):
    """A hand-over names a person who is active and may serve customers."""


def hand_over_case(
    session: Session,
    case_id: int,
    *,
    to_user_id: int,
    user_id: int,
    now: datetime,
    next_step: str | None = None,
    remark: str = "",
) -> Case:
    """The receiver owns the case and its clocks from now on; hand-overs are counted (R48).

    Handing it to its owner changes nothing. Raises NoSuchCase, CaseIsResolved,
    ReceiverNotAllowed and StepNotKnown.
    """
    check_step(next_step)
    case = lock_open_case(session, case_id)
    if case.owner_id == to_user_id:
        return case
    receiver = session.get(User, to_user_id)
    if receiver is None or not can_own(receiver):
        raise ReceiverNotAllowed("to_user_id")
    case.owner_id = receiver.id
    case.hand_overs += 1
    case.next_step = next_step or case.next_step
    if remark.strip():
        case.remarks.append(CaseRemark(said_at=now, said_by=f"user:{user_id}", text=remark.strip()))
    session.flush()
    fact = CaseHandedOver(occurred_at=now, case_id=case.id, order_id=case.order_id, owner_id=receiver.id)
    record(session, fact, now=now)
    return case


def can_own(user: User) -> bool:
    """Whether cases can be handed to this person."""
    may = any(Permission.SERVE_CUSTOMER in PERMISSIONS[grant.role] for grant in user.grants)
    return user.is_active and user.login != DUTY_LOGIN and may
