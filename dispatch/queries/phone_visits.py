"""The visits of a few routes as a technician's phone shows them, read together.

Personal data is not in any `repr`; whom to ask for is there only while the visit needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.links import Secret, door_code
from dispatch.models import (
    Announcement,
    Contact,
    ContactAttempt,
    Eta,
    FieldReport,
    Photo,
    Premises,
    Promise,
    Stop,
    Visit,
)
from dispatch.queries.earlier_visits import EarlierVisit, earlier_visits
from dispatch.queries.unanswered_tries import Tries, unanswered_tries
from dispatch.rules.announcing import Span
from dispatch.rules.contact_tries import NextTry
from dispatch.rules.datum import Coordinate
from dispatch.rules.judgement import EntryKind
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import PromiseStatus, VisitStatus
from dispatch.rules.phone_actions import NEXT_STEP, OVER, UNDO_WITHIN, contact_is_shown, offered_reports
from dispatch.rules.vocabulary import (
    ContactRole,
    OrderKind,
    Priority,
    PromiseKind,
    ReportKind,
    Tier,
    VisitPurpose,
)

#: who is asked for at the door, the best first (R28)
_AT_THE_DOOR = (ContactRole.ON_SITE, ContactRole.SUBSTITUTE, ContactRole.SUBSCRIBER)
_OF_A_VISIT = (PromiseKind.ACCEPTANCE, PromiseKind.CONTACT, PromiseKind.ARRIVAL)
_OPEN = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED)


@dataclass(frozen=True)
class Person:
    """Whom to ask for at the door."""

    contact_id: int
    role: ContactRole
    name: str = field(repr=False)
    phone: str = field(repr=False)
    language: str


@dataclass(frozen=True)
class PromiseDue:
    """One open promise of the visit, or of its order; an arrival has a `from_at` too."""

    kind: PromiseKind
    status: PromiseStatus
    from_at: datetime | None
    due_at: datetime


@dataclass(frozen=True)
class CallMade:
    """One call of the visit; the record is its proof (R85)."""

    record: str
    at: datetime
    reached: bool


@dataclass(frozen=True)
class PhoneVisit:
    """One visit. Times are on the territory's wall clocks.

    `window` is what the customer was told (`is_told`), else what is booked; `expected_at` a
    prediction. Without an agreed time, setting off needs `may_go_untimed`. `arrived_as`
    names the report of the arrival, as device and sequence, until `undo_until`. `calls` are
    those since the arrival.
    """

    visit_id: int
    number: int
    day_on: date
    status: VisitStatus
    order_number: str
    kind: OrderKind
    purpose: VisitPurpose
    service: str
    contracted_mbps: int | None
    tier: Tier
    priority: Priority
    planned: Span
    travel_min: int
    window: Span | None
    is_told: bool
    appointed_at: datetime | None
    expected_at: datetime | None
    arrived_at: datetime | None
    ended_at: datetime | None
    tries_in_vain: int
    next_try: NextTry | None
    is_given_up: bool
    promises: tuple[PromiseDue, ...]
    community: str
    street: str = field(repr=False)
    unit: str = field(repr=False)
    town: str = field(repr=False)
    place: Coordinate | None = field(repr=False)
    person: Person | None
    note: str = field(repr=False)
    skills: tuple[str, ...]
    door_code: str = field(repr=False)
    calls: tuple[CallMade, ...]
    photos: int
    earlier: tuple[EarlierVisit, ...]
    may_go_untimed: bool
    arrived_as: tuple[str, int] | None
    undo_until: datetime | None

    @property
    def address(self) -> str:
        """Street, building and unit in one line."""
        return " · ".join(filter(None, (self.street, self.unit)))

    @property
    def offered(self) -> tuple[ReportKind, ...]:
        """What can be reported about it now."""
        return offered_reports(self.status, may_go_untimed=self.may_go_untimed, may_undo=self.undo_until is not None)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in OVER

    @property
    def is_premium(self) -> bool:
        """Whether convenience services belong to it (R23)."""
        return self.tier is Tier.PREMIUM

    @property
    def next_step(self) -> ReportKind | None:
        """The one big next step; None once the customer was told that nobody comes until they choose (R12)."""
        step = NEXT_STEP.get(self.status)
        return None if step is ReportKind.CONTACT_TRIED and self.is_given_up else step

    def due(self, *kinds: PromiseKind) -> datetime | None:
        """When the first open promise among `kinds` is due."""
        return min((one.due_at for one in self.promises if one.kind in kinds), default=None)

    @property
    def service_due_at(self) -> datetime | None:
        """When the order itself is due."""
        return None if self.purpose is VisitPurpose.RECOVER else self.due(*SERVICE)

    @property
    def contact_due_at(self) -> datetime | None:
        """By when the technician calls (R10)."""
        return self.due(PromiseKind.CONTACT)

    @property
    def acceptance_due_at(self) -> datetime | None:
        """By when the visit is accepted (R17)."""
        return self.due(PromiseKind.ACCEPTANCE)


@dataclass(frozen=True)
class Onlooker:
    """Whose phone it is, where, and when it looks."""

    technician_id: int
    zone: ZoneInfo
    now: datetime
    secret: Secret = field(repr=False)


class PhoneVisits:
    """All that is known of the visits of some stops, read at once."""

    def __init__(self, session: Session, who: Onlooker, stops: Sequence[Stop]) -> None:
        self._session, self._who = session, who
        visits = [stop.visit for stop in stops]
        ids = [visit.id for visit in visits]
        self._told = _told(session, ids)
        self._etas = {row.visit_id: row for row in session.scalars(select(Eta).where(Eta.visit_id.in_(ids)))}
        self._calls = _calls(session, ids)
        self._photos = _photos(session, ids)
        self._promises = _promises(session, visits)
        self._arrivals = _arrivals(session, ids)
        self._earlier = earlier_visits(session, visits)

    def phone_visit(self, number: int, day: date, stop: Stop) -> PhoneVisit:
        """The visit of one stop; `number` is its place in the day, from 1."""
        visit, order, premises = stop.visit, stop.visit.order, stop.visit.premises
        told, promises = self._told.get(visit.id), self._promises_of(visit)
        window = _told_window(told, promises)
        tries = unanswered_tries(self._session, visit.id) if visit.id in self._calls else None
        may_go_untimed = window is not None or order.priority is Priority.EMERGENCY or bool(tries and tries.tried)
        undo_until = self._undo_until(visit)
        eta = self._etas.get(visit.id)
        return PhoneVisit(
            visit_id=visit.id,
            number=number,
            day_on=day,
            status=visit.status,
            order_number=order.number,
            kind=order.kind,
            purpose=visit.purpose,
            service=order.service,
            contracted_mbps=order.contracted_mbps,
            tier=order.tier,
            priority=order.priority,
            planned=self._span(stop.start_at, stop.finish_at),
            travel_min=round(stop.travel_s / 60),
            window=self._span(*window) if window else self._booked(visit),
            is_told=window is not None,
            appointed_at=self._local(visit.appointed_at),
            expected_at=self._local(eta.arrive_at) if eta else None,
            arrived_at=self._local(visit.arrived_at),
            ended_at=self._local(_ended_at(visit)),
            tries_in_vain=len(tries.tried) if tries else 0,
            next_try=self._next_try(tries),
            is_given_up=tries is not None and tries.is_over,
            promises=promises,
            community=premises.community.name,
            street=" ".join(filter(None, (premises.street, premises.house_number))),
            unit=" · ".join(filter(None, (premises.building, premises.unit))),
            town=" ".join(filter(None, (premises.postcode, premises.city))),
            place=_place(premises),
            person=self._person(visit),
            note=order.note,
            skills=tuple(sorted(skill.skill.code for skill in visit.skills)),
            door_code=door_code(self._who.secret, visit.id, self._who.technician_id),
            calls=self._calls_from_the_door(visit),
            photos=self._photos[visit.id],
            earlier=self._earlier.get(visit.id, ()),
            may_go_untimed=may_go_untimed,
            arrived_as=self._arrivals.get(visit.id) if undo_until else None,
            undo_until=undo_until,
        )

    def _local(self, at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(self._who.zone)

    def _span(self, from_at: datetime, until_at: datetime) -> Span:
        return from_at.astimezone(self._who.zone), until_at.astimezone(self._who.zone)

    def _booked(self, visit: Visit) -> Span | None:
        if visit.booked_from_at is None or visit.booked_until_at is None:
            return None
        return self._span(visit.booked_from_at, visit.booked_until_at)

    def _next_try(self, tries: Tries | None) -> NextTry | None:
        found = tries.next if tries else None
        return None if found is None else NextTry(found.band, *self._span(found.from_at, found.until_at))

    def _promises_of(self, visit: Visit) -> tuple[PromiseDue, ...]:
        mine = [one for one in self._promises if visit.id == one.visit_id or visit.order_id == one.order_id]
        dues = (
            PromiseDue(one.kind, one.status, self._local(_earliest(one, visit)), one.due_at.astimezone(self._who.zone))
            for one in mine
        )
        return tuple(sorted(dues, key=lambda due: due.due_at))

    def _person(self, visit: Visit) -> Person | None:
        ended_at = _ended_at(visit)
        if not contact_is_shown(visit.status, since_end=self._who.now - ended_at if ended_at else None):
            return None
        by_role = {contact.role: contact for contact in visit.order.contacts}
        contact: Contact | None = next((by_role[role] for role in _AT_THE_DOOR if role in by_role), None)
        if contact is None:
            return None
        return Person(contact.id, contact.role, contact.name, contact.phone, contact.language)

    def _calls_from_the_door(self, visit: Visit) -> tuple[CallMade, ...]:
        if visit.arrived_at is None:
            return ()
        return tuple(
            CallMade(one.call_record or f"attempt:{one.id}", one.tried_at.astimezone(self._who.zone), one.reached)
            for one in self._calls.get(visit.id, ())
            if one.tried_at >= visit.arrived_at
        )

    def _undo_until(self, visit: Visit) -> datetime | None:
        if visit.status is not VisitStatus.ON_SITE or visit.id not in self._arrivals:
            return None
        until_at = visit.status_at + UNDO_WITHIN
        return self._local(until_at) if self._who.now <= until_at else None


def _earliest(promise: Promise, visit: Visit) -> datetime | None:
    """When the technician may be there at the earliest: not long before an agreed time without a yes (R11)."""
    if promise.kind is not PromiseKind.ARRIVAL or visit.appointed_at is None:
        return promise.from_at
    if any(entry.kind is EntryKind.EARLY_ALLOWED for entry in promise.entries):
        return promise.from_at
    return visit.appointed_at - timedelta(seconds=promise.early_by_s)


def _told_window(told: Announcement | None, promises: Sequence[PromiseDue]) -> Span | None:
    """What the customer was told, else what is promised."""
    if told is not None:
        return told.from_at, told.until_at
    promised = (one for one in promises if one.kind is PromiseKind.ARRIVAL)
    return next(((one.from_at, one.due_at) for one in promised if one.from_at is not None), None)


def _told(session: Session, ids: Sequence[int]) -> dict[int, Announcement]:
    statement = select(Announcement).where(Announcement.visit_id.in_(ids), Announcement.told_at.is_not(None))
    rows = session.scalars(statement.order_by(Announcement.number))
    return {row.visit_id: row for row in rows if row.technician_id is not None}


def _calls(session: Session, ids: Sequence[int]) -> dict[int, list[ContactAttempt]]:
    found: dict[int, list[ContactAttempt]] = {}
    statement = select(ContactAttempt).where(ContactAttempt.visit_id.in_(ids))
    for row in session.scalars(statement.order_by(ContactAttempt.tried_at, ContactAttempt.id)):
        found.setdefault(row.visit_id, []).append(row)
    return found


def _photos(session: Session, ids: Sequence[int]) -> Counter[int]:
    statement = select(Photo.visit_id, func.count()).where(Photo.visit_id.in_(ids)).group_by(Photo.visit_id)
    return Counter({row.visit_id: row[1] for row in session.execute(statement)})


def _promises(session: Session, visits: Sequence[Visit]) -> Sequence[Promise]:
    of_visits = Promise.visit_id.in_([visit.id for visit in visits]) & Promise.kind.in_(_OF_A_VISIT)
    of_orders = Promise.order_id.in_([visit.order_id for visit in visits]) & Promise.kind.in_(SERVICE)
    statement = select(Promise).where(of_visits | of_orders, Promise.status.in_(_OPEN))
    return session.scalars(statement.order_by(Promise.occasion)).all()


def _arrivals(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    statement = select(FieldReport.visit_id, FieldReport.device_id, FieldReport.sequence).where(
        FieldReport.visit_id.in_(ids), FieldReport.kind == ReportKind.ARRIVED
    )
    rows = session.execute(statement.order_by(FieldReport.occurred_at, FieldReport.id))
    return {visit_id: (device_id, sequence) for visit_id, device_id, sequence in rows if visit_id is not None}


def _ended_at(visit: Visit) -> datetime | None:
    return (visit.left_at or visit.status_at) if visit.status in OVER else None


def _place(premises: Premises) -> Coordinate | None:
    if premises.lat is None or premises.lon is None:
        return None
    return Coordinate(premises.lat, premises.lon, premises.datum)
