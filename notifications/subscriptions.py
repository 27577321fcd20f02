"""The table of contents: what happens, and what customers are told of it.

Read it as: *when this fact is recorded, a message of this kind is wanted* (whom it goes to
and what it asks is in `kinds.py`, what it says in `composers/`). Technician, contact time
and arrival window are not told fact by fact: whatever happens to a visit, what is true is
compared with what its customer was last told (`announce_visit.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import notifications.composers  # noqa: F401 - registers what the kinds say
from dispatch.models import Case, ContactAttempt, Event, Promise, Visit
from dispatch.queries.promise_order import order_id_of_promise
from dispatch.queries.unanswered_tries import unanswered_tries
from dispatch.rules import events as e
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.vocabulary import CaseKind, Channel, OrderKind, PauseCause
from dispatch.services.follow_log import Reader
from notifications.announce_visit import want_announcement
from notifications.kinds import KINDS
from notifications.want_message import want_message

#: the code of a visit that ended because nobody opened (R18)
NOBODY_THERE = "nobody_there"
#: what often comes in pairs settles first: one message tells of both
SETTLES = timedelta(seconds=60)
#: a rating is asked for once the technician has left the door (R60)
LEAVES = timedelta(minutes=5)

Condition = Callable[[Session, Event], bool]


def _always(_session: Session, _event: Event) -> bool:
    return True


@dataclass(frozen=True)
class Say:
    """The fact wants a message of `kind`, after `delay`; `params` are those of its parts that the composer needs."""

    fact: type[e.Fact]
    kind: str
    only_if: Condition = _always
    params: tuple[str, ...] = ()
    delay: timedelta = timedelta(0)


# --- when it concerns the customer ------------------------------------------------------------


def _is_asked_for(_session: Session, event: Event) -> bool:
    """Not a follow-up of our own; and what was ordered by SMS was answered there."""
    order_kind, channel = OrderKind(event.payload["order_kind"]), Channel(event.payload["channel"])
    return order_kind is not OrderKind.FOLLOW_UP and channel is not Channel.SMS


def _is_unreachable(_session: Session, event: Event) -> bool:
    """The pause after the last try in vain is told with the offer of another time (`contact_given_up`)."""
    return bool(event.payload["cause"] == PauseCause.CUSTOMER_UNREACHABLE)


def _is_other_pause(session: Session, event: Event) -> bool:
    return not _is_unreachable(session, event)


def _by_customer(_session: Session, event: Event) -> bool:
    return bool(event.payload["by_customer"])


def _first_or_third_try(session: Session, event: Event) -> bool:
    place, is_last = _place_of_try(session, event)
    return place % 2 == 1 and not is_last


def _last_try(session: Session, event: Event) -> bool:
    return _place_of_try(session, event)[1]


def _place_of_try(session: Session, event: Event) -> tuple[int, bool]:
    """Which try in vain it was (0: none, or answered since), and whether it was the last one (R12)."""
    attempt = session.get(ContactAttempt, event.payload["attempt_id"])
    if event.payload["reached"] or attempt is None:
        return 0, False
    tries = unanswered_tries(session, attempt.visit_id)
    place = tries.place_of(attempt.id) or 0
    return place, tries.is_last(place)


def _nobody_there(_session: Session, event: Event) -> bool:
    return bool(event.payload["reason"] == NOBODY_THERE)


def _somebody_there(session: Session, event: Event) -> bool:
    return not _nobody_there(session, event)


def _was_promised(session: Session, event: Event) -> bool:
    """A published promise; silent ones were past due before anybody could make them."""
    promise = session.get_one(Promise, event.promise_id)
    return not promise.is_silent and promise.rule.as_rule().public


def _was_promised_and_is_corrected(session: Session, event: Event) -> bool:
    return bool(event.payload["corrected"]) and _was_promised(session, event)


def _opened_elsewhere(session: Session, event: Event) -> bool:
    """A customer's case; one that began with an SMS was answered there."""
    return _is_customers(session, event) and session.get_one(Case, event.case_id).channel is not Channel.SMS


def _is_customers(session: Session, event: Event) -> bool:
    """A complaint or a question; exceptions are our own affair, and disputes end with a decision."""
    return session.get_one(Case, event.case_id).kind in (CaseKind.COMPLAINT, CaseKind.QUESTION)


def _is_known_to_customer(session: Session, event: Event) -> bool:
    return session.get_one(Case, event.case_id).kind is not CaseKind.EXCEPTION


# --- the table --------------------------------------------------------------------------------

SAYS: tuple[Say, ...] = (
    # orders
    Say(e.OrderReceived, "order_received", _is_asked_for),
    Say(e.OrderFulfilled, "order_fulfilled", delay=SETTLES),
    Say(e.OrderInfeasible, "order_infeasible"),
    Say(e.WithdrawalRequested, "withdrawal_received"),
    Say(e.WithdrawalRevoked, "withdrawal_revoked"),
    Say(e.OrderWithdrawn, "order_withdrawn"),
    # the clock (R51); a withdrawal stops it too, and says so itself
    Say(e.ClockPaused, "clock_paused", _is_other_pause, ("proof",)),
    Say(e.ClockPaused, "clock_paused", _is_unreachable, ("proof",), 2 * SETTLES),  # unless told with the offer
    Say(e.ClockResumed, "clock_resumed", delay=SETTLES),
    Say(e.PauseDisputed, "dispute_opened"),
    Say(e.DisputeUpheld, "dispute_upheld"),
    Say(e.DisputeRejected, "dispute_rejected"),
    # visits
    Say(e.VisitBooked, "visit_booked", _by_customer, ("from_at", "until_at")),
    Say(e.ContactTried, "contact_missed", _first_or_third_try, ("attempt_id",)),
    Say(e.ContactTried, "contact_given_up", _last_try, ("attempt_id",), SETTLES),  # after the pause it leads to
    Say(e.TechnicianSetOff, "technician_set_off", params=("technician_id",)),
    Say(e.ArrivalEndangered, "visit_late", params=("technician_id", "answer_by_at")),
    Say(e.VisitCompleted, "visit_completed", params=("technician_id",), delay=LEAVES),
    Say(e.VisitNotCompleted, "visit_not_completed", _somebody_there, ("technician_id",)),
    Say(e.VisitNotCompleted, "nobody_home", _nobody_there, ("technician_id",)),
    Say(e.VisitCancelled, "visit_cancelled", delay=SETTLES),
    # promises and money: never before they are judged for good
    Say(e.PromiseBroken, "promise_broken", _was_promised),
    Say(e.PromiseKept, "promise_corrected", _was_promised_and_is_corrected),
    Say(e.CompensationApproved, "compensation_told"),
    # cases
    Say(e.CaseOpened, "case_opened", _opened_elsewhere),
    Say(e.CaseHandedOver, "case_handed_over", _is_known_to_customer, ("owner_id",)),
    Say(e.CallbackPromised, "callback_promised", _is_known_to_customer, ("occurred_at",), SETTLES),
    Say(e.CaseResolved, "case_resolved", _is_customers),
)

#: after these, what is true of the visit is compared with what its customer was last told
ANNOUNCED: tuple[type[e.Fact], ...] = (
    e.VisitBooked,
    e.VisitScheduled,
    e.VisitUnscheduled,
    e.VisitSent,
    e.VisitUnsent,
    e.VisitAccepted,
    e.VisitReassigned,
    e.WindowChosen,
    e.TimeAgreed,
    e.VisitCancelled,
    e.SubstituteNamed,  # about an order: another handset is to know of its visits
)

#: what customers are not told of, and why
NOT_TOLD: Mapping[type[e.Fact], str] = {
    e.PromiseWithheld: "the receipt of the order says that there is no promise",
    e.OrderLocated: "ours to sort out",
    e.LinksRevoked: "asked for by the customer, or a precaution",
    e.ServiceSeenWorking: "told with the end of the visit or of the order",
    e.WithdrawalVerified: "the customer was just asked",
    e.InfeasibleOrderClosed: "the customer was just asked",
    e.FollowUpMade: "the customer was just called",
    e.VisitRequested: "there is no time yet",
    e.WindowTold: "it says that the customer was told",
    e.EarlyArrivalAllowed: "the customer has just said so",
    e.VisitConfirmed: "answered where it was said",
    e.VisitRated: "answered where it was said",
    e.SlotHeld: "the customer has just chosen it",
    e.SlotGivenUp: "nothing was booked",
    e.StopPinned: "nothing moves",
    e.StopUnpinned: "nothing moves",
    e.TechnicianArrived: "the customer sees it",
    e.ArrivalUndone: "the customer never heard of the arrival",
    e.PromiseOpened: "told with what it belongs to: order, visit or case",
    e.PromisePaused: "told with its cause",
    e.PromiseResumed: "told with its cause",
    e.PromiseDueChanged: "told with its cause",
    e.PromiseNearlyDue: "an alarm for staff",
    e.PromiseDuePassed: "not judged for good: a report may be on its way",
    e.PromiseVoided: "follows from what the customer did, or was told as such",
    e.PromiseReopened: "follows from a report that was taken back",
    e.CauseAttributed: "money follows from it, and is told",
    e.OutsideCauseProven: "the pause or the end that it proves is told",
    e.CompensationProposed: "not approved yet",
    e.CompensationTold: "it says that the customer was told",
    e.CompensationWithdrawn: "nobody was told of it",
    e.RulesImported: "of no order",
    e.CallbackMade: "the customer was just called",
    e.CaseReplied: "the reply itself was the message",
    e.CaseReopened: "somebody calls, or answers in it",
    e.RemarkAdded: "answered where it was said",
    e.PlanRequested: "plans are proposals",
    e.PlanDrafted: "plans are proposals",
    e.PlanPublished: "told visit by visit",
    e.PlanRefused: "plans are proposals",
    e.PlanDiscarded: "plans are proposals",
    e.PlanFailed: "plans are proposals",
    e.TechnicianJoined: "of no order",
    e.TechnicianChanged: "of no order",
    e.ShiftsChanged: "told visit by visit, once routes change",
    e.VisitDiverted: "told if it makes the technician late (R34)",
    e.DisruptionReported: "told visit by visit, once routes change",
    e.DisruptionUndecided: "somebody decides first",
    e.DisruptionSettled: "told visit by visit, once routes change",
    e.CustomerTold: "it says that the customer was told",
    e.CustomerNotTold: "what must be told becomes a case",
    e.ReplyReceived: "answered where it was said",
    e.TemplateApprovalChanged: "of no order",
    e.HandsetOptedOut: "the carrier answers, and nothing more may be sent",
    e.HandsetOptedIn: "answered where it was said",
}

_BY_KIND: dict[str, list[Say]] = defaultdict(list)
for _say in SAYS:
    _BY_KIND[_say.fact.kind].append(_say)
_ANNOUNCED_KINDS = frozenset(fact.kind for fact in ANNOUNCED)


def want_what_it_says(session: Session, event: Event, now: datetime) -> None:
    """Want the messages that the event calls for, if they are still worth saying at `now`."""
    for say in _BY_KIND.get(event.kind, ()):
        if _is_worth_saying(say, event, now) and say.only_if(session, event):
            params = {name: _part(event, name) for name in say.params}
            occasion, subjects = f"event:{event.id}", _subjects(session, event)
            want_message(session, say.kind, now=now, occasion=occasion, params=params, delay=say.delay, **subjects)
    if event.kind in _ANNOUNCED_KINDS:
        for visit_id in _visits(session, event):
            _want_announcement_once(session, visit_id, now)


SAYING_READER = Reader("saying", tuple(dict.fromkeys((*(say.fact for say in SAYS), *ANNOUNCED))), want_what_it_says)


def _want_announcement_once(session: Session, visit_id: int, now: datetime) -> None:
    """Several facts about a visit often come together; reading them changes nothing about it."""
    wanted: set[tuple[int, datetime]] = session.info.setdefault("announcements_wanted", set())
    if (visit_id, now) not in wanted:
        want_announcement(session, visit_id, now=now)
        wanted.add((visit_id, now))


def _is_worth_saying(say: Say, event: Event, now: datetime) -> bool:
    """Not after an outage that outlasted the message, nor when an old log is read from its beginning (R38)."""
    return now < event.recorded_at + say.delay + KINDS[say.kind].valid_for


def _visits(session: Session, event: Event) -> Sequence[int]:
    """The visit that it happened to, or those of the order that are to come."""
    if event.visit_id is not None:
        return [event.visit_id]
    statement = select(Visit.id).where(Visit.order_id == event.order_id, Visit.status.in_(MOVABLE))
    return session.scalars(statement.order_by(Visit.id)).all()


def _part(event: Event, name: str) -> Any:
    if name in event.payload:
        return event.payload[name]
    value = getattr(event, name)
    return value.isoformat() if isinstance(value, datetime) else value


def _subjects(session: Session, event: Event) -> dict[str, int | None]:
    """What the message is about; a promise is about an order, however indirectly."""
    order_id, promise_id = event.order_id, event.promise_id
    if promise_id is not None and order_id is None:
        order_id = order_id_of_promise(session, session.get_one(Promise, promise_id))
    return {"order_id": order_id, "visit_id": event.visit_id, "case_id": event.case_id, "promise_id": promise_id}
