"""Finding orders by number, by the end of a telephone number, or by where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from dispatch.models import Contact, Order, Promise, Visit
from dispatch.queries.order_access import orders_within
from dispatch.rules.access import Scope
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind, Priority, Tier

#: orders on one page
PAGE = 50
#: how many last digits of a telephone number are looked for
LAST_DIGITS = 4
_OVER = (VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED, VisitStatus.CANCELLED)


@dataclass(frozen=True)
class FoundOrder:
    """One line of the list; times are shown on the clocks of `zone`."""

    order_id: int
    number: str
    kind: OrderKind
    status: OrderStatus
    tier: Tier
    priority: Priority
    community: str
    received_at: datetime
    zone: ZoneInfo
    due_at: datetime | None
    promise_status: PromiseStatus | None
    visit_status: VisitStatus | None
    visit_at: datetime | None

    @property
    def is_emergency(self) -> bool:
        """Whether it goes before everything else (R15)."""
        return self.priority is Priority.EMERGENCY


@dataclass(frozen=True)
class FoundOrders:
    """One page of the list."""

    rows: tuple[FoundOrder, ...]
    page: int
    has_more: bool


def search_orders(
    session: Session, scope: Scope, *, text: str = "", status: OrderStatus | None = None, page: int = 1, now: datetime
) -> FoundOrders:
    """The orders within the scope, the newest first; `text` is a number, or the last four digits of a phone.

    A page has fifty; it begins at 1.
    """
    statement = (
        select(Order)
        .where(orders_within(scope, now))
        .options(joinedload(Order.premises), joinedload(Order.territory))
        .order_by(Order.received_at.desc(), Order.id.desc())
    )
    wanted = text.strip()
    if wanted:
        statement = statement.where(_called(wanted))
    if status is not None:
        statement = statement.where(Order.status == status)
    page = max(1, page)
    found = session.scalars(statement.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    ids = [order.id for order in shown]
    promises, visits = _promises(session, ids), _visits(session, ids)
    rows = tuple(_row(order, promises.get(order.id), visits.get(order.id)) for order in shown)
    return FoundOrders(rows, page, len(found) > PAGE)


def _called(text: str) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [Order.number == text, Order.external_id == text]
    if text.isascii() and text.isdigit() and len(text) == LAST_DIGITS:
        people = select(Contact.order_id).where(Contact.phone.endswith(text), Contact.redacted_at.is_(None))
        ways.append(Order.id.in_(people))
    return or_(*ways)


def _promises(session: Session, ids: list[int]) -> dict[int, Promise]:
    statement = select(Promise).where(Promise.order_id.in_(ids), Promise.kind.in_(SERVICE)).order_by(Promise.occasion)
    return {promise.order_id or 0: promise for promise in session.scalars(statement)}


def _visits(session: Session, ids: list[int]) -> dict[int, Visit]:
    """The first visit of each order that is not over."""
    statement = select(Visit).where(Visit.order_id.in_(ids), Visit.status.not_in(_OVER)).order_by(Visit.number.desc())
    return {visit.order_id: visit for visit in session.scalars(statement)}


def _row(order: Order, promise: Promise | None, visit: Visit | None) -> FoundOrder:
    return FoundOrder(
        order_id=order.id,
        number=order.number,
        kind=order.kind,
        status=order.status,
        tier=order.tier,
        priority=order.priority,
        community=order.premises.community.name,
        received_at=order.received_at,
        zone=order.territory.zone,
        due_at=None if promise is None else promise.due_at,
        promise_status=None if promise is None else promise.status,
        visit_status=None if visit is None else visit.status,
        visit_at=None if visit is None else visit.appointed_at or visit.booked_from_at,
    )
