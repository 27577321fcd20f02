"""Doing to the promise ledger what a fact means for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Event, Promise, PromiseEntry
from dispatch.rules.events import Fact
from dispatch.rules.judgement import Entry
from dispatch.rules.ledger import Enters, EntersNamed, Opens, effects_of
from dispatch.rules.vocabulary import PromiseKind, Subject
from dispatch.services.judge_promise import judge_promise
from dispatch.services.open_promise import open_promise

_COLUMNS = {Subject.ORDER: Promise.order_id, Subject.VISIT: Promise.visit_id, Subject.CASE: Promise.case_id}


def keep_ledger(session: Session, event: Event, fact: Fact, *, now: datetime) -> None:
    """Open promises and enter the fact into those that it concerns, judging each at once."""
    for effect in effects_of(fact):
        match effect:
            case Opens():
                for kind in effect.only(fact) if effect.only else effect.kinds:
                    _open_or_enter(session, event, fact, effect, kind, now)
            case Enters() if effect.only_if(fact):
                for kind in effect.kinds:
                    concerned = _concerned(_promises(session, fact, effect.subject, kind), fact.occurred_at)
                    if concerned is not None:
                        _enter(session, event, concerned, effect.entry(fact), now)
            case EntersNamed():
                for promise in lock(session, Promise, [event.promise_id or 0]):
                    _enter(session, event, promise, effect.entry(fact), now)


def _open_or_enter(session: Session, event: Event, fact: Fact, effect: Opens, kind: PromiseKind, now: datetime) -> None:
    existing = _promises(session, fact, effect.subject, kind)
    promise = _concerned(existing, fact.occurred_at)
    if promise is None or not _stands(promise, fact.occurred_at):
        promise = open_promise(
            session,
            kind,
            fact,
            occasion=len(existing) + 1,
            window=effect.window(fact),
            repeats=effect.repeats,
            now=now,
        )
    if promise is not None:
        _enter(session, event, promise, effect.entry(fact) if effect.entry else None, now)


def _promises(session: Session, fact: Fact, subject: Subject, kind: PromiseKind) -> Sequence[Promise]:
    """All promises of `kind` about the fact's subject, locked, in order of their start."""
    column = _COLUMNS[subject]
    statement = select(Promise.id).where(column == getattr(fact, f"{subject}_id"), Promise.kind == kind)
    return sorted(lock(session, Promise, session.scalars(statement)), key=lambda p: (p.start_at, p.id))


def _concerned(promises: Sequence[Promise], at: datetime) -> Promise | None:
    """The promise that a fact of time `at` is about: the latest that had begun, else the first."""
    begun = [promise for promise in promises if promise.start_at <= at]
    candidates = begun or promises[:1]
    return candidates[-1] if candidates else None


def _stands(promise: Promise, at: datetime) -> bool:
    """Whether the promise was neither settled nor over at `at`, or only began later."""
    settled = promise.ended_at is not None and promise.ended_at <= at
    return not settled and (promise.paused_since is not None or promise.due_at >= at)


def _enter(session: Session, event: Event, promise: Promise, entry: Entry | None, now: datetime) -> None:
    if entry is not None:
        from_at, until_at = entry.window or (None, None)
        promise.entries.append(
            PromiseEntry(
                event_id=event.id,
                kind=entry.kind,
                occurred_at=entry.at,
                key=entry.key,
                cause=entry.cause,
                from_at=from_at,
                until_at=until_at,
            )
        )
        session.flush()
    judge_promise(session, promise, now=now)
