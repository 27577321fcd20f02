"""The ledger's own facts: promises, compensations, rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.rules.events.fact import Fact
from dispatch.rules.vocabulary import Breach, BreakCause, PromiseKind, ProofKind


@dataclass(frozen=True, kw_only=True)
class PromiseFact(Fact):
    """Something about one promise and its subject."""

    promise_id: int
    promise_kind: PromiseKind
    order_id: int | None = None
    visit_id: int | None = None
    case_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class PromiseOpened(PromiseFact):
    """The operator owes something by `due_at`."""

    rule_id: int
    due_at: datetime
    silent: bool


@dataclass(frozen=True, kw_only=True)
class PromisePaused(PromiseFact):
    """The clock stands."""


@dataclass(frozen=True, kw_only=True)
class PromiseResumed(PromiseFact):
    """The clock runs again, to `due_at`."""

    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseDueChanged(PromiseFact):
    """Narrowed, or moved by the customer, to `due_at`."""

    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseNearlyDue(PromiseFact):
    """Time for an alarm: the rule's `warn_after` is over and the promise is not met (R46)."""

    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseDuePassed(PromiseFact):
    """Due, and not known to be met; shown to staff only."""

    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseKept(PromiseFact):
    """Met in time; `corrected` if it had been judged otherwise."""

    met_at: datetime
    corrected: bool


@dataclass(frozen=True, kw_only=True)
class PromiseBroken(PromiseFact):
    """Not met in time; `corrected` if it had been judged otherwise."""

    due_at: datetime
    met_at: datetime | None
    cause: BreakCause
    breach: Breach
    corrected: bool


@dataclass(frozen=True, kw_only=True)
class PromiseVoided(PromiseFact):
    """Withdrawn in time, or excused by a proven outside cause."""

    corrected: bool


@dataclass(frozen=True, kw_only=True)
class PromiseReopened(PromiseFact):
    """A later fact has taken back what settled it: the clock runs again."""

    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class CauseAttributed(PromiseFact):
    """Whose doing it is, as found by a person or a fact (R36)."""

    cause: BreakCause
    user_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OutsideCauseProven(PromiseFact):
    """A proven outside cause excuses the promise altogether."""

    proof_kind: ProofKind
    proof: str


@dataclass(frozen=True, kw_only=True)
class CompensationFact(Fact):
    """Something about one credit for one broken promise."""

    compensation_id: int
    promise_id: int
    order_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CompensationProposed(CompensationFact):
    """The scale says so much; `step` counts the days begun."""

    step: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class CompensationApproved(CompensationFact):
    """Within the published scale, or approved by a person."""

    user_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CompensationTold(CompensationFact):
    """The customer knows of it: nothing told is withdrawn by us."""


@dataclass(frozen=True, kw_only=True)
class CompensationWithdrawn(CompensationFact):
    """The promise was kept after all, before anybody was told otherwise."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class RulesImported(Fact):
    """New versions of promise rules are in force from `effective_from`."""

    preset: str
    added: int
    effective_from: datetime
