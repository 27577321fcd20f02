"""Everything that can have happened, as facts for the log.

Facts hold ids, codes and times, never a name, a phone number, an address or a sentence
(R84): those live in rows that can be redacted. `check_fact` enforces it.

The subject ids (`order_id`, `visit_id`, `promise_id`, `case_id`, `technician_id`,
`territory_id`) become columns of the log; everything else goes into its payload.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from dispatch.errors import InvalidInput
from dispatch.rules.vocabulary import (
    Band,
    Breach,
    BreakCause,
    CaseKind,
    Channel,
    OrderKind,
    PauseCause,
    PromiseKind,
    ProofKind,
)

CODE = re.compile(r"[a-z][a-z0-9_.:/-]{0,79}")


class NotACode(InvalidInput):
    """A fact holds something that is not an id, a code or a time."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that has happened, at `occurred_at` (aware)."""

    kind: ClassVar[str]
    occurred_at: datetime

    def __init_subclass__(cls) -> None:
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        FACTS[cls.kind] = cls


FACTS: dict[str, type[Fact]] = {}


def check_fact(fact: Fact) -> None:
    """Raise NotACode if `fact` holds anything but ids, codes and times."""
    for item in fields(fact):
        value = getattr(fact, item.name)
        if isinstance(value, datetime):
            allowed = value.tzinfo is not None
        elif isinstance(value, str) and not isinstance(value, StrEnum):
            allowed = CODE.fullmatch(value) is not None
        else:
            allowed = value is None or isinstance(value, int | date | StrEnum)
        if not allowed:
            raise NotACode(item.name, fact=fact.kind)


# --- orders ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OrderFact(Fact):
    """Something about one order."""

    order_id: int


@dataclass(frozen=True, kw_only=True)
class OrderReceived(OrderFact):
    """An order has come in; its clocks start at `occurred_at` (R01 to R03).

    `stated_due_at` is a start date that was promised in so many words, where the
    operator's rule asks for one.
    """

    order_kind: OrderKind
    channel: Channel
    territory_id: int | None = None
    stated_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PromiseWithheld(OrderFact):
    """The order was taken without a promise, and why (R05)."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderLocated(OrderFact):
    """The address of the order has a place now: its visits can be planned (R19)."""


@dataclass(frozen=True, kw_only=True)
class ServiceSeenWorking(OrderFact):
    """What was ordered works at the (new) place, seen by somebody (R02, R27)."""

    visit_id: int | None = None
    technician_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OrderFulfilled(OrderFact):
    """Everything the order wanted is done."""


@dataclass(frozen=True, kw_only=True)
class OrderInfeasible(OrderFact):
    """The order cannot be done (R13); `excused` by a proven outside cause or not our doing."""

    reason: str
    excused: bool


@dataclass(frozen=True, kw_only=True)
class WithdrawalRequested(OrderFact):
    """The subscriber no longer wants it; the operator verifies it (R13)."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class WithdrawalRevoked(OrderFact):
    """The subscriber wants it after all: the clock goes on."""


@dataclass(frozen=True, kw_only=True)
class WithdrawalVerified(OrderFact):
    """Somebody other than the technician has verified it with the subscriber (R13)."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class OrderWithdrawn(OrderFact):
    """Closed: port and device released (R13)."""


@dataclass(frozen=True, kw_only=True)
class FollowUpMade(OrderFact):
    """The periodic call about usage, satisfaction and new needs was made (R25)."""

    user_id: int | None = None


# --- clocks ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ClockPaused(OrderFact):
    """The clock of an order's promise stands from now, with proof (R51).

    `proof` is the pause's identity: kind and id of what proves it (`call_record:77`).
    """

    cause: PauseCause
    proof_kind: ProofKind
    proof: str


@dataclass(frozen=True, kw_only=True)
class ClockResumed(OrderFact):
    """The cause of a pause has ended."""

    proof: str


@dataclass(frozen=True, kw_only=True)
class PauseDisputed(OrderFact):
    """The customer says that the pause is wrong (R51)."""

    proof: str
    case_id: int


@dataclass(frozen=True, kw_only=True)
class DisputeUpheld(OrderFact):
    """The customer was right: the pause never counted."""

    proof: str
    case_id: int


@dataclass(frozen=True, kw_only=True)
class DisputeRejected(OrderFact):
    """The pause stands, and the customer is told why."""

    proof: str
    case_id: int


# --- visits ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class VisitFact(Fact):
    """Something about one visit of one order."""

    order_id: int
    visit_id: int


@dataclass(frozen=True, kw_only=True)
class VisitRequested(VisitFact):
    """The order needs this attendance."""


@dataclass(frozen=True, kw_only=True)
class VisitBooked(VisitFact):
    """A window is booked; `by_customer` when the customer chose it."""

    from_at: datetime
    until_at: datetime
    by_customer: bool


@dataclass(frozen=True, kw_only=True)
class VisitScheduled(VisitFact):
    """The visit has a stop."""

    technician_id: int
    start_at: datetime


@dataclass(frozen=True, kw_only=True)
class VisitUnscheduled(VisitFact):
    """The visit's stop was taken out; its booking stands."""


@dataclass(frozen=True, kw_only=True)
class VisitSent(VisitFact):
    """The visit is on the technician's phone; acceptance is due in working time (R17)."""

    technician_id: int


@dataclass(frozen=True, kw_only=True)
class VisitUnsent(VisitFact):
    """Declined, recalled, or not accepted in time."""

    technician_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class VisitAccepted(VisitFact):
    """The technician has accepted; contact is due in contact hours unless a time is agreed (R10)."""

    technician_id: int
    time_agreed: bool = False


@dataclass(frozen=True, kw_only=True)
class VisitReassigned(VisitFact):
    """Another technician takes over; no clock restarts."""

    technician_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class WindowTold(VisitFact):
    """The customer was told an arrival window: from now it is a promise (R11)."""

    announcement: int
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, kw_only=True)
class WindowChosen(VisitFact):
    """The customer has chosen another window."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, kw_only=True)
class ContactTried(VisitFact):
    """The technician tried to reach the customer (R10, R12)."""

    attempt_id: int
    band: Band | None
    reached: bool


@dataclass(frozen=True, kw_only=True)
class TimeAgreed(VisitFact):
    """An exact time is agreed, by call or by the customer's own choice; it counts as contact (R10)."""

    time_at: datetime
    by_customer: bool


@dataclass(frozen=True, kw_only=True)
class EarlyArrivalAllowed(VisitFact):
    """The customer said yes to an arrival more than 15 minutes early (R11)."""


@dataclass(frozen=True, kw_only=True)
class TechnicianSetOff(VisitFact):
    """On the way."""

    technician_id: int


@dataclass(frozen=True, kw_only=True)
class TechnicianArrived(VisitFact):
    """At the door; nobody having opened does not make it less of an arrival (R18).

    `report_id` is the field report that says so, and what an undoing refers to.
    """

    technician_id: int
    report_id: int


@dataclass(frozen=True, kw_only=True)
class ArrivalUndone(VisitFact):
    """The arrival reported in `report_id` was a mistake and is taken back."""

    technician_id: int
    report_id: int


@dataclass(frozen=True, kw_only=True)
class VisitCompleted(VisitFact):
    """Closed out."""

    technician_id: int


@dataclass(frozen=True, kw_only=True)
class VisitNotCompleted(VisitFact):
    """The visit ended without what it was for."""

    technician_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class VisitCancelled(VisitFact):
    """The visit will not take place; only with the customer's consent are its promises void."""

    reason: str
    with_consent: bool


# --- cases ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CaseFact(Fact):
    """Something about one case."""

    case_id: int
    order_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseOpened(CaseFact):
    """A question, complaint, exception or dispute now has an owner and a clock (R42)."""

    case_kind: CaseKind
    owner_id: int


@dataclass(frozen=True, kw_only=True)
class CaseHandedOver(CaseFact):
    """A named person has taken it over (R42)."""

    owner_id: int


@dataclass(frozen=True, kw_only=True)
class CallbackPromised(CaseFact):
    """Somebody said when they will call (R43)."""

    due_at: datetime
    user_id: int


@dataclass(frozen=True, kw_only=True)
class CallbackMade(CaseFact):
    """The promised call was made."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class CaseReplied(CaseFact):
    """The first reply has gone out (R46)."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class CaseResolved(CaseFact):
    """Answered for good (R46)."""

    user_id: int


# --- technicians ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TechnicianFact(Fact):
    """Something about one technician."""

    technician_id: int


@dataclass(frozen=True, kw_only=True)
class TechnicianJoined(TechnicianFact):
    """There is a new technician."""

    territory_id: int


@dataclass(frozen=True, kw_only=True)
class TechnicianChanged(TechnicianFact):
    """Name, phone, home, contractor or skills are different now."""


@dataclass(frozen=True, kw_only=True)
class ShiftsChanged(TechnicianFact):
    """Shifts of these days (both included) were added, changed or taken away."""

    from_on: date
    until_on: date


# --- the ledger's own -----------------------------------------------------------------


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
class CompensationWithdrawn(CompensationFact):
    """The promise was kept after all, before anybody was told otherwise."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanFact(Fact):
    """Something about one plan of one territory."""

    plan_id: int
    territory_id: int


@dataclass(frozen=True, kw_only=True)
class PlanRequested(PlanFact):
    """Somebody or a rule wants a plan."""


@dataclass(frozen=True, kw_only=True)
class PlanDrafted(PlanFact):
    """Solved and checked: there is something to look at."""


@dataclass(frozen=True, kw_only=True)
class PlanPublished(PlanFact):
    """The plan's routes are the truth now, as far as the truth had not moved on."""

    added: int
    moved: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class PlanRefused(PlanFact):
    """Publishing would lose a booking, a promise or a told window."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanDiscarded(PlanFact):
    """Nobody wants it any more."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanFailed(PlanFact):
    """No plan could be made."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class SlotHeld(VisitFact):
    """A customer has chosen a window; one place is held."""

    offer_id: int
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, kw_only=True)
class SlotGivenUp(VisitFact):
    """A held place was given back, or its time was over."""

    offer_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class RulesImported(Fact):
    """New versions of promise rules are in force from `effective_from`."""

    preset: str
    added: int
    effective_from: datetime
