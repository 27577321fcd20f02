"""What each fact does to the promise ledger: the table that is the heart of the product.

Read it as: *when this happens, these promises open, and these promises get this entry.*
Everything else about a promise follows from its entries (`judgement.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.rules import events as e
from dispatch.rules.judgement import Entry, EntryKind
from dispatch.rules.vocabulary import BreakCause, CaseKind, OrderKind, PauseCause, PromiseKind, Subject

_K = PromiseKind
#: met when the customer has what was ordered
SERVICE = (_K.INSTALL, _K.MOVE, _K.REPAIR, _K.LINE_TUNING)
COMPLAINT = (_K.COMPLAINT_REPLY, _K.COMPLAINT_ANSWER)


Stated = tuple[datetime, datetime] | None


@dataclass(frozen=True)
class Opens:
    """The fact opens promises of these kinds about its `subject`, unless one stands already.

    A promise stands while it is neither settled nor over; a second fact of the same
    sort, such as another technician's acceptance, then starts no new clock. `entry`
    goes into the promise either way. `window` is the time stated in the fact, if any. A
    promise that `repeats` is due its rule's `repeat_after` later. `only` chooses among the
    kinds by what the fact says.
    """

    subject: Subject
    kinds: tuple[PromiseKind, ...]
    only: Callable[[Any], tuple[PromiseKind, ...]] | None = None
    window: Callable[[Any], Stated] = lambda _fact: None
    entry: Callable[[Any], Entry] | None = None
    repeats: bool = False


@dataclass(frozen=True)
class Enters:
    """The fact is entered into the promises of these kinds about its `subject`."""

    subject: Subject
    kinds: tuple[PromiseKind, ...]
    entry: Callable[[Any], Entry]
    only_if: Callable[[Any], bool] = lambda _fact: True


@dataclass(frozen=True)
class EntersNamed:
    """The fact is entered into the one promise that it names."""

    entry: Callable[[Any], Entry]


Effect = Opens | Enters | EntersNamed


def _plain(kind: EntryKind) -> Callable[[Any], Entry]:
    return lambda fact: Entry(kind, fact.occurred_at)


def _arrived(fact: Any) -> Entry:
    return Entry(EntryKind.MET, fact.occurred_at, f"report:{fact.report_id}")


def _arrival_taken_back(fact: Any) -> Entry:
    return Entry(EntryKind.RETRACTED, fact.occurred_at, f"report:{fact.report_id}", EntryKind.MET)


def _paused(fact: Any) -> Entry:
    return Entry(EntryKind.PAUSED, fact.occurred_at, fact.proof, fact.cause)


def _resumed(fact: Any) -> Entry:
    return Entry(EntryKind.RESUMED, fact.occurred_at, fact.proof)


def _pause_annulled(fact: Any) -> Entry:
    return Entry(EntryKind.RETRACTED, fact.occurred_at, fact.proof, EntryKind.PAUSED)


def _withdrawing(fact: Any) -> Entry:
    return Entry(EntryKind.PAUSED, fact.occurred_at, "withdrawal", PauseCause.WITHDRAWAL_REQUESTED)


def _wanted_after_all(fact: Any) -> Entry:
    return Entry(EntryKind.RESUMED, fact.occurred_at, "withdrawal")


def _window(kind: EntryKind) -> Callable[[Any], Entry]:
    return lambda fact: Entry(kind, fact.occurred_at, window=(fact.from_at, fact.until_at))


def _agreed(fact: Any) -> Entry:
    return Entry(EntryKind.TIME_AGREED, fact.occurred_at, window=(fact.time_at, fact.time_at))


def _was_met(fact: Any) -> bool:
    return fact.arrived_at is not None


def _met_at_door(fact: Any) -> Entry:
    return Entry(EntryKind.MET, fact.arrived_at)


def _attributed(fact: Any) -> Entry:
    return Entry(EntryKind.ATTRIBUTED, fact.occurred_at, cause=fact.cause)


_ORDER_PROMISES: Mapping[OrderKind, tuple[PromiseKind, ...]] = {
    OrderKind.INSTALL: (_K.INSTALL,),
    OrderKind.MOVE: (_K.MOVE,),
    OrderKind.REPAIR: (_K.REPAIR,),
    OrderKind.LINE_TUNING: (_K.LINE_TUNING,),
    OrderKind.FOLLOW_UP: (),
    OrderKind.RECOVER: (),
}
_CASE_PROMISES: Mapping[CaseKind, tuple[PromiseKind, ...]] = {
    CaseKind.QUESTION: (),
    CaseKind.COMPLAINT: COMPLAINT,
    CaseKind.EXCEPTION: (),
    CaseKind.DISPUTE: (_K.DISPUTE_ANSWER,),
}
_ORDER, _VISIT, _CASE = Subject.ORDER, Subject.VISIT, Subject.CASE

EFFECTS: Mapping[type[e.Fact], tuple[Effect, ...]] = {
    # an order's own clock: R01 to R05, R07, R08, R14
    e.OrderReceived: (
        Opens(
            _ORDER,
            SERVICE,
            only=lambda fact: _ORDER_PROMISES[fact.order_kind],
            window=lambda fact: fact.stated_due_at and (fact.stated_due_at, fact.stated_due_at),
        ),
    ),
    e.ServiceSeenWorking: (Enters(_ORDER, SERVICE, _plain(EntryKind.MET)),),
    # pauses, with proof and open to dispute: R51
    e.ClockPaused: (Enters(_ORDER, SERVICE, _paused),),
    e.ClockResumed: (Enters(_ORDER, SERVICE, _resumed),),
    e.DisputeUpheld: (
        Enters(_ORDER, SERVICE, _pause_annulled),
        Enters(_CASE, (_K.DISPUTE_ANSWER,), _plain(EntryKind.MET)),
    ),
    e.DisputeRejected: (Enters(_CASE, (_K.DISPUTE_ANSWER,), _plain(EntryKind.MET)),),
    # withdrawal and what cannot be done: R13
    e.WithdrawalRequested: (
        Opens(_ORDER, (_K.WITHDRAWAL_CHECK,)),
        Enters(_ORDER, SERVICE, _withdrawing),
    ),
    e.WithdrawalRevoked: (
        Enters(_ORDER, SERVICE, _wanted_after_all),
        Enters(_ORDER, (_K.WITHDRAWAL_CHECK, _K.WITHDRAWAL_CLOSE), _plain(EntryKind.VOIDED)),
    ),
    e.OrderInfeasible: (
        Opens(_ORDER, (_K.WITHDRAWAL_CHECK,)),
        Enters(_ORDER, SERVICE, _plain(EntryKind.VOIDED), only_if=lambda fact: fact.excused),
        Enters(
            _ORDER,
            SERVICE,
            lambda fact: Entry(EntryKind.ATTRIBUTED, fact.occurred_at, cause=BreakCause.OUR_RESOURCES),
            only_if=lambda fact: not fact.excused,
        ),
    ),
    e.WithdrawalVerified: (
        Enters(_ORDER, (_K.WITHDRAWAL_CHECK,), _plain(EntryKind.MET)),
        Opens(_ORDER, (_K.WITHDRAWAL_CLOSE,)),
    ),
    e.OrderWithdrawn: (
        Enters(_ORDER, (_K.WITHDRAWAL_CLOSE,), _plain(EntryKind.MET)),
        Enters(_ORDER, SERVICE, _plain(EntryKind.VOIDED)),
    ),
    e.InfeasibleOrderClosed: (Enters(_ORDER, (_K.WITHDRAWAL_CLOSE,), _plain(EntryKind.MET)),),
    # the periodic follow-up: R25
    e.OrderFulfilled: (Opens(_ORDER, (_K.FOLLOW_UP,)),),
    e.FollowUpMade: (
        Enters(_ORDER, (_K.FOLLOW_UP,), _plain(EntryKind.MET)),
        Opens(_ORDER, (_K.FOLLOW_UP,), repeats=True),
    ),
    # acceptance: R17
    e.VisitSent: (Opens(_VISIT, (_K.ACCEPTANCE,)),),
    e.VisitUnsent: (Enters(_VISIT, (_K.ACCEPTANCE,), _plain(EntryKind.VOIDED)),),
    # contact and the agreed time: R10
    e.VisitAccepted: (
        Enters(_VISIT, (_K.ACCEPTANCE,), _plain(EntryKind.MET)),
        Opens(_VISIT, (_K.CONTACT,), only=lambda fact: () if fact.time_agreed else (_K.CONTACT,)),
    ),
    e.ContactTried: (Enters(_VISIT, (_K.CONTACT,), _plain(EntryKind.MET), only_if=lambda fact: fact.reached),),
    e.TimeAgreed: (
        Enters(_VISIT, (_K.CONTACT,), _plain(EntryKind.MET)),
        Opens(_VISIT, (_K.ARRIVAL,), window=lambda fact: (fact.time_at, fact.time_at), entry=_agreed),
    ),
    # whoever was met at the door was contacted, at the latest then: R10
    e.VisitCompleted: (Enters(_VISIT, (_K.CONTACT,), _met_at_door, only_if=_was_met),),
    e.VisitNotCompleted: (Enters(_VISIT, (_K.CONTACT,), _met_at_door, only_if=_was_met),),
    # arrival: R11, R18
    e.WindowTold: (
        Opens(
            _VISIT,
            (_K.ARRIVAL,),
            window=lambda fact: (fact.from_at, fact.until_at),
            entry=_window(EntryKind.WINDOW_TOLD),
        ),
    ),
    e.WindowChosen: (
        Opens(
            _VISIT,
            (_K.ARRIVAL,),
            window=lambda fact: (fact.from_at, fact.until_at),
            entry=_window(EntryKind.WINDOW_CHOSEN),
        ),
        # whoever accepts the visit for the new window owes a new contact
        Enters(_VISIT, (_K.CONTACT,), _plain(EntryKind.VOIDED)),
    ),
    e.EarlyArrivalAllowed: (Enters(_VISIT, (_K.ARRIVAL,), _plain(EntryKind.EARLY_ALLOWED)),),
    e.TechnicianArrived: (Enters(_VISIT, (_K.ARRIVAL,), _arrived),),
    e.ArrivalUndone: (Enters(_VISIT, (_K.ARRIVAL,), _arrival_taken_back),),
    e.VisitCancelled: (
        Enters(_VISIT, (_K.ACCEPTANCE,), _plain(EntryKind.VOIDED)),
        Enters(
            _VISIT,
            (_K.CONTACT, _K.ARRIVAL),
            _plain(EntryKind.VOIDED),
            only_if=lambda fact: fact.with_consent,
        ),
        Enters(
            _VISIT,
            (_K.ARRIVAL,),
            _plain(EntryKind.CALLED_OFF),
            only_if=lambda fact: not fact.with_consent,
        ),
    ),
    # cases: R43, R46, R51
    e.CaseOpened: (Opens(_CASE, (*COMPLAINT, _K.DISPUTE_ANSWER), only=lambda fact: _CASE_PROMISES[fact.case_kind]),),
    e.CaseReplied: (Enters(_CASE, (_K.COMPLAINT_REPLY,), _plain(EntryKind.MET)),),
    e.CaseResolved: (Enters(_CASE, COMPLAINT, _plain(EntryKind.MET)),),
    e.CallbackPromised: (Opens(_CASE, (_K.CALLBACK,), window=lambda fact: (fact.due_at, fact.due_at)),),
    e.CallbackMade: (Enters(_CASE, (_K.CALLBACK,), _plain(EntryKind.MET)),),
    # judgements by people
    e.CauseAttributed: (EntersNamed(_attributed),),
    e.OutsideCauseProven: (EntersNamed(_plain(EntryKind.VOIDED)),),
}


def effects_of(fact: e.Fact) -> tuple[Effect, ...]:
    """What `fact` does to the ledger; nothing for a fact that no promise hangs on."""
    return EFFECTS.get(type(fact), ())
