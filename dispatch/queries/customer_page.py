"""Everything that the customer of one order may see at any time (R30), and never their own name or address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.links import Secret, order_link, query_code
from dispatch.models import Case, Contact, Message, Order, Visit
from dispatch.queries.current_visit import current_visit
from dispatch.queries.customer_cases import CustomerCase, customer_cases
from dispatch.queries.customer_ledger import LedgerLine, customer_ledger
from dispatch.queries.customer_visits import CustomerVisit, Stage, customer_visit
from dispatch.queries.move_visits import unbooked_move
from dispatch.rules.lifecycles import MessageStatus, OrderStatus
from dispatch.rules.vocabulary import ContactRole, OrderKind

#: a visit can be rated for so long after its end
RATEABLE_FOR = timedelta(days=30)
#: the provider has taken it
_SENT = (MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.UNDELIVERED)


@dataclass(frozen=True)
class SentMessage:
    """One message about the order as it was sent; its text is made again of `template` and `variables`."""

    sent_at: datetime
    template: str
    language: str
    variables: Mapping[str, Any] = field(repr=False)
    is_undelivered: bool


@dataclass(frozen=True)
class LaterOrder:
    """An order that came out of this one, such as a repair of what broke again; `path` is that of its page."""

    number: str
    kind: OrderKind
    path: str = field(repr=False)


@dataclass(frozen=True)
class CustomerPage:
    """One order as its customer sees it at `now`; `current` is the visit to come or under way, else the last one.

    `can_choose_both`: one choice gives both visits of a move their time (R02).
    """

    order_id: int
    number: str
    kind: OrderKind
    status: OrderStatus
    reason: str | None
    received_at: datetime
    now: datetime
    zone: ZoneInfo
    language: str
    query_code: str = field(repr=False)
    current: CustomerVisit | None
    visits: tuple[CustomerVisit, ...]
    can_choose_both: bool
    promises: tuple[LedgerLine, ...]
    sent: tuple[SentMessage, ...]
    cases: tuple[CustomerCase, ...]
    later: tuple[LaterOrder, ...]

    @property
    def main_promise(self) -> LedgerLine | None:
        """The promise that what was ordered is done; None where nothing was promised (R05)."""
        return next((line for line in reversed(self.promises) if line.is_main), None)

    @property
    def rateable(self) -> CustomerVisit | None:
        """The visit that can be rated, or called not fixed: the last one that was completed, for a while."""
        done = [visit for visit in self.visits if visit.stage is Stage.DONE]
        last = done[-1] if done else None
        ended_at = last.ended_at if last is not None else None
        return last if ended_at is not None and self.now - ended_at <= RATEABLE_FOR else None

    @property
    def can_withdraw(self) -> bool:
        """Whether the order can still be withdrawn."""
        return self.status is OrderStatus.OPEN

    @property
    def can_revoke(self) -> bool:
        """Whether a withdrawal can still be taken back."""
        return self.status is OrderStatus.WITHDRAWING

    @property
    def can_report_fault(self) -> bool:
        """Whether the same thing being broken again makes a new repair."""
        return self.status is OrderStatus.FULFILLED


def customer_page(session: Session, order_id: int, *, secret: Secret, now: datetime) -> CustomerPage:
    """The page of one order."""
    order = session.get_one(Order, order_id)
    rows = session.scalars(select(Visit).where(Visit.order_id == order_id).order_by(Visit.number)).all()
    visits = tuple(customer_visit(session, row, secret=secret, now=now) for row in rows)
    coming = current_visit(session, order_id)
    current = next((one for one in visits if coming is not None and one.visit_id == coming.id), None)
    return CustomerPage(
        order_id=order.id,
        number=order.number,
        kind=order.kind,
        status=order.status,
        reason=order.status_reason,
        received_at=order.received_at,
        now=now,
        zone=order.territory.zone,
        language=_language(session, order_id),
        query_code=query_code(secret, order),
        current=current or (visits[-1] if visits else None),
        visits=visits,
        can_choose_both=unbooked_move(session, order_id) is not None,
        promises=customer_ledger(session, order),
        sent=_sent(session, order_id),
        cases=customer_cases(session, order_id),
        later=_later(session, order_id, secret),
    )


def order_with_id(session: Session, order_id: int) -> Order | None:
    """The order, if there is one."""
    return session.get(Order, order_id)


def _language(session: Session, order_id: int) -> str:
    """The subscriber's language, else that of anybody of the order, else English."""
    contacts = session.scalars(select(Contact).where(Contact.order_id == order_id).order_by(Contact.id)).all()
    first = sorted(contacts, key=lambda contact: contact.role is not ContactRole.SUBSCRIBER)
    return first[0].language if first else "en"


def _sent(session: Session, order_id: int) -> tuple[SentMessage, ...]:
    """What was sent about the order, its visits and its cases, the newest first."""
    visits = select(Visit.id).where(Visit.order_id == order_id)
    cases = select(Case.id).where(Case.order_id == order_id)
    statement = (
        select(Message)
        .where(or_(Message.order_id == order_id, Message.visit_id.in_(visits), Message.case_id.in_(cases)))
        .where(Message.status.in_(_SENT), Message.sent_at.is_not(None), Message.template.is_not(None))
        .order_by(Message.sent_at.desc(), Message.id.desc())
    )
    return tuple(
        SentMessage(
            sent_at=row.sent_at,
            template=row.template,
            language=row.language,
            variables=dict(row.variables),
            is_undelivered=row.status is MessageStatus.UNDELIVERED,
        )
        for row in session.scalars(statement)
        if row.sent_at is not None and row.template is not None
    )


def _later(session: Session, order_id: int, secret: Secret) -> tuple[LaterOrder, ...]:
    statement = select(Order).where(Order.linked_order_id == order_id).order_by(Order.id)
    return tuple(LaterOrder(row.number, row.kind, order_link(secret, row)) for row in session.scalars(statement))
