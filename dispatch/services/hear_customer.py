"""The customer who could not be reached is heard of: the clock runs again, and promises are ours again (R12, R51)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Event, Order, Promise
from dispatch.queries.latest_cause import latest_cause
from dispatch.rules.events import (
    ClockPaused,
    ClockResumed,
    ContactTried,
    DisputeUpheld,
    TimeAgreed,
    VisitConfirmed,
    WindowChosen,
)
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import BreakCause, PauseCause, PromiseKind
from dispatch.services.attribute_cause import attribute_cause
from dispatch.services.follow_log import Reader
from dispatch.services.pause_clock import resume_clock
from dispatch.services.schedule_work import schedule_work

HEAR_CUSTOMER = "hear_customer"
_OURS_TO_KEEP = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED)


def hear_customer(session: Session, key: str, now: datetime) -> None:
    """What follows from the event `key`, in which the customer answered or chose (due work `hear_customer`).

    A clock that stood because the customer could not be reached runs again since then, and what
    was to be put down to the customer, but is not due yet, is ours to keep. Doing it twice
    does nothing.
    """
    event = session.get_one(Event, int(key))
    order = session.get_one(Order, event.order_id)
    _lock_promises(session, event)
    for proof in _standing_pauses(session, order.id, event.occurred_at):
        resume_clock(session, order, proof=proof, at=event.occurred_at, now=now)
    for promise_id in _put_down_to_customer(session, event):
        attribute_cause(session, promise_id, BreakCause.OURS, user_id=None, now=now)


def _lock_promises(session: Session, event: Event) -> None:
    """One event is heard at a time for one order."""
    ours = (Promise.order_id == event.order_id) & Promise.kind.in_(SERVICE)
    lock(session, Promise, session.scalars(select(Promise.id).where(ours | (Promise.visit_id == event.visit_id))))


def _standing_pauses(session: Session, order_id: int, heard_at: datetime) -> Iterator[str]:
    """The proofs under which the clock stands because nobody answered, begun before `heard_at`."""
    kinds = (ClockPaused.kind, ClockResumed.kind, DisputeUpheld.kind)
    events = session.scalars(
        select(Event).where(Event.order_id == order_id, Event.kind.in_(kinds)).order_by(Event.id)
    ).all()
    over = {event.payload["proof"] for event in events if event.kind != ClockPaused.kind}
    for event in events:
        if event.kind == ClockPaused.kind and event.occurred_at <= heard_at:
            proof = event.payload["proof"]
            if event.payload["cause"] == PauseCause.CUSTOMER_UNREACHABLE and proof not in over:
                yield proof


def _put_down_to_customer(session: Session, event: Event) -> Iterator[int]:
    statement = (
        select(Promise)
        .where(Promise.visit_id == event.visit_id, Promise.status.in_(_OURS_TO_KEEP))
        .where(Promise.kind.in_((PromiseKind.CONTACT, PromiseKind.ARRIVAL)), Promise.due_at > event.occurred_at)
    )
    for promise in session.scalars(statement.order_by(Promise.id)):
        if latest_cause(promise) is BreakCause.CUSTOMER:
            yield promise.id


def _want_to_hear(session: Session, event: Event, now: datetime) -> None:
    if event.kind != ContactTried.kind or event.payload["reached"]:
        schedule_work(session, HEAR_CUSTOMER, event.id, now)


HEARD_READER = Reader("heard", (ContactTried, WindowChosen, TimeAgreed, VisitConfirmed), _want_to_hear)
