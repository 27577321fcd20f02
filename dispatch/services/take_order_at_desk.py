"""An order that a member of staff takes down for a customer (R19, R28, R33)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, Required
from dispatch.models import Community, Order
from dispatch.models.order import TAKEN_HERE
from dispatch.rules.datum import Coordinate
from dispatch.rules.order_rows import RowPlace
from dispatch.rules.vocabulary import Channel, OrderKind, Priority
from dispatch.services.register_premises import register_premises
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order


class CommunityNotKnown(InvalidInput):
    """Orders are taken for the estates on the operator's address list (R19)."""


@dataclass(frozen=True)
class DeskPlace:
    """An address in an estate; without a coordinate it has yet to be located."""

    community_id: int
    street: str = field(repr=False)
    house_number: str = field(default="", repr=False)
    building: str = field(default="", repr=False)
    unit: str = field(default="", repr=False)
    coordinate: Coordinate | None = field(default=None, repr=False)


@dataclass(frozen=True)
class DeskOrder:
    """What was taken down; `form` names the form, so that sending it twice takes one order."""

    form: str
    kind: OrderKind
    service: str
    place: DeskPlace
    contacts: tuple[NewContact, ...]
    old_place: DeskPlace | None = None
    priority: Priority = Priority.NORMAL
    contracted_mbps: int | None = None
    note: str = field(default="", repr=False)


def take_order_at_desk(session: Session, desk: DeskOrder, *, now: datetime, by: str) -> Order:
    """Take the order now, find or add its address, and ask for its visits.

    Raises Required, CommunityNotKnown, SubscriberMissing and NothingLeftBehind.
    """
    external_id = f"{TAKEN_HERE}{desk.form}"
    standing = session.scalars(select(Order).where(Order.external_id == external_id)).first()
    if standing is not None:
        return standing
    premises_id = _premises(session, desk.place, "place")
    old_id = None if desk.old_place is None else _premises(session, desk.old_place, "old_place")
    new = NewOrder(
        kind=desk.kind,
        service=desk.service,
        received_at=now,
        premises_id=premises_id,
        old_premises_id=old_id,
        contacts=desk.contacts,
        channel=Channel.CONSOLE,
        external_id=external_id,
        priority=desk.priority,
        contracted_mbps=desk.contracted_mbps,
        note=desk.note,
    )
    order = take_order(session, new, now=now)
    request_visits(session, order, now=now, by=by)
    return order


def _premises(session: Session, place: DeskPlace, where: str) -> int:
    if not place.street.strip():
        raise Required("street" if where == "place" else "old_street")
    community = session.get(Community, place.community_id)
    if community is None:
        raise CommunityNotKnown("community_id" if where == "place" else "old_community_id")
    row = RowPlace(
        community.name, place.street.strip(), place.house_number, place.building, place.unit, "", "", place.coordinate
    )
    return register_premises(session, community, row, place.coordinate).id
