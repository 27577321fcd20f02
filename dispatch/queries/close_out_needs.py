"""What the account of a visit must hold, by the order's rule."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Promise, Visit
from dispatch.rules.close_out_rules import Job, ReadingLimits, read_limits
from dispatch.rules.ledger import SERVICE


def job_of(visit: Visit) -> Job:
    """What the visit is for, as far as its account depends on it."""
    order = visit.order
    return Job(visit.purpose, order.service, order.tier, order.contracted_mbps)


def limits_of(session: Session, order_id: int) -> ReadingLimits:
    """The limits in the rule under which the order was received; the usual ones where it says nothing."""
    statement = select(Promise).where(Promise.order_id == order_id, Promise.kind.in_(SERVICE))
    promise = session.scalars(statement.order_by(Promise.occasion.desc())).first()
    return read_limits({} if promise is None else promise.rule.as_rule().parameters)
