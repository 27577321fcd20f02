"""Facts about orders and their clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.rules.events.fact import Fact
from dispatch.rules.vocabulary import Channel, OrderKind, PauseCause, ProofKind


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
class InfeasibleOrderClosed(OrderFact):
    """What cannot be done is closed, verified with the customer: port and device released (R13)."""


@dataclass(frozen=True, kw_only=True)
class FollowUpMade(OrderFact):
    """The periodic call about usage, satisfaction and new needs was made (R25)."""

    user_id: int | None = None


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


@dataclass(frozen=True, kw_only=True)
class LinksRevoked(OrderFact):
    """The links and query codes given out so far open nothing any more."""


@dataclass(frozen=True, kw_only=True)
class SubstituteNamed(OrderFact):
    """Somebody else can be called about the visit (R12, R28)."""

    contact_id: int
