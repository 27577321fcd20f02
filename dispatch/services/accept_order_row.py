"""Taking the order that one row of a file means, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order, Premises, Territory
from dispatch.phones import is_landline
from dispatch.rules.calendars import Span
from dispatch.rules.datum import Coordinate
from dispatch.rules.events import OrderLocated
from dispatch.rules.import_report import Notice, Outcome
from dispatch.rules.order_rows import ConflictingDuplicate, OrderRow, RowPlace
from dispatch.rules.vocabulary import Channel, ContactRole
from dispatch.services.record import record
from dispatch.services.register_premises import register_community, register_premises
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order

BY = "import"

#: what a geocoder knows, by the line of the address
Located = Mapping[str, Coordinate | None]
#: the language that a file's word for it means; None if we do not speak it
ReadLanguage = Callable[[str], str | None]


@dataclass(frozen=True)
class OrderTaking:
    """What taking the order of a row needs besides the row."""

    territory: Territory
    located: Located
    read_language: ReadLanguage
    default_language: str
    now: datetime


def accept_order_row(session: Session, row: OrderRow, taking: OrderTaking) -> tuple[Outcome, frozenset[Notice]]:
    """Take the order and request its visits; nothing if it was taken from the same words before.

    Raises ConflictingDuplicate where the id stands for something else. A window that is
    over by now is not kept: the visit is to be booked anew.
    """
    existing = session.scalars(select(Order).where(Order.external_id == row.external_id)).one_or_none()
    if existing is not None:
        if existing.import_hash != row.content_hash:
            raise ConflictingDuplicate("external_id")
        return _locate_late(session, existing, row, taking)
    notices: set[Notice] = set()
    premises = _premises(session, row.place, taking, notices)
    if not premises.community.is_serviceable:
        notices.add(Notice.NOT_SERVICEABLE)
    old = _premises(session, row.old_place, taking, notices) if row.old_place else None
    language = _language(row, taking, notices)
    order = take_order(session, _new_order(row, premises, old, language), now=taking.now)
    wanted = _wanted(row, taking.now, notices)
    request_visits(session, order, now=taking.now, by=BY, wanted=wanted)
    return Outcome.ACCEPTED, frozenset(notices)


def _locate_late(
    session: Session, order: Order, row: OrderRow, taking: OrderTaking
) -> tuple[Outcome, frozenset[Notice]]:
    """Give an order without a place the one that has been found meanwhile."""
    coordinate = taking.located.get(row.place.line)
    premises = order.premises
    if premises.lat is not None or coordinate is None:
        return Outcome.UNCHANGED, frozenset()
    premises.lat, premises.lon, premises.datum = coordinate.lat, coordinate.lon, coordinate.datum
    session.flush()
    record(session, OrderLocated(occurred_at=taking.now, order_id=order.id), now=taking.now)
    return Outcome.UPDATED, frozenset({Notice.LOCATED})


def _premises(session: Session, place: RowPlace, taking: OrderTaking, notices: set[Notice]) -> Premises:
    community, is_new = register_community(session, place.community, taking.territory)
    if is_new:
        notices.add(Notice.NEW_COMMUNITY)
    coordinate = place.coordinate or taking.located.get(place.line)
    premises = register_premises(session, community, place, coordinate)
    if place.coordinate is None:
        notices.add(Notice.UNLOCATED if premises.lat is None else Notice.LOCATED)
    return premises


def _language(row: OrderRow, taking: OrderTaking, notices: set[Notice]) -> str:
    known = taking.read_language(row.language) if row.language else None
    if row.language and known is None:
        notices.add(Notice.UNKNOWN_LANGUAGE)
    return known or taking.default_language


def _wanted(row: OrderRow, now: datetime, notices: set[Notice]) -> Span | None:
    if row.received_at > now:
        notices.add(Notice.RECEIVED_LATER)
    if row.wanted and row.wanted[1] <= now:
        notices.add(Notice.WINDOW_OVER)
        return None
    return row.wanted


def _new_order(row: OrderRow, premises: Premises, old: Premises | None, language: str) -> NewOrder:
    return NewOrder(
        kind=row.kind,
        service=row.service,
        received_at=row.received_at,
        premises_id=premises.id,
        old_premises_id=old.id if old else None,
        contacts=tuple(_contact(person.role, person.name, person.phone, language) for person in row.people),
        channel=Channel.API,
        external_id=row.external_id,
        import_hash=row.content_hash,
        priority=row.priority,
        contracted_mbps=row.contracted_mbps,
        note=row.note,
    )


def _contact(role: ContactRole, name: str, phone: str, language: str) -> NewContact:
    landline = bool(is_landline(phone))
    return NewContact(role, name, phone, language, landline, Channel.VOICE if landline else Channel.SMS)
