"""Taking an order: its clock starts when it was received."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Contact, Order, Premises
from dispatch.rules.events import OrderReceived
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, Priority
from dispatch.services.record import record


class SubscriberMissing(InvalidInput):
    """An order needs somebody whose service it is (R28)."""


class NothingLeftBehind(InvalidInput):
    """Only a move leaves a place behind (R02)."""


@dataclass(frozen=True)
class NewContact:
    """A person of an order; `phone` in E.164, `language` as a catalogue's name."""

    role: ContactRole
    name: str
    phone: str
    language: str
    is_landline: bool = False
    channel: Channel = Channel.SMS


@dataclass(frozen=True)
class NewOrder:
    """An order as it comes in; `received_at` is when the customer gave it, however late it gets here."""

    kind: OrderKind
    service: str
    received_at: datetime
    premises_id: int
    contacts: tuple[NewContact, ...]
    channel: Channel
    old_premises_id: int | None = None
    external_id: str | None = None
    import_hash: str | None = None
    priority: Priority = Priority.NORMAL
    contracted_mbps: int | None = None
    linked_order_id: int | None = None
    stated_due_at: datetime | None = None
    note: str = field(default="", repr=False)


def take_order(session: Session, new: NewOrder, *, now: datetime) -> Order:
    """Take an order: it has a number, a tier, its people, and (by the ledger) its promise.

    Raises SubscriberMissing or NothingLeftBehind; an unknown premises id raises
    sqlalchemy's NoResultFound. Where the community cannot be served, the order is taken
    without a promise and the log says so (R05).
    """
    if not any(contact.role is ContactRole.SUBSCRIBER for contact in new.contacts):
        raise SubscriberMissing("contacts")
    if new.old_premises_id is not None and new.kind is not OrderKind.MOVE:
        raise NothingLeftBehind("old_premises_id", kind=new.kind)
    premises = session.get_one(Premises, new.premises_id)
    territory = premises.community.territory
    received_on = new.received_at.astimezone(ZoneInfo(territory.time_zone)).date()
    order = Order(
        at=now,
        by=f"channel:{new.channel}",
        number=f"new-{secrets.token_hex(8)}",
        external_id=new.external_id,
        import_hash=new.import_hash,
        kind=new.kind,
        service=new.service,
        priority=new.priority,
        tier=premises.community.tier_on(received_on),
        channel=new.channel,
        received_at=new.received_at,
        territory=territory,
        premises=premises,
        old_premises_id=new.old_premises_id,
        linked_order_id=new.linked_order_id,
        contracted_mbps=new.contracted_mbps,
        note=new.note,
        contacts=[
            Contact(
                role=contact.role,
                name=contact.name,
                phone=contact.phone,
                is_landline=contact.is_landline,
                language=contact.language,
                channel=contact.channel,
            )
            for contact in new.contacts
        ],
    )
    session.add(order)
    session.flush()
    order.number = str(1000 + order.id)
    record(
        session,
        OrderReceived(
            occurred_at=new.received_at,
            order_id=order.id,
            territory_id=territory.id,
            order_kind=new.kind,
            channel=new.channel,
            stated_due_at=new.stated_due_at,
        ),
        now=now,
    )
    return order
