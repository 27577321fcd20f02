"""Somebody other than the technician asks the customer whether an order is to end (R13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import Event, Order, User
from dispatch.rules.events import WithdrawalVerified
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import Role
from dispatch.services.record import record

#: orders that end, and are verified before
ENDING = (OrderStatus.WITHDRAWING, OrderStatus.INFEASIBLE)


class NothingToVerify(Refusal):
    """The order is neither being withdrawn nor found to be infeasible."""


class VerifierNotAllowed(Refusal):
    """Whoever verifies is a member of staff who is active, and no technician."""


def verify_withdrawal(session: Session, order_id: int, *, user_id: int, now: datetime) -> bool:
    """Note that the customer was asked and the order is to end; it is closed within two days of it.

    False if that was known. Raises NothingToVerify and VerifierNotAllowed.
    """
    order = session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status not in ENDING:
        raise NothingToVerify("order", status=order.status)
    user = session.get(User, user_id)
    if user is None or not user.is_active or any(grant.role is Role.TECHNICIAN for grant in user.grants):
        raise VerifierNotAllowed("user_id")
    if verified_at(session, order) is not None:
        return False
    record(session, WithdrawalVerified(occurred_at=now, order_id=order_id, user_id=user_id), now=now)
    return True


def verified_at(session: Session, order: Order) -> datetime | None:
    """When the end of the order was verified; a withdrawal that was taken back counts no more."""
    statement = select(Event.occurred_at).where(
        Event.order_id == order.id, Event.kind == WithdrawalVerified.kind, Event.occurred_at >= order.status_at
    )
    return session.scalars(statement.order_by(Event.id.desc())).first()
