"""A visit that ends without what it was for: what follows is decided by a table, not by somebody in an office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import CloseOut, Contact, ContactAttempt, Order, Technician, Visit
from dispatch.queries.closed_door_proof import door_proof, door_rules, last_call
from dispatch.queries.order_clock import order_clock
from dispatch.rules.close_out_rules import (
    NOBODY_THERE,
    PART_COMES_WITHIN,
    Follow,
    NotCompletedReason,
    lacks_at_door,
    reason_called,
)
from dispatch.rules.events import ContactTried, OrderInfeasible, VisitNotCompleted, WithdrawalRequested
from dispatch.rules.field_reports import NobodyThereReport, NotCompletedReport
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import BreakCause, CaseKind, Channel, ContactRole, PauseCause, ProofKind
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.attribute_cause import attribute_cause
from dispatch.services.call_off_visits import call_off_visits
from dispatch.services.close_out_visit import RULE
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.open_case import open_case
from dispatch.services.pause_clock import PauseNotAllowed, pause_clock
from dispatch.services.record import record
from dispatch.services.request_next_visit import request_next_visit
from dispatch.services.write_close_out import close_out_of, write_close_out

#: the next step of a case about a closed door that is not proven
CHECK_DOOR = "check_door"
#: what a task of ours is called
_TASKS = {"no_port": "find_port", "network_fault": "repair_network"}
#: whom a technician calls: the first there is (R28)
_CALLED = (ContactRole.ON_SITE, ContactRole.SUBSTITUTE, ContactRole.SUBSCRIBER)


def end_visit_undone(
    session: Session,
    visit_id: int,
    technician_id: int,
    account: NotCompletedReport,
    *,
    at: datetime,
    now: datetime,
) -> CloseOut:
    """The visit ended `at` without what it was for; what the next person needs is kept (R41).

    By the reason (`rules/close_out_rules.py`) another visit is asked for, after a part or a task of ours
    where it must wait for one (R19), or the order is withdrawn or cannot be done, which
    somebody else verifies (R13). What is not our doing is not attributed to anybody on the
    technician's word alone. Doing it twice is doing it once. Raises VisitNotInHand, and
    MoveRefused unless the technician is on site.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    standing = close_out_of(session, visit_id)
    if standing is not None and not standing.is_completed:
        return standing
    order = session.get_one(Order, visit.order_id, with_for_update=True, populate_existing=True)
    needs = account.needs
    row = _end(session, visit, technician_id, account.reason, at=at)
    row.checklist, row.remark = dict(account.checklist), account.remark
    row.needs = {"parts": list(needs.parts), "skills": list(needs.skills), "note": needs.note}
    _record_end(session, visit, technician_id, account.reason, at=at, now=now)
    reason = reason_called(account.reason)
    if not reason.needs_proof:
        _attribute(session, order, _cause(session, reason, technician_id), now=now)
    if order.status is OrderStatus.OPEN:
        _follow(session, visit, order, reason, account, at=at, now=now, by=f"technician:{technician_id}")
    return row


def leave_closed_door(
    session: Session,
    visit_id: int,
    technician_id: int,
    account: NobodyThereReport,
    *,
    at: datetime,
    now: datetime,
) -> CloseOut:
    """Nobody opened; the technician left `at`, and the next visit is offered at once (R18).

    With the calls, the message, the wait and the position that the rule asks for, the trip is
    credited, and the order's clock stands from then on (R51). Without, it stays our doing, and
    somebody checks what lacks. Doing it twice is doing it once. Raises VisitNotInHand, and
    MoveRefused unless the technician is on site.
    """
    visit = lock_own_visit(session, visit_id, technician_id)
    standing = close_out_of(session, visit_id)
    if standing is not None and not standing.is_completed:
        return standing
    order = session.get_one(Order, visit.order_id, with_for_update=True, populate_existing=True)
    calls = _keep_calls(session, visit, technician_id, account.call_records, at)
    rules = door_rules(session, visit_id)
    proof = door_proof(session, visit, waited_since=account.waited_since, position=account.position, at=at)
    lacks = lacks_at_door(proof, rules)
    row = _end(session, visit, technician_id, NOBODY_THERE, at=at)
    row.is_trip_credited = not lacks
    for attempt in calls:
        tried = ContactTried(
            occurred_at=at, order_id=order.id, visit_id=visit_id, attempt_id=attempt.id, band=None, reached=False
        )
        record(session, tried, now=now)
    _record_end(session, visit, technician_id, NOBODY_THERE, at=at, now=now)
    if order.status is OrderStatus.OPEN:
        if not lacks:
            _hold_against_customer(session, visit, order, account, at=at, now=now)
        request_next_visit(session, visit, now=now, by=f"technician:{technician_id}")
    if lacks:
        open_case(
            session,
            CaseKind.EXCEPTION,
            channel=Channel.PHONE,
            next_step=CHECK_DOOR,
            order_id=order.id,
            visit_id=visit_id,
            occurred_at=at,
            said_by=RULE,
            remark=" ".join(f"door.{code}" for code in lacks),
            now=now,
        )
    return row


# The end itself


def _end(session: Session, visit: Visit, technician_id: int, reason: str, *, at: datetime) -> CloseOut:
    visit.move_to(VisitStatus.NOT_COMPLETED, at=at, by=f"technician:{technician_id}", reason=reason)
    visit.left_at = at
    return write_close_out(session, visit.id, technician_id, at=at, reason=reason, checklist={})


def _record_end(
    session: Session, visit: Visit, technician_id: int, reason: str, *, at: datetime, now: datetime
) -> None:
    session.flush()
    about: dict[str, Any] = {"occurred_at": at, "order_id": visit.order_id, "visit_id": visit.id}
    met_at = None if reason == NOBODY_THERE else visit.arrived_at
    fact = VisitNotCompleted(**about, technician_id=technician_id, reason=reason, arrived_at=met_at)
    record(session, fact, now=now)


# What follows


def _follow(
    session: Session,
    visit: Visit,
    order: Order,
    reason: NotCompletedReason,
    account: NotCompletedReport,
    *,
    at: datetime,
    now: datetime,
    by: str,
) -> None:
    match reason.follow:
        case Follow.WITHDRAWAL:
            order.move_to(OrderStatus.WITHDRAWING, at=at, by=by, reason=reason.code)
            session.flush()
            record(session, WithdrawalRequested(occurred_at=at, order_id=order.id, reason=reason.code), now=now)
            call_off_visits(session, order.id, now=now)
        case Follow.INFEASIBLE:
            order.move_to(OrderStatus.INFEASIBLE, at=at, by=by, reason=reason.code)
            session.flush()
            fact = OrderInfeasible(occurred_at=at, order_id=order.id, reason=reason.code, excused=False)
            record(session, fact, now=now)
            call_off_visits(session, order.id, now=now)
        case _:
            wait = max(reason.after, PART_COMES_WITHIN) if account.needs.parts else reason.after
            release_at = at + wait if wait else visit.release_at
            request_next_visit(session, visit, skills=account.needs.skills, release_at=release_at, now=now, by=by)
            if reason.follow is Follow.TASK:
                _open_task(session, visit, _TASKS.get(reason.code, reason.code), account.remark, by, now)


def _open_task(session: Session, visit: Visit, next_step: str, remark: str, by: str, now: datetime) -> None:
    """Somebody of ours sees to it, and calls the customer within a stated time (R19)."""
    ask_for_person(
        session,
        CaseKind.EXCEPTION,
        channel=Channel.PHONE,
        order_id=visit.order_id,
        visit_id=visit.id,
        next_step=next_step,
        said=remark,
        said_by=by,
        now=now,
    )


def _cause(session: Session, reason: NotCompletedReason, technician_id: int) -> BreakCause:
    """Ours is the contractor's, if it is a contractor's technician."""
    is_contractors = session.get_one(Technician, technician_id).contractor_id is not None
    return BreakCause.CONTRACTOR if reason.cause is BreakCause.OURS and is_contractors else reason.cause


def _attribute(session: Session, order: Order, cause: BreakCause, *, now: datetime) -> None:
    """Whose doing it is, if the order's own promise breaks by it; what is kept or void is left alone."""
    clock = order_clock(session, order.id)
    if clock is not None and clock.status not in (PromiseStatus.KEPT, PromiseStatus.VOID):
        attribute_cause(session, clock.promise_id, cause, user_id=None, now=now)


# Nobody at the door


def _keep_calls(
    session: Session, visit: Visit, technician_id: int, records: Sequence[str], at: datetime
) -> list[ContactAttempt]:
    """Calls that the phone knows of and has not reported before; a record of another call proves nothing."""
    known = set(
        session.scalars(select(ContactAttempt.call_record).where(ContactAttempt.call_record.in_(list(records))))
    )
    contacts = session.scalars(select(Contact).where(Contact.order_id == visit.order_id)).all()
    called = min(contacts, key=lambda one: _CALLED.index(one.role), default=None)
    if called is None:
        return []
    calls = [
        ContactAttempt(
            visit_id=visit.id,
            contact_id=called.id,
            technician_id=technician_id,
            channel=Channel.VOICE,
            tried_at=at,
            reached=False,
            call_record=call_record,
        )
        for call_record in dict.fromkeys(records)
        if call_record not in known
    ]
    session.add_all(calls)
    session.flush()
    return calls


def _hold_against_customer(
    session: Session, visit: Visit, order: Order, account: NobodyThereReport, *, at: datetime, now: datetime
) -> None:
    """The clock stands, by the call record, until the customer is heard of.

    Where the operator's rule knows no such pause, what is late by it is the customer's doing.
    """
    call_id = last_call(session, visit, waited_since=account.waited_since, at=at)
    try:
        pause_clock(
            session,
            order,
            cause=PauseCause.CUSTOMER_UNREACHABLE,
            proof_kind=ProofKind.CALL_RECORD,
            proof_id=call_id or f"visit-{visit.id}",
            since=at,
            now=now,
        )
    except PauseNotAllowed:
        _attribute(session, order, BreakCause.CUSTOMER, now=now)
