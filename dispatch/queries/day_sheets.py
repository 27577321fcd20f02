"""A technician's day on paper: what to bring to mind at each door, in driving order (R86)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from dispatch.models import (
    Announcement,
    Contact,
    Order,
    Premises,
    Promise,
    Route,
    Shift,
    Stop,
    Technician,
    Territory,
    Visit,
)
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import ContactRole, OrderKind, Priority, VisitPurpose

#: who is asked for at the door, the best first (R28)
_AT_THE_DOOR = (ContactRole.ON_SITE, ContactRole.SUBSTITUTE, ContactRole.SUBSCRIBER)
_OPEN = (PromiseStatus.RUNNING, PromiseStatus.PAUSED, PromiseStatus.DUE_PASSED)


@dataclass(frozen=True)
class SheetStop:
    """One door. Times are on the territory's wall clocks; personal data is not in its `repr`."""

    number: int
    order_number: str
    external_id: str | None
    kind: OrderKind
    purpose: VisitPurpose
    service: str
    contracted_mbps: int | None
    priority: Priority
    arrive_at: datetime
    start_at: datetime
    finish_at: datetime
    travel_min: int
    window: tuple[datetime, datetime] | None
    appointed_at: datetime | None
    due_at: datetime | None
    is_late_by_plan: bool
    address: str = field(repr=False)
    town: str = field(repr=False)
    community: str
    contact_name: str = field(repr=False)
    contact_phone: str = field(repr=False)
    contact_language: str
    note: str = field(repr=False)


@dataclass(frozen=True)
class Sheet:
    """One technician's shift, with a break after the stop `break_after` (0: before the first)."""

    badge: str
    name: str = field(repr=False)
    territory: str
    day_on: date
    starts_at: datetime
    ends_at: datetime
    break_span: tuple[datetime, datetime] | None
    break_after: int
    travel_min: int
    back_at: datetime | None
    stops: tuple[SheetStop, ...]


def day_sheets(session: Session, day_on: date) -> tuple[Sheet, ...]:
    """A sheet for each shift of the day that has stops, by badge; places held for a choosing customer are left out."""
    routes = session.scalars(
        select(Route)
        .join(Shift, Shift.id == Route.shift_id)
        .join(Technician, Technician.id == Route.technician_id)
        .where(Route.day_on == day_on)
        .options(
            selectinload(Route.shift).selectinload(Shift.technician),
            selectinload(Route.stops).selectinload(Stop.visit).selectinload(Visit.premises),
            selectinload(Route.stops).selectinload(Stop.visit).selectinload(Visit.order).selectinload(Order.contacts),
        )
        .order_by(Technician.badge, Shift.starts_at)
    ).all()
    visits = [stop.visit for route in routes for stop in route.stops]
    facts = _Facts(_due(session, visits), _told(session, visits))
    territories = {territory.id: territory for territory in session.scalars(select(Territory))}
    sheets = (_sheet(route, territories[route.territory_id], facts) for route in routes)
    return tuple(sheet for sheet in sheets if sheet.stops)


@dataclass(frozen=True)
class _Facts:
    due: Mapping[int, datetime]
    told: Mapping[int, Announcement]


def _due(session: Session, visits: Iterable[Visit]) -> dict[int, datetime]:
    """When each order's own promise is due, while it is open."""
    rows = session.scalars(
        select(Promise).where(
            Promise.order_id.in_({visit.order_id for visit in visits}),
            Promise.kind.in_(SERVICE),
            Promise.status.in_(_OPEN),
        )
    )
    return {row.order_id: row.due_at for row in rows if row.order_id is not None}


def _told(session: Session, visits: Iterable[Visit]) -> dict[int, Announcement]:
    rows = session.scalars(
        select(Announcement)
        .where(Announcement.visit_id.in_([visit.id for visit in visits]), Announcement.told_at.is_not(None))
        .order_by(Announcement.number)
    )
    return {row.visit_id: row for row in rows}


def _sheet(route: Route, territory: Territory, facts: _Facts) -> Sheet:
    zone = ZoneInfo(territory.time_zone)
    shift = route.shift
    stops = [stop for stop in route.stops if not stop.is_tentative]
    begins = route.break_start_at if shift.break_s else None
    return Sheet(
        badge=shift.technician.badge,
        name=shift.technician.name,
        territory=territory.name,
        day_on=route.day_on,
        starts_at=shift.starts_at.astimezone(zone),
        ends_at=shift.ends_at.astimezone(zone),
        break_span=_local((begins, begins + timedelta(seconds=shift.break_s)), zone) if begins else None,
        break_after=sum(stop.start_at < begins for stop in stops) if begins else 0,
        travel_min=round((sum(stop.travel_s for stop in stops) + route.return_travel_s) / 60),
        back_at=_back_at(route, stops, zone),
        stops=tuple(_stop(number, stop, facts, zone) for number, stop in enumerate(stops, 1)),
    )


def _back_at(route: Route, stops: Sequence[Stop], zone: ZoneInfo) -> datetime | None:
    if not stops:
        return None
    return (stops[-1].finish_at + timedelta(seconds=route.return_travel_s)).astimezone(zone)


def _local(span: tuple[datetime, datetime], zone: ZoneInfo) -> tuple[datetime, datetime]:
    return span[0].astimezone(zone), span[1].astimezone(zone)


def _stop(number: int, stop: Stop, facts: _Facts, zone: ZoneInfo) -> SheetStop:
    visit = stop.visit
    order, premises, person = visit.order, visit.premises, _at_the_door(visit.order.contacts)
    due_at = None if visit.purpose is VisitPurpose.RECOVER else facts.due.get(order.id)
    window = _window(visit, facts.told.get(visit.id))
    return SheetStop(
        number=number,
        order_number=order.number,
        external_id=order.crm_id,
        kind=order.kind,
        purpose=visit.purpose,
        service=order.service,
        contracted_mbps=order.contracted_mbps,
        priority=order.priority,
        arrive_at=stop.arrive_at.astimezone(zone),
        start_at=stop.start_at.astimezone(zone),
        finish_at=stop.finish_at.astimezone(zone),
        travel_min=round(stop.travel_s / 60),
        window=_local(window, zone) if window else None,
        appointed_at=visit.appointed_at.astimezone(zone) if visit.appointed_at else None,
        due_at=due_at.astimezone(zone) if due_at else None,
        is_late_by_plan=due_at is not None and stop.finish_at > due_at,
        address=_address(premises),
        town=" ".join(filter(None, (premises.postcode, premises.city))),
        community=premises.community.name,
        contact_name=person.name if person else "",
        contact_phone=person.phone if person else "",
        contact_language=person.language if person else "",
        note=order.note,
    )


def _at_the_door(contacts: Iterable[Contact]) -> Contact | None:
    """The person at the site, else the substitute, else the subscriber."""
    by_role = {contact.role: contact for contact in contacts}
    return next((by_role[role] for role in _AT_THE_DOOR if role in by_role), None)


def _window(visit: Visit, told: Announcement | None) -> tuple[datetime, datetime] | None:
    """What the customer expects: what was told, else what is booked."""
    if told is not None:
        return told.from_at, told.until_at
    if visit.booked_from_at is None or visit.booked_until_at is None:
        return None
    return visit.booked_from_at, visit.booked_until_at


def _address(premises: Premises) -> str:
    street = " ".join(filter(None, (premises.street, premises.house_number)))
    return " · ".join(filter(None, (street, premises.building, premises.unit)))
