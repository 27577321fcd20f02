"""Facts about visits, from request to close-out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch.rules.events.fact import Fact
from dispatch.rules.vocabulary import Band


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
class StopPinned(VisitFact):
    """A person wants the stop where it is, whoever plans."""


@dataclass(frozen=True, kw_only=True)
class StopUnpinned(VisitFact):
    """The stop may be moved again."""


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
class VisitDiverted(VisitFact):
    """The technician on the way was called elsewhere first; an agreed time stands."""

    technician_id: int
    reason: str


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
    """Closed out; whoever was let in at `arrived_at` has met the customer."""

    technician_id: int
    arrived_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VisitNotCompleted(VisitFact):
    """The visit ended without what it was for; `arrived_at` if somebody was met, not at a closed door."""

    technician_id: int
    reason: str
    arrived_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VisitCancelled(VisitFact):
    """The visit will not take place; only with the customer's consent are its promises void."""

    reason: str
    with_consent: bool


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
class VisitConfirmed(VisitFact):
    """The customer, not reached by call, has said that the visit is to take place as told (R12)."""


@dataclass(frozen=True, kw_only=True)
class ArrivalEndangered(VisitFact):
    """The technician is expected after the told window; the customer chooses until `answer_by_at` (R34)."""

    technician_id: int
    expected_at: datetime
    answer_by_at: datetime


@dataclass(frozen=True, kw_only=True)
class VisitRated(VisitFact):
    """What the customer thought of it: a score from 1 to 5, or that it is not fixed (R60, R62)."""

    rating_id: int
    score: int | None
    is_fixed: bool
