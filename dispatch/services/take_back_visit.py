"""A visit that nobody has accepted in time leaves the phone again (R17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Event, Promise, Route, Stop, Visit
from dispatch.rules.events import PromiseBroken, PromiseDuePassed
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from dispatch.services.follow_log import Reader
from dispatch.services.schedule_work import schedule_work
from dispatch.services.unsend_visit import NOT_ACCEPTED, unsend_visit

TAKE_BACK_VISIT = "take_back_visit"


def take_back_visit(session: Session, key: str, now: datetime) -> None:
    """Take the visit back whose promise `key` to be accepted was not kept (due work `take_back_visit`).

    Nothing if it was accepted meanwhile, is on no phone, or was sent anew since.
    """
    promise = session.get_one(Promise, int(key))
    for visit in lock(session, Visit, [promise.visit_id or 0]):
        technician_id = _technician_of(session, visit.id)
        if technician_id is None or visit.status is not VisitStatus.SENT or visit.sent_at is None:
            return
        if promise.start_at >= visit.sent_at:
            unsend_visit(session, visit, technician_id, reason=NOT_ACCEPTED, at=now, now=now, by="ledger")


def _technician_of(session: Session, visit_id: int) -> int | None:
    statement = select(Route.technician_id).join(Stop, Stop.route_id == Route.id).where(Stop.visit_id == visit_id)
    return session.scalars(statement.order_by(Stop.attendance)).first()


def _want_it_back(session: Session, event: Event, now: datetime) -> None:
    if event.payload["promise_kind"] == PromiseKind.ACCEPTANCE:
        schedule_work(session, TAKE_BACK_VISIT, event.promise_id or 0, now)


ACCEPTANCE_READER = Reader("acceptance", (PromiseDuePassed, PromiseBroken), _want_it_back)
