"""The device whose report would meet a promise, and how long it has been silent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import FieldReport, Promise, Route, Stop, Technician, Visit
from dispatch.rules.judgement import Witness
from dispatch.rules.ledger import SERVICE
from dispatch.rules.vocabulary import PromiseKind

_BY_DEVICE = (*SERVICE, PromiseKind.ACCEPTANCE, PromiseKind.CONTACT, PromiseKind.ARRIVAL)


def witness_of(session: Session, promise: Promise) -> Witness:
    """What is known of the phones of the technicians who go to the promise's visits.

    With several phones the one that was heard least recently decides; what a phone has
    reported and nobody has applied yet is not heard. Without a stop, or for a promise that no
    phone can meet, nothing can be on its way.
    """
    if promise.kind not in _BY_DEVICE:
        return Witness(absent=True)
    about = Visit.id == promise.visit_id if promise.visit_id else Visit.order_id == promise.order_id
    unapplied = (
        select(func.min(FieldReport.occurred_at))
        .where(FieldReport.technician_id == Technician.id, FieldReport.outcome.is_(None))
        .scalar_subquery()
    )
    statement = (
        select(Technician.heard_at, unapplied)
        .join(Route, Route.technician_id == Technician.id)
        .join(Stop, Stop.route_id == Route.id)
        .join(Visit, Visit.id == Stop.visit_id)
        .where(about)
    )
    heard = [_earlier(*row) for row in session.execute(statement)]
    if not heard:
        return Witness(absent=True)
    return Witness(heard_at=None if None in heard else min(at for at in heard if at is not None))


def _earlier(heard_at: datetime | None, unapplied_at: datetime | None) -> datetime | None:
    """Until when the phone is heard in full: not beyond what waits to be applied."""
    return heard_at if heard_at is None or unapplied_at is None else min(heard_at, unapplied_at)
