"""What must be so in any city at any time; the first thing that is not ends the simulation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from dispatch.links import Secret
from dispatch.models import (
    Announcement,
    Case,
    Compensation,
    Event,
    Message,
    Order,
    Promise,
    Route,
    SandboxMessage,
    Stop,
    Visit,
)
from dispatch.rules import events as e
from dispatch.rules.calendars import local_instant
from dispatch.rules.lifecycles import CaseStatus, CompensationStatus, OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import BreakCause, Priority, PromiseKind
from notifications.gateway import Accepted, Outgoing
from notifications.kinds import KINDS, Reach
from notifications.sandbox_gateway import SandboxGateway
from web.city.message_truth import false_parts
from web.city.surroundings import News, Surroundings

#: a worker looks, a reader follows: what time alone changes is changed within so long
SETTLES = timedelta(minutes=6)
#: everything is looked at so often; each step looks at what it concerns
FULL_EVERY = timedelta(hours=1)
#: local hours of messages that nobody waits for, and of questions for a rating
DAYTIME, RATING_TIME = ("08:00", "20:00"), ("08:00", "20:30")
VISIT_MESSAGES_A_DAY = 6
#: so long after its day a visit that nobody came to may wait for another plan
LEFT_OVER = timedelta(hours=30)
_V = VisitStatus
_OUT_THERE = (_V.EN_ROUTE, _V.ON_SITE)
_TO_COME = (_V.REQUESTED, _V.BOOKED, _V.SCHEDULED, _V.SENT, _V.ACCEPTED, _V.AGREED, *_OUT_THERE)
#: who breaks a promise for these reasons owes nothing
_EXCUSED = (BreakCause.CUSTOMER, BreakCause.FORCE_MAJEURE)
_CONSENT = (e.WindowChosen.kind, e.TimeAgreed.kind, e.WithdrawalRequested.kind, e.EarlyArrivalAllowed.kind)


class Violated(Exception):
    """Something that must be so is not; `about` is all that is needed to see it again."""

    def __init__(self, what: str, at: datetime, **ids: Any) -> None:
        super().__init__(what, at.isoformat(), ids)
        self.about: dict[str, Any] = {"what": what, "at": at.isoformat(), "ids": ids}


class ReadingGateway(SandboxGateway):
    """The sandbox with one line, so that messages go in the same order every time; it reads what it takes."""

    at_once = 1

    def __init__(self, around: Surroundings, secret: Secret) -> None:
        super().__init__(around.database, around.machine)
        self._around, self._secret = around, secret
        #: messages that were not true when they were taken, with the parts that were not
        self.lies: list[tuple[int, list[str]]] = []

    def send(self, message: Outgoing) -> Accepted:
        """See `Gateway`."""
        with self._around.database.read_session() as session:
            row = session.get_one(Message, message.our_id)
            wrong = false_parts(session, row, zone=self._around.zone, secret=self._secret)
        if wrong:
            self.lies.append((message.our_id, wrong))
        return super().send(message)


@dataclass
class Invariants:
    """Looks at what each step has changed, and at everything once an hour."""

    around: Surroundings
    gateway: ReadingGateway
    _full_at: datetime | None = field(default=None)

    def look(self, session: Session, news: News, now: datetime) -> None:
        """Raise Violated for the first thing that is not as it must be."""
        for message_id, parts in self.gateway.lies:
            raise Violated("message_not_true", now, message_id=message_id, parts=parts)
        for event in news.events:
            if event.kind in (e.TechnicianSetOff.kind, e.TechnicianArrived.kind) and event.technician_id is not None:
                self._is_in_one_place(session, event.technician_id, now)
        for message_id, _template, sent_at in news.messages:
            self._was_sent_rightly(session, message_id, sent_at or now, now)
        if self._full_at is None or now >= self._full_at:
            self._full_at = now + FULL_EVERY
            self.look_at_everything(session, now)

    def look_at_everything(self, session: Session, now: datetime) -> None:
        """The slow look."""
        for check in (_doubled_visits, _overlapping_stops, _unjudged_promises, _uncredited, _forgotten_orders):
            for what, ids in check(session, now):
                raise Violated(what, now, **ids)
        for what, ids in self._broken_words(session, now):
            raise Violated(what, now, **ids)

    # --- after every step -------------------------------------------------------------------

    def _is_in_one_place(self, session: Session, technician_id: int, now: datetime) -> None:
        statement = (
            select(Visit.id)
            .join(Stop, Stop.visit_id == Visit.id)
            .join(Route, Route.id == Stop.route_id)
            .where(Route.technician_id == technician_id, Visit.status.in_(_OUT_THERE))
        )
        visits = session.scalars(statement.order_by(Visit.id)).all()
        if len(visits) > 1:
            raise Violated("in_two_places", now, technician_id=technician_id, visits=list(visits))

    def _was_sent_rightly(self, session: Session, sandbox_id: int, sent_at: datetime, now: datetime) -> None:
        """In daytime, and no more than a handset is sent in a day."""
        our_id = session.get_one(SandboxMessage, sandbox_id).our_id
        message = session.get_one(Message, our_id)
        kind = KINDS[message.kind]
        order = None if message.order_id is None else session.get_one(Order, message.order_id)
        if kind.reach not in (Reach.ANSWER, Reach.LIVE) and (order is None or order.priority is not Priority.EMERGENCY):
            hours = RATING_TIME if kind.reach is Reach.RATING else DAYTIME
            opens, closes = (local_instant(self.around.day_of(sent_at), clock, self.around.zone) for clock in hours)
            if not opens <= sent_at < closes:
                raise Violated("sent_at_night", now, message_id=our_id, kind=message.kind)
        if kind.is_visit_message:
            self._is_within_a_days_count(session, message, sent_at, now)

    def _is_within_a_days_count(self, session: Session, message: Message, sent_at: datetime, now: datetime) -> None:
        kinds = [kind.code for kind in KINDS.values() if kind.is_visit_message]
        midnight = local_instant(self.around.day_of(sent_at), "00:00", self.around.zone)
        count = session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.conversation_id == message.conversation_id, Message.kind.in_(kinds))
            .where(Message.sent_at >= midnight, Message.sent_at <= sent_at, Message.gateway.is_not(None))
        )
        if (count or 0) > VISIT_MESSAGES_A_DAY:
            raise Violated("too_many_messages", now, conversation_id=message.conversation_id, count=count)

    # --- once an hour -------------------------------------------------------------------------

    def _broken_words(self, session: Session, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        """Windows that customers were told: met, changed by their consent, or broken and made good (or excused)."""
        statement = (
            select(Announcement, Visit, Order)
            .join(Visit, Visit.id == Announcement.visit_id)
            .join(Order, Order.id == Visit.order_id)
            .where(Announcement.told_at.is_not(None), Announcement.until_at < now - timedelta(minutes=75))
            .where(Announcement.until_at > now - timedelta(hours=4))
        )
        for row, visit, order in session.execute(statement):
            if not self._is_accounted_for(session, row, visit, order):
                yield "told_window_unaccounted", {"visit_id": visit.id, "announcement": row.number}

    def _is_accounted_for(self, session: Session, row: Announcement, visit: Visit, order: Order) -> bool:
        arrived_at = visit.arrived_at
        if arrived_at is not None and row.from_at - timedelta(minutes=15) <= arrived_at <= row.until_at:
            return True
        consents = select(Event.id).where(
            or_(Event.visit_id == visit.id, Event.order_id == visit.order_id),
            Event.kind.in_(_CONSENT),
            Event.occurred_at <= row.until_at,
            Event.occurred_at >= row.told_at,
        )
        if session.scalars(consents.limit(1)).first() is not None or _is_called_off(session, visit):
            return True
        promises = select(Promise).where(
            or_(Promise.visit_id == visit.id, Promise.order_id == order.id),
            Promise.kind == PromiseKind.ARRIVAL,
        )
        found = session.scalars(promises).all()
        return any(one.status is PromiseStatus.VOID or _is_made_good(session, one) for one in found)


# --- everything -----------------------------------------------------------------------------------

Found = Iterator[tuple[str, dict[str, Any]]]


def _doubled_visits(session: Session, _now: datetime) -> Found:
    """A visit stands on one route, once."""
    statement = select(Stop.visit_id, func.count()).group_by(Stop.visit_id).having(func.count() > 1)
    for visit_id, count in session.execute(statement):
        yield "visit_on_routes_twice", {"visit_id": visit_id, "stops": count}


def _overlapping_stops(session: Session, _now: datetime) -> Found:
    """Nobody is planned to be in two places at once."""
    other = aliased(Stop)
    first, second = aliased(Visit), aliased(Visit)
    statement = (
        select(Stop.route_id, Stop.visit_id, other.visit_id)
        .join(other, (other.route_id == Stop.route_id) & (other.position == Stop.position + 1))
        .join(first, first.id == Stop.visit_id)
        .join(second, second.id == other.visit_id)
        .where(Stop.finish_at > other.start_at)
        .where(first.status.in_(_TO_COME[:-2]), second.status.in_(_TO_COME[:-2]))
    )
    for route_id, before, after in session.execute(statement):
        yield "planned_in_two_places", {"route_id": route_id, "visits": [before, after]}


def _unjudged_promises(session: Session, now: datetime) -> Found:
    """Once due and grace are over, a promise is kept, broken or void."""
    waiting = (PromiseStatus.RUNNING, PromiseStatus.DUE_PASSED)
    statement = select(Promise).where(Promise.status.in_(waiting), Promise.due_at < now - SETTLES)
    for promise in session.scalars(statement):
        noticed_by = promise.due_at + timedelta(seconds=promise.tolerance_s) + SETTLES
        if noticed_by + timedelta(seconds=promise.grace_s) < now:
            yield "promise_without_judgement", {"promise_id": promise.id, "kind": promise.kind.value}
        if promise.status is PromiseStatus.RUNNING and noticed_by < now:
            yield "due_not_noticed", {"promise_id": promise.id, "kind": promise.kind.value}


def _uncredited(session: Session, now: datetime) -> Found:
    """What was broken by us is made good without being asked, and nothing else is."""
    statement = select(Promise).where(Promise.status == PromiseStatus.BROKEN, ~Promise.is_silent)
    lately = statement.where(Promise.due_at > now - timedelta(hours=30), Promise.status_at < now - SETTLES)
    for promise in session.scalars(lately):
        if not _is_made_good(session, promise):
            yield "broken_and_not_credited", {"promise_id": promise.id, "kind": promise.kind.value}
    wrong = (
        select(Compensation.id, Promise.id)
        .join(Promise, Promise.id == Compensation.promise_id)
        .where(Compensation.status.in_((CompensationStatus.TOLD, CompensationStatus.CREDITED)))
        .where(Promise.status.in_((PromiseStatus.RUNNING, PromiseStatus.DUE_PASSED, PromiseStatus.PAUSED)))
    )
    for compensation_id, promise_id in session.execute(wrong):
        yield "credited_before_broken", {"compensation_id": compensation_id, "promise_id": promise_id}


def _is_made_good(session: Session, promise: Promise) -> bool:
    """Broken, and credited unless nothing is owed."""
    if promise.status is not PromiseStatus.BROKEN:
        return False
    scale = promise.rule.as_rule().compensation
    if scale is None or promise.cause in _EXCUSED or promise.cause not in scale.causes:
        return True
    rows = session.scalars(select(Compensation).where(Compensation.promise_id == promise.id)).all()
    return any(row.status is not CompensationStatus.WITHDRAWN for row in rows)


def _is_called_off(session: Session, visit: Visit) -> bool:
    """Cancelled with the customer's consent."""
    statement = select(Event).where(Event.visit_id == visit.id, Event.kind == e.VisitCancelled.kind)
    return any(event.payload["with_consent"] for event in session.scalars(statement))


def _forgotten_orders(session: Session, now: datetime) -> Found:
    """An open order has a visit to come, or somebody who cares; nothing is left over from days before."""
    has_visit = select(Visit.id).where(Visit.order_id == Order.id, Visit.status.in_(_TO_COME)).exists()
    has_case = select(Case.id).where(Case.order_id == Order.id, Case.status != CaseStatus.RESOLVED).exists()
    open_since = Order.received_at < now - timedelta(minutes=10)
    forgotten = select(Order.id).where(Order.status == OrderStatus.OPEN, open_since, ~has_visit, ~has_case)
    for order_id in session.scalars(forgotten):
        yield "order_forgotten", {"order_id": order_id}
    ended = (OrderStatus.WITHDRAWING, OrderStatus.OPEN)
    left = (
        select(Visit.id, Visit.status)
        .join(Order, Order.id == Visit.order_id)
        .join(Stop, Stop.visit_id == Visit.id)
        .where(Order.status.in_(ended), Visit.status.in_(_TO_COME), Stop.finish_at < now - LEFT_OVER)
    )
    for visit_id, status in session.execute(left):
        yield "visit_left_over", {"visit_id": visit_id, "status": status.value}
