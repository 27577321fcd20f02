"""Every promise made to a customer about one order: what, until when, what stopped its clock, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from dispatch.models import Case, Compensation, Event, Order, Promise, PromiseRule, Visit
from dispatch.rules.events import DisputeRejected, DisputeUpheld, PauseDisputed
from dispatch.rules.judgement import Entry, EntryKind
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import CompensationStatus, PromiseStatus
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import Breach, BreakCause, PauseCause, PromiseKind, ProofKind

#: the operator does not advertise them, and tells each customer whom they concern
_TOLD_ALL_THE_SAME = (PromiseKind.WITHDRAWAL_CHECK, PromiseKind.WITHDRAWAL_CLOSE)


class Outcome(StrEnum):
    """What a customer may know of a promise; one whose time has passed unreported is not judged yet."""

    RUNNING = "running"
    PAUSED = "paused"
    UNREPORTED = "unreported"
    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"


_OUTCOMES: Mapping[PromiseStatus, Outcome] = {
    PromiseStatus.RUNNING: Outcome.RUNNING,
    PromiseStatus.PAUSED: Outcome.PAUSED,
    PromiseStatus.DUE_PASSED: Outcome.UNREPORTED,
    PromiseStatus.KEPT: Outcome.KEPT,
    PromiseStatus.BROKEN: Outcome.BROKEN,
    PromiseStatus.VOID: Outcome.VOID,
}


class Dispute(StrEnum):
    """Where a customer's objection to a pause stands (R51)."""

    NONE = "none"
    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


_PROOFS = {kind.value: kind for kind in ProofKind}


@dataclass(frozen=True)
class PauseLine:
    """A pause of a clock from `since` to `until_at` (None: it stands), known by its proof.

    Without a `proof_kind` it is the customer's own withdrawal.
    """

    proof: str
    proof_kind: ProofKind | None
    cause: PauseCause
    since: datetime
    until_at: datetime | None
    dispute: Dispute

    @property
    def can_be_disputed(self) -> bool:
        """Whether there is a proof to check, and the customer has not said anything about it yet."""
        return self.dispute is Dispute.NONE and self.proof_kind is not None


@dataclass(frozen=True)
class CreditLine:
    """What was credited, or will be: the customer has been told of it."""

    amount: Money
    is_credited: bool


@dataclass(frozen=True)
class LedgerLine:
    """One promise; `from_at` where it is a window, `visit` the number of the visit it is about, `case` of the case."""

    promise_id: int
    kind: PromiseKind
    outcome: Outcome
    made_at: datetime
    due_at: datetime
    from_at: datetime | None = None
    met_at: datetime | None = None
    cause: BreakCause | None = None
    breach: Breach | None = None
    pauses: tuple[PauseLine, ...] = ()
    credits: tuple[CreditLine, ...] = ()
    visit: int | None = None
    case: str | None = None

    @property
    def is_main(self) -> bool:
        """Whether it is the promise that what was ordered is done."""
        return self.kind in SERVICE


def customer_ledger(session: Session, order: Order) -> tuple[LedgerLine, ...]:
    """The promises about the order, its visits and its cases: that it is done first, then in order of time.

    Those that concern our own work only are left out, and so are those that were over when they were made.
    """
    numbered = select(Visit.id, Visit.number).where(Visit.order_id == order.id)
    visits = {row.id: row.number for row in session.execute(numbered)}
    called = select(Case.id, Case.number).where(Case.order_id == order.id)
    cases = {row.id: row.number for row in session.execute(called)}
    promises = _promises(session, order.id, visits, cases)
    disputes = _disputes(session, order.id)
    credited = _credits(session, [promise.id for promise in promises])
    lines = [
        LedgerLine(
            promise_id=row.id,
            kind=row.kind,
            outcome=_OUTCOMES[row.status],
            made_at=row.start_at,
            due_at=row.due_at,
            from_at=row.from_at,
            met_at=row.met_at,
            cause=row.cause,
            breach=row.breach,
            pauses=_pauses([entry.entry for entry in row.entries], row.ended_at, disputes),
            credits=tuple(credited.get(row.id, ())),
            visit=visits.get(row.visit_id or 0),
            case=cases.get(row.case_id or 0),
        )
        for row in promises
    ]
    return tuple(sorted(lines, key=lambda line: (not line.is_main, line.made_at, line.promise_id)))


def _promises(
    session: Session, order_id: int, visits: Mapping[int, int], cases: Mapping[int, str]
) -> Sequence[Promise]:
    statement = (
        select(Promise)
        .join(PromiseRule, PromiseRule.id == Promise.rule_id)
        .where(or_(Promise.order_id == order_id, Promise.visit_id.in_(visits), Promise.case_id.in_(cases)))
        .where(Promise.is_silent.is_(False))
        .options(joinedload(Promise.rule), selectinload(Promise.entries))
    )
    rows = session.scalars(statement).all()
    return [row for row in rows if row.rule.terms.get("public", True) or row.kind in _TOLD_ALL_THE_SAME]


def _pauses(
    entries: Sequence[Entry], ended_at: datetime | None, disputes: Mapping[str, Dispute]
) -> tuple[PauseLine, ...]:
    """Every pause in the order in which it began; one taken back is shown, since the customer was told of it."""
    found: list[PauseLine] = []
    standing: dict[str, int] = {}
    for entry in sorted(entries, key=lambda entry: entry.order):
        if entry.kind is EntryKind.PAUSED and entry.cause and entry.key not in standing:
            standing[entry.key] = len(found)
            kind = _PROOFS.get(entry.key.partition(":")[0])
            dispute = disputes.get(entry.key, Dispute.NONE)
            found.append(PauseLine(entry.key, kind, PauseCause(entry.cause), entry.at, ended_at, dispute))
        elif entry.kind is EntryKind.RESUMED and entry.key in standing:
            place = standing.pop(entry.key)
            found[place] = replace(found[place], until_at=entry.at)
    return tuple(found)


def _disputes(session: Session, order_id: int) -> dict[str, Dispute]:
    """What the customer has said of each pause, and what was found."""
    meanings = {
        PauseDisputed.kind: Dispute.OPEN,
        DisputeUpheld.kind: Dispute.UPHELD,
        DisputeRejected.kind: Dispute.REJECTED,
    }
    statement = select(Event.kind, Event.payload).where(Event.order_id == order_id, Event.kind.in_(meanings))
    return {row.payload["proof"]: meanings[row.kind] for row in session.execute(statement.order_by(Event.id))}


def _credits(session: Session, promise_ids: Sequence[int]) -> dict[int, list[CreditLine]]:
    """What customers were told of: nobody learns from the page what may be taken back."""
    told = (CompensationStatus.TOLD, CompensationStatus.CREDITED)
    statement = select(Compensation).where(Compensation.promise_id.in_(promise_ids), Compensation.status.in_(told))
    found: dict[int, list[CreditLine]] = {}
    for row in session.scalars(statement.order_by(Compensation.promise_id, Compensation.step)):
        line = CreditLine(row.amount, row.status is CompensationStatus.CREDITED)
        found.setdefault(row.promise_id, []).append(line)
    return found
