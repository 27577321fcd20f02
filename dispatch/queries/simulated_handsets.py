"""Every handset of the sandbox: whose it is, what was written to it and from it, and how far that got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock, business_clock
from dispatch.links import Secret, order_link
from dispatch.models import Contact, Conversation, InboundMessage, Message, Order, SandboxMessage, Technician
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import ContactRole, OrderKind

#: the most that is shown of one handset's thread
LONGEST_THREAD = 200
#: the most orders that are named beside one handset
MOST_ORDERS = 5


@dataclass(frozen=True)
class HandsetOwner:
    """Whose handset it is: a technician's, by badge, or that of people of these orders, the newest first."""

    badge: str | None = None
    orders: tuple[tuple[str, OrderKind, ContactRole], ...] = ()


@dataclass(frozen=True)
class HandsetRow:
    """One handset in the list; `key` names it in addresses, `latest_id` grows with every message to it."""

    key: int
    handset: str = field(repr=False)
    messages: int
    latest_id: int
    latest_text: str = field(repr=False)
    owner: HandsetOwner


@dataclass(frozen=True)
class HandsetList:
    """One page of the list, the handset written to last first; `total` counts all that were found."""

    rows: tuple[HandsetRow, ...]
    total: int


@dataclass(frozen=True)
class ThreadLine:
    """One message at business time `at`; of ours how far it got (None: a code that is in no order's record)."""

    at: datetime
    is_theirs: bool
    text: str = field(repr=False)
    status: MessageStatus | None = None
    is_answered: bool = True


@dataclass(frozen=True)
class HandsetOrderLink:
    """An order of the handset's owner, and the path of its page."""

    number: str
    kind: OrderKind
    path: str = field(repr=False)


@dataclass(frozen=True)
class HandsetView:
    """One handset as its owner would hold it."""

    key: int
    handset: str = field(repr=False)
    owner: HandsetOwner
    lines: tuple[ThreadLine, ...]
    orders: tuple[HandsetOrderLink, ...]
    is_opted_out: bool


def list_handsets(session: Session, *, wanted: str = "", offset: int = 0, limit: int = 50) -> HandsetList:
    """The handsets that messages were sent to; only those of the order or the badge `wanted`, if it is given."""
    grouped = select(
        SandboxMessage.handset,
        func.min(SandboxMessage.id).label("key"),
        func.max(SandboxMessage.id).label("latest"),
        func.count().label("messages"),
    ).group_by(SandboxMessage.handset)
    if wanted:
        of_order = select(Contact.phone).join(Order, Order.id == Contact.order_id).where(Order.number == wanted)
        of_badge = select(Technician.phone).where(Technician.badge == wanted)
        grouped = grouped.where(SandboxMessage.handset.in_(of_order) | SandboxMessage.handset.in_(of_badge))
    found = grouped.subquery()
    total = session.scalar(select(func.count()).select_from(found)) or 0
    statement = select(found, SandboxMessage.text).join(SandboxMessage, SandboxMessage.id == found.c.latest)
    rows = session.execute(statement.order_by(found.c.latest.desc()).offset(offset).limit(limit)).all()
    owners = _owners(session, [row.handset for row in rows])
    return HandsetList(
        tuple(
            HandsetRow(row.key, row.handset, row.messages, row.latest, row.text, owners.get(row.handset, _NOBODY))
            for row in rows
        ),
        total,
    )


def handset_view(session: Session, key: int, *, secret: Secret) -> HandsetView | None:
    """The handset known by `key`; None if there is none."""
    first = session.get(SandboxMessage, key)
    if first is None:
        return None
    handset = first.handset
    conversation = session.scalars(select(Conversation).where(Conversation.handset == handset)).first()
    orders = session.scalars(_orders_of(handset).limit(MOST_ORDERS)).unique().all()
    lines = [*_ours(session, handset), *_theirs(session, conversation)]
    return HandsetView(
        key=key,
        handset=handset,
        owner=_owners(session, [handset]).get(handset, _NOBODY),
        lines=tuple(sorted(lines, key=lambda line: (line.at, not line.is_theirs))[-LONGEST_THREAD:]),
        orders=tuple(HandsetOrderLink(row.number, row.kind, order_link(secret, row)) for row in orders),
        is_opted_out=conversation is not None and conversation.opted_out_at is not None,
    )


_NOBODY = HandsetOwner()


def _orders_of(handset: str) -> Select[Order]:
    return (
        select(Order)
        .join(Contact, Contact.order_id == Order.id)
        .where(Contact.phone == handset, Contact.redacted_at.is_(None))
        .order_by(Order.id.desc())
    )


def _owners(session: Session, handsets: Sequence[str]) -> Mapping[str, HandsetOwner]:
    worn = select(Technician.phone, Technician.badge).where(Technician.phone.in_(handsets))
    badges = {row.phone: row.badge for row in session.execute(worn)}
    statement = (
        select(Contact.phone, Contact.role, Order.number, Order.kind)
        .join(Order, Order.id == Contact.order_id)
        .where(Contact.phone.in_(handsets), Contact.redacted_at.is_(None))
        .order_by(Order.id.desc())
    )
    orders: dict[str, list[tuple[str, OrderKind, ContactRole]]] = {}
    for phone, role, number, kind in session.execute(statement):
        orders.setdefault(phone, []).append((number, kind, role))
    return {
        handset: HandsetOwner(badges.get(handset), tuple(orders.get(handset, ())[:MOST_ORDERS])) for handset in handsets
    }


def _ours(session: Session, handset: str) -> list[ThreadLine]:
    statement = (
        select(SandboxMessage.text, SandboxMessage.accepted_at, Message.sent_at, Message.status)
        .outerjoin(Message, Message.id == SandboxMessage.our_id)
        .where(SandboxMessage.handset == handset)
        .order_by(SandboxMessage.id.desc())
        .limit(LONGEST_THREAD)
    )
    return [
        ThreadLine(
            at=row.sent_at or business_clock(session, FixedClock(row.accepted_at)).now(),
            is_theirs=False,
            text=row.text,
            status=row.status,
        )
        for row in session.execute(statement)
    ]


def _theirs(session: Session, conversation: Conversation | None) -> list[ThreadLine]:
    if conversation is None:
        return []
    statement = (
        select(InboundMessage)
        .where(InboundMessage.conversation_id == conversation.id)
        .order_by(InboundMessage.id.desc())
        .limit(LONGEST_THREAD)
    )
    return [
        ThreadLine(row.received_at, is_theirs=True, text=row.text, is_answered=row.handled_at is not None)
        for row in session.scalars(statement)
    ]
