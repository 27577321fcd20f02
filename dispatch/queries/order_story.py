"""The whole of an order on one page: told, promised, tried, supplied, so that nothing is asked twice (R41)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from dispatch.errors import NotFound
from dispatch.models import (
    Case,
    CloseOut,
    Compensation,
    Contact,
    Event,
    InboundMessage,
    Message,
    Order,
    Photo,
    Premises,
    Promise,
    Technician,
    User,
    Visit,
)
from dispatch.models.user import DUTY_LOGIN
from dispatch.queries.assigned_technicians import assigned_technicians
from dispatch.queries.close_out_needs import limits_of
from dispatch.queries.order_clock import Pause, order_clock
from dispatch.rules.close_out_rules import ReadingLimits, is_power_close
from dispatch.rules.events import InfeasibleOrderClosed, PauseDisputed, ReplyReceived, WithdrawalVerified
from dispatch.rules.lifecycles import CaseStatus, OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.money import Money
from dispatch.rules.story_topics import TOPICS, Topic
from dispatch.rules.vocabulary import (
    BreakCause,
    CaseKind,
    ContactRole,
    OrderKind,
    Priority,
    PromiseKind,
    Tier,
    VisitPurpose,
)

#: what is under way or over and cannot be changed from a desk any more
_FIXED = (VisitStatus.ON_SITE, VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED, VisitStatus.CANCELLED)


class NoSuchOrder(NotFound):
    """There is no order with this id, or the asker may not see it."""


@dataclass(frozen=True)
class StoryContact:
    """A person of the order (R28); a redacted one has neither name nor phone."""

    role: ContactRole
    name: str = field(repr=False)
    phone: str = field(repr=False)
    language: str
    is_redacted: bool


@dataclass(frozen=True)
class StoryPromise:
    """One promise about the order, one of its visits or cases; times as judged now."""

    promise_id: int
    kind: PromiseKind
    status: PromiseStatus
    made_at: datetime
    from_at: datetime | None
    due_at: datetime
    met_at: datetime | None
    paused_s: int
    cause: BreakCause | None
    visit: int | None
    case: str | None
    compensations: tuple[Money, ...]


@dataclass(frozen=True)
class StoryReading:
    """What was measured; `is_close`: a power inside its limits, but close to one of them."""

    kind: str
    value: int
    is_close: bool


@dataclass(frozen=True)
class StoryAccount:
    """The technician's account of a visit; texts are personal."""

    is_completed: bool
    reason: str | None
    checklist: Mapping[str, bool]
    readings: tuple[StoryReading, ...]
    parts: Mapping[str, str]
    parts_needed: tuple[str, ...]
    skills_needed: tuple[str, ...]
    is_trip_credited: bool
    note: str = field(repr=False)
    remark: str = field(repr=False)


@dataclass(frozen=True)
class StoryVisit:
    """One visit; `technicians` as name and badge."""

    visit_id: int
    number: int
    purpose: VisitPurpose
    status: VisitStatus
    status_reason: str | None
    booked: tuple[datetime, datetime] | None
    appointed_at: datetime | None
    arrived_at: datetime | None
    left_at: datetime | None
    release_at: datetime | None
    technicians: tuple[tuple[str, str], ...] = field(repr=False)
    account: StoryAccount | None
    photos: int

    @property
    def is_changeable(self) -> bool:
        """Whether it can be booked, moved or cancelled from a desk."""
        return self.status not in _FIXED

    @property
    def is_movable(self) -> bool:
        """Whether another window can be chosen: nobody is on the way."""
        return self.is_changeable and self.status is not VisitStatus.EN_ROUTE


@dataclass(frozen=True)
class StoryCase:
    """A case about the order."""

    case_id: int
    number: str
    kind: CaseKind
    status: CaseStatus
    next_step: str
    owner: str = field(repr=False)
    is_with_duty_desk: bool


@dataclass(frozen=True)
class StoryEntry:
    """One line: a fact (`kind`, `values`), what was sent (`template`, `variables`), or what was written (`text`)."""

    at: datetime
    topic: Topic
    kind: str
    visit: int | None = None
    case: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    #: badge of the technician concerned
    badge: str | None = None
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    language: str = ""
    status: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class StoryDispute:
    """A pause that the customer says is wrong (R51)."""

    case_id: int
    number: str
    proof: str


@dataclass(frozen=True)
class OrderStory:
    """Everything about one order; times are shown on the clocks of `zone`."""

    order_id: int
    number: str
    external_id: str | None
    kind: OrderKind
    service: str
    status: OrderStatus
    status_reason: str | None
    tier: Tier
    priority: Priority
    received_at: datetime
    contracted_mbps: int | None
    territory_id: int
    zone: ZoneInfo
    community: str
    address: str = field(repr=False)
    old_address: str | None = field(repr=False)
    note: str = field(repr=False)
    linked_from: tuple[int, str] | None
    linked_to: tuple[tuple[int, str, OrderKind], ...]
    contacts: tuple[StoryContact, ...]
    promises: tuple[StoryPromise, ...]
    pauses: tuple[Pause, ...]
    visits: tuple[StoryVisit, ...]
    cases: tuple[StoryCase, ...]
    disputes: tuple[StoryDispute, ...]
    verified_at: datetime | None
    is_closed: bool
    entries: tuple[StoryEntry, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is to be done."""
        return self.status is OrderStatus.OPEN

    @property
    def is_ending(self) -> bool:
        """Whether it ends, and has not been closed (R13)."""
        return self.status in (OrderStatus.WITHDRAWING, OrderStatus.INFEASIBLE) and not self.is_closed


def order_story(session: Session, order_id: int, *, now: datetime) -> OrderStory:
    """The story of an order, in order of time; what happened after `now` is not in it. Raises NoSuchOrder."""
    order = session.get(Order, order_id)
    if order is None:
        raise NoSuchOrder("order_id")
    visits = session.scalars(select(Visit).where(Visit.order_id == order_id).order_by(Visit.number)).all()
    cases = session.scalars(select(Case).where(Case.order_id == order_id).order_by(Case.id)).all()
    promises = _promises(session, order_id, {one.id: one for one in visits}, {one.id: one for one in cases})
    events = _events(session, order_id, [one.promise_id for one in promises], now)
    clock = order_clock(session, order_id)
    numbers = {one.id: one.number for one in visits}, {one.id: one.number for one in cases}
    old = None if order.old_premises_id is None else session.get_one(Premises, order.old_premises_id)
    return OrderStory(
        order_id=order.id,
        number=order.number,
        external_id=order.crm_id,
        kind=order.kind,
        service=order.service,
        status=order.status,
        status_reason=order.status_reason,
        tier=order.tier,
        priority=order.priority,
        received_at=order.received_at,
        contracted_mbps=order.contracted_mbps,
        territory_id=order.territory_id,
        zone=order.territory.zone,
        community=order.premises.community.name,
        address=_address(order.premises),
        old_address=None if old is None else f"{old.community.name} {_address(old)}",
        note=order.note,
        linked_from=_linked_from(session, order),
        linked_to=_linked_to(session, order),
        contacts=tuple(map(_contact, order.contacts)),
        promises=tuple(promises),
        pauses=clock.pauses if clock else (),
        visits=tuple(_visit(session, one) for one in visits),
        cases=tuple(
            StoryCase(
                one.id, one.number, one.kind, one.status, one.next_step, one.owner.name, one.owner.login == DUTY_LOGIN
            )
            for one in cases
        ),
        disputes=tuple(_disputes(events, numbers[1], cases)),
        verified_at=_last(events, WithdrawalVerified.kind, order.status_at),
        is_closed=order.status is OrderStatus.WITHDRAWN or _last(events, InfeasibleOrderClosed.kind) is not None,
        entries=_entries(session, order_id, events, numbers[0], numbers[1], now),
    )


# What it is about


def _address(premises: Premises) -> str:
    parts = (premises.street, premises.house_number, premises.building, premises.unit, premises.postcode, premises.city)
    return " ".join(part for part in parts if part)


def _contact(row: Contact) -> StoryContact:
    return StoryContact(row.role, row.name, row.phone, row.language, row.redacted_at is not None)


def _linked_from(session: Session, order: Order) -> tuple[int, str] | None:
    if order.linked_order_id is None:
        return None
    return order.linked_order_id, session.get_one(Order, order.linked_order_id).number


def _linked_to(session: Session, order: Order) -> tuple[tuple[int, str, OrderKind], ...]:
    statement = select(Order.id, Order.number, Order.kind).where(Order.linked_order_id == order.id).order_by(Order.id)
    return tuple((row.id, row.number, row.kind) for row in session.execute(statement))


# Promises


def _promises(
    session: Session, order_id: int, visits: Mapping[int, Visit], cases: Mapping[int, Case]
) -> list[StoryPromise]:
    about = or_(Promise.order_id == order_id, Promise.visit_id.in_(visits), Promise.case_id.in_(cases))
    rows = session.scalars(select(Promise).where(about).order_by(Promise.start_at, Promise.id)).all()
    owed: dict[int, list[Money]] = {}
    statement = select(Compensation).where(Compensation.promise_id.in_([row.id for row in rows]))
    for one in session.scalars(statement.where(Compensation.status != "withdrawn").order_by(Compensation.step)):
        owed.setdefault(one.promise_id, []).append(one.amount)
    return [
        StoryPromise(
            promise_id=row.id,
            kind=row.kind,
            status=row.status,
            made_at=row.start_at,
            from_at=row.from_at,
            due_at=row.due_at,
            met_at=row.met_at,
            paused_s=row.paused_s,
            cause=row.cause,
            visit=visits[row.visit_id].number if row.visit_id is not None else None,
            case=cases[row.case_id].number if row.case_id is not None else None,
            compensations=tuple(owed.get(row.id, ())),
        )
        for row in rows
    ]


# Visits


def _visit(session: Session, row: Visit) -> StoryVisit:
    booked = None
    if row.booked_from_at is not None and row.booked_until_at is not None:
        booked = (row.booked_from_at, row.booked_until_at)
    statement = select(CloseOut).where(CloseOut.visit_id == row.id).options(selectinload(CloseOut.readings))
    account = session.scalars(statement).first()
    photos = session.scalar(select(func.count(Photo.id)).where(Photo.visit_id == row.id)) or 0
    return StoryVisit(
        visit_id=row.id,
        number=row.number,
        purpose=row.purpose,
        status=row.status,
        status_reason=row.status_reason,
        booked=booked,
        appointed_at=row.appointed_at,
        arrived_at=row.arrived_at,
        left_at=row.left_at,
        release_at=row.release_at,
        technicians=tuple((one.name, one.badge) for one in assigned_technicians(session, row.id)),
        account=None if account is None else _account(account, limits_of(session, row.order_id)),
        photos=photos,
    )


def _account(row: CloseOut, limits: ReadingLimits) -> StoryAccount:
    return StoryAccount(
        is_completed=row.is_completed,
        reason=row.reason,
        checklist=dict(row.checklist),
        readings=tuple(StoryReading(str(one.kind), one.value, is_power_close(one, limits)) for one in row.readings),
        parts=dict(row.parts),
        parts_needed=tuple(row.needs.get("parts") or ()),
        skills_needed=tuple(row.needs.get("skills") or ()),
        is_trip_credited=row.is_trip_credited,
        note=str(row.needs.get("note") or ""),
        remark=row.remark,
    )


# What happened


def _events(session: Session, order_id: int, promise_ids: list[int], now: datetime) -> list[Event]:
    statement = select(Event).where(
        or_(Event.order_id == order_id, Event.promise_id.in_(promise_ids)), Event.occurred_at <= now
    )
    return list(session.scalars(statement.order_by(Event.occurred_at, Event.id)))


def _last(events: list[Event], kind: str, since: datetime | None = None) -> datetime | None:
    found = [event.occurred_at for event in events if event.kind == kind]
    return found[-1] if found and (since is None or found[-1] >= since) else None


def _disputes(events: list[Event], numbers: Mapping[int, str], cases: Any) -> Iterator[StoryDispute]:
    alive = {case.id for case in cases if case.kind is CaseKind.DISPUTE and case.status is not CaseStatus.RESOLVED}
    for event in events:
        if event.kind == PauseDisputed.kind and event.case_id is not None and event.case_id in alive:
            yield StoryDispute(event.case_id, numbers[event.case_id], str(event.payload["proof"]))


def _entries(
    session: Session,
    order_id: int,
    events: list[Event],
    visits: Mapping[int, int],
    cases: Mapping[int, str],
    now: datetime,
) -> tuple[StoryEntry, ...]:
    badges = _badges(session, events)
    owners = _owners(session, events)
    lines = [_fact(event, visits, cases, badges, owners) for event in events if event.kind in TOPICS]
    lines += _sent(session, order_id, visits, cases, now)
    lines += _written(session, events)
    return tuple(sorted(lines, key=lambda line: line.at))


def _fact(
    event: Event,
    visits: Mapping[int, int],
    cases: Mapping[int, str],
    badges: Mapping[int, str],
    owners: Mapping[int, str],
) -> StoryEntry:
    values = dict(event.payload)
    for name, value in values.items():
        if name.endswith("_at") and isinstance(value, str):
            values[name] = datetime.fromisoformat(value)
    if "owner_id" in values:
        values["owner"] = owners.get(values["owner_id"])
    return StoryEntry(
        at=event.occurred_at,
        topic=TOPICS[event.kind],
        kind=event.kind,
        visit=visits.get(event.visit_id or 0),
        case=cases.get(event.case_id or 0),
        values=values,
        badge=badges.get(event.technician_id or 0),
    )


def _badges(session: Session, events: list[Event]) -> dict[int, str]:
    ids = {event.technician_id for event in events if event.technician_id is not None}
    rows = session.execute(select(Technician.id, Technician.badge).where(Technician.id.in_(ids)))
    return {row.id: row.badge for row in rows}


def _owners(session: Session, events: list[Event]) -> dict[int, str]:
    ids = {event.payload["owner_id"] for event in events if "owner_id" in event.payload}
    return {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(ids)))}


def _sent(
    session: Session, order_id: int, visits: Mapping[int, int], cases: Mapping[int, str], now: datetime
) -> list[StoryEntry]:
    """What customers were told."""
    statement = select(Message).where(
        Message.order_id == order_id,
        Message.sent_at.is_not(None),
        Message.sent_at <= now,
        Message.template.is_not(None),
    )
    return [
        StoryEntry(
            at=row.sent_at or row.wanted_at,
            topic=Topic.TOLD,
            kind=row.kind,
            visit=visits.get(row.visit_id or 0),
            case=cases.get(row.case_id or 0),
            template=row.template,
            variables=dict(row.variables),
            language=row.language,
            status=row.status,
        )
        for row in session.scalars(statement.order_by(Message.id))
    ]


def _written(session: Session, events: list[Event]) -> list[StoryEntry]:
    """What customers wrote."""
    heard = {event.payload["inbound_id"]: event for event in events if event.kind == ReplyReceived.kind}
    rows = session.scalars(select(InboundMessage).where(InboundMessage.id.in_(heard)))
    return [StoryEntry(at=row.received_at, topic=Topic.TOLD, kind="written", text=row.text) for row in rows]
