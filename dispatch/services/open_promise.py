"""Opening a promise under the rule that the order was received under."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, Operator, Order, Promise, Shift, Visit
from dispatch.queries.rules_in_force import rule_versions
from dispatch.rules import events as e
from dispatch.rules.calendars import Span
from dispatch.rules.due import After
from dispatch.rules.judgement import Terms, Window
from dispatch.rules.ledger import SERVICE
from dispatch.rules.promise_rule import Circumstances, Rule, Surroundings, Version, choose_rule
from dispatch.rules.vocabulary import PromiseKind, Subject
from dispatch.services.append_event import append_event
from dispatch.services.schedule_work import schedule_work
from dispatch.working_days import surroundings

WARN_OF_PROMISE = "warn_of_promise"


def open_promise(
    session: Session,
    kind: PromiseKind,
    fact: e.Fact,
    *,
    occasion: int,
    window: Window | None,
    repeats: bool,
    now: datetime,
) -> Promise | None:
    """Open a promise of `kind` that starts with `fact`; None where none is made.

    None where the community cannot be served (R05) or no rule promises it; for the order's
    own promise the log says so. One that is past due already is judged silently.
    """
    case = session.get_one(Case, fact.case_id) if isinstance(fact, e.CaseFact) else None
    order = _order_of(session, fact, case)
    operator = session.get_one(Operator, 1)
    zone = ZoneInfo(order.territory.time_zone if order else operator.time_zone)
    start_at = fact.occurred_at
    version = _choose(session, kind, order, start_at, zone)
    reason = _withheld_because(kind, order, version)
    if reason and order:
        append_event(session, e.PromiseWithheld(occurred_at=start_at, order_id=order.id, reason=reason), now=now)
        return None
    if version is None or (repeats and version.rule.repeat_after is None):
        return None
    rule = version.rule
    around = surroundings(session, operator, zone, start_at, _shifts(session, fact, rule, start_at))
    if repeats and rule.repeat_after:
        window = (start_at + rule.repeat_after, start_at + rule.repeat_after)
    terms = rule.terms(start_at, around, window)
    if repeats and window:
        terms = Terms(start_at, window[1], terms.clock, terms.pauses, terms.grace)
    promise = _promise(version, terms, around, occasion, now)
    match rule.subject:
        case Subject.ORDER:
            promise.order_id = order.id if order else None
        case Subject.VISIT:
            promise.visit_id = fact.visit_id if isinstance(fact, e.VisitFact) else None
        case Subject.CASE:
            promise.case_id = case.id if case else None
    promise.is_silent = kind in SERVICE and terms.due_at <= now
    session.add(promise)
    session.flush()
    if promise.warn_at is not None:
        schedule_work(session, WARN_OF_PROMISE, promise.id, promise.warn_at)
    _tell(session, promise, order, now)
    return promise


def _order_of(session: Session, fact: e.Fact, case: Case | None) -> Order | None:
    if isinstance(fact, e.OrderFact):
        return session.get_one(Order, fact.order_id)
    if isinstance(fact, e.VisitFact):
        return session.get_one(Visit, fact.visit_id).order
    return session.get_one(Order, case.order_id) if case and case.order_id else None


def _choose(
    session: Session, kind: PromiseKind, order: Order | None, start_at: datetime, zone: ZoneInfo
) -> Version | None:
    """Orders and visits keep the version in force at receipt (R04); cases take that of their own day."""
    versions = rule_versions(session, kind)
    if order is None:
        return choose_rule(versions, kind, Circumstances(start_at, zone))
    own = kind not in (
        PromiseKind.CALLBACK,
        PromiseKind.COMPLAINT_REPLY,
        PromiseKind.COMPLAINT_ANSWER,
        PromiseKind.DISPUTE_ANSWER,
    )
    at = order.received_at if own else start_at
    return choose_rule(versions, kind, Circumstances(at, zone, order.tier, order.territory.area, order.priority))


def _withheld_because(kind: PromiseKind, order: Order | None, version: Version | None) -> str | None:
    if kind not in SERVICE or order is None:
        return None
    if not order.premises.community.is_serviceable:
        return "community_not_serviceable"
    return "no_rule" if version is None else None


def _shifts(session: Session, fact: e.Fact, rule: Rule, start_at: datetime) -> tuple[Span, ...]:
    """The technician's shifts of the next two weeks, if they are long enough for the rule."""
    technician_id = getattr(fact, "technician_id", None)
    if rule.clock.kind != "working_time" or technician_id is None:
        return ()
    rows = session.scalars(
        select(Shift)
        .where(Shift.technician_id == technician_id, Shift.ends_at > start_at)
        .where(Shift.starts_at < start_at + timedelta(days=14))
        .order_by(Shift.starts_at)
    )
    spans = tuple((max(row.starts_at, start_at), row.ends_at) for row in rows)
    needed = rule.due.amount if isinstance(rule.due, After) else timedelta()
    return spans if sum((b - a for a, b in spans), timedelta()) >= needed else ()


def _promise(version: Version, terms: Terms, around: Surroundings, occasion: int, now: datetime) -> Promise:
    rule = version.rule
    plan_by = rule.plan_by.due_at(terms.start_at, terms.clock, around.zone, None) if rule.plan_by else None
    return Promise(
        at=now,
        by="ledger",
        rule_id=version.id,
        kind=rule.kind,
        occasion=occasion,
        start_at=terms.start_at,
        first_due_at=terms.due_at,
        first_from_at=terms.from_at,
        time_zone=around.zone.key,
        clock=terms.clock.as_data(),
        pauses={cause.value: sorted(proofs) for cause, proofs in rule.pauses.items()},
        grace_s=int(terms.grace.total_seconds()),
        early_by_s=int(terms.early_by.total_seconds()),
        tolerance_s=int(terms.tolerance.total_seconds()),
        notice_s=None if terms.notice is None else int(terms.notice.total_seconds()),
        plan_by_at=plan_by,
        warn_at=terms.start_at + rule.warn_after if rule.warn_after else None,
        due_at=terms.due_at,
        from_at=terms.from_at,
    )


def _tell(session: Session, promise: Promise, order: Order | None, now: datetime) -> None:
    fact = e.PromiseOpened(
        occurred_at=promise.start_at,
        promise_id=promise.id,
        promise_kind=promise.kind,
        order_id=order.id if order else None,
        visit_id=promise.visit_id,
        case_id=promise.case_id,
        rule_id=promise.rule_id,
        due_at=promise.due_at,
        silent=promise.is_silent,
    )
    append_event(session, fact, now=now)
