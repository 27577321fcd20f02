"""What on a day's board needs a dispatcher now, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from dispatch.models import Case, Message, Order, User, Visit
from dispatch.models.user import DUTY_LOGIN
from dispatch.queries.day_board import BoardRow, BoardVisit, DayBoard
from dispatch.queries.disruptions import OpenDisruption, open_disruptions
from dispatch.rules.access import Scope
from dispatch.rules.lifecycles import CaseStatus, MessageStatus, VisitStatus
from dispatch.rules.promise_risk import Risk
from dispatch.rules.repair_ends import NO_REPAIR
from dispatch.rules.vocabulary import CaseKind, DisruptionKind, PromiseKind

#: a visit that is on a phone for so long without being accepted; R17 reassigns it after 30 minutes
UNACCEPTED_AFTER = timedelta(minutes=15)
#: a phone that has said nothing for so long during its shift: the offline grace of promises
SILENT_AFTER = timedelta(minutes=60)
#: a case that nobody in particular has taken for so long
UNOWNED_AFTER = timedelta(minutes=15)
#: so many of each kind of row are read
MOST_OF_A_KIND = 50


class AttentionKind(StrEnum):
    """What it is about, the most urgent first."""

    UNDECIDED = "undecided"
    OVERDUE = "overdue"
    WILL_BREAK = "will_break"
    LATE = "late"
    UNPLACED = "unplaced"
    UNACCEPTED = "unaccepted"
    SILENT = "silent"
    TIGHT = "tight"
    UNOWNED = "unowned"
    REPAIRING = "repairing"
    UNTOLD = "untold"


#: what needs somebody at once; the rest can wait for a quiet minute
URGENT = (AttentionKind.UNDECIDED, AttentionKind.OVERDUE, AttentionKind.WILL_BREAK, AttentionKind.LATE)
_OF_RISK = {
    Risk.OVERDUE: AttentionKind.OVERDUE,
    Risk.WILL_BREAK: AttentionKind.WILL_BREAK,
    Risk.TIGHT: AttentionKind.TIGHT,
}
_UNHEARD = (VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.AGREED, VisitStatus.EN_ROUTE)


@dataclass(frozen=True)
class Attention:
    """One thing to look at; `at` is when it is due or since when it waits, the ids say what it is about."""

    kind: AttentionKind
    at: datetime
    visit_id: int | None = None
    order_id: int | None = None
    order_number: str | None = None
    technician_id: int | None = None
    badge: str | None = None
    promise_kind: PromiseKind | None = None
    case_id: int | None = None
    case_number: str | None = None
    case_kind: CaseKind | None = None
    disruption_id: int | None = None
    disruption_kind: DisruptionKind | None = None
    #: the repair that waits to be published, and the orders whose customers would lose something by it
    plan_id: int | None = None
    would_lose: tuple[str, ...] = ()
    has_no_repair: bool = False
    #: a repair was made, and discarded or overtaken since
    has_lost_repair: bool = False
    count: int = 1

    @property
    def is_urgent(self) -> bool:
        """Whether it cannot wait."""
        return self.kind in URGENT


def board_attention(session: Session, board: DayBoard, *, now: datetime) -> tuple[Attention, ...]:
    """Everything on this board that needs somebody; of a contractor's view what its technicians' visits are about."""
    looking = _Looking(session, board, now)
    found = [
        *looking.disruptions(),
        *looking.visits(),
        *looking.unplaced(),
        *looking.silent(),
        *looking.cases(),
        *looking.messages(),
    ]
    order = list(AttentionKind)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.at, one.visit_id or 0)))


@dataclass(frozen=True)
class _Looking:
    session: Session
    board: DayBoard
    now: datetime

    # --- what the board itself shows -----------------------------------------------------

    def visits(self) -> Iterator[Attention]:
        for row in self.board.rows:
            for visit in row.visits:
                yield from self._visit(row, visit)

    def _visit(self, row: BoardRow, visit: BoardVisit) -> Iterator[Attention]:
        """The one thing about a visit that is most urgent."""
        kind = _OF_RISK.get(visit.promise.risk) if visit.promise else None
        about: dict[str, Any] = _about(visit) | {"technician_id": row.technician_id, "badge": row.badge}
        if visit.promise is not None and kind in (AttentionKind.OVERDUE, AttentionKind.WILL_BREAK):
            yield Attention(kind, visit.promise.due_at, promise_kind=visit.promise.kind, **about)
        elif visit.is_late and visit.told is not None:
            yield Attention(AttentionKind.LATE, visit.told[1], **about)
        elif _is_unaccepted(visit, self.now) and visit.sent_at is not None:
            yield Attention(AttentionKind.UNACCEPTED, visit.sent_at, **about)
        elif visit.promise is not None and kind is AttentionKind.TIGHT:
            yield Attention(kind, visit.promise.due_at, promise_kind=visit.promise.kind, **about)

    def unplaced(self) -> Iterator[Attention]:
        """Visits without a place: those in danger one by one, the others together."""
        safe = []
        for visit in self.board.unassigned:
            kind = _OF_RISK.get(visit.promise.risk) if visit.promise else None
            if visit.promise is not None and kind is not None:
                yield Attention(kind, visit.promise.due_at, promise_kind=visit.promise.kind, **_about(visit))
            else:
                safe.append(visit)
        if safe:
            yield Attention(AttentionKind.UNPLACED, self.now, count=len(safe))

    def silent(self) -> Iterator[Attention]:
        """Phones that say nothing during the shift although something is to be done."""
        for row in self.board.rows:
            heard_at = max(row.starts_at, row.heard_at or row.starts_at)
            at_work = row.starts_at < self.now < row.ends_at and not _is_absent(row, self.now)
            waited_for = any(visit.status in _UNHEARD or visit.status is VisitStatus.ON_SITE for visit in row.visits)
            if at_work and waited_for and heard_at + SILENT_AFTER < self.now:
                yield Attention(AttentionKind.SILENT, heard_at, technician_id=row.technician_id, badge=row.badge)

    # --- what stands elsewhere -----------------------------------------------------------

    def disruptions(self) -> Iterator[Attention]:
        """Repairs that a person decides, and those that are being made."""
        view = self.board.view
        scope = Scope(contractor_ids=view.contractor_ids or frozenset())
        if view.is_whole:
            scope = Scope(territory_ids=frozenset({view.territory_id}))
        for one in open_disruptions(self.session, scope, now=self.now):
            if one.territory_id == view.territory_id:
                yield self._disruption(one)

    def _disruption(self, one: OpenDisruption) -> Attention:
        about: dict[str, Any] = {
            "visit_id": one.visit_id,
            "order_number": one.order,
            "technician_id": one.technician_id,
            "badge": one.badge,
            "disruption_kind": one.kind,
        }
        if not one.is_to_decide:
            return Attention(AttentionKind.REPAIRING, one.occurred_at, **about)
        return Attention(
            AttentionKind.UNDECIDED,
            one.occurred_at,
            disruption_id=one.disruption_id,
            plan_id=one.plan_id if one.has_repair else None,
            would_lose=tuple(dict.fromkeys(lost.order for lost in one.would_lose)),
            has_no_repair=one.reason == NO_REPAIR,
            has_lost_repair=one.reason != NO_REPAIR and not one.has_repair,
            **about,
        )

    def cases(self) -> Iterator[Attention]:
        """Cases that are still the duty desk's."""
        statement = (
            select(Case, Order.number)
            .join(User, User.id == Case.owner_id)
            .outerjoin(Visit, Visit.id == Case.visit_id)
            .outerjoin(Order, Order.id == func.coalesce(Case.order_id, Visit.order_id))
            .where(User.login == DUTY_LOGIN, Case.status.in_((CaseStatus.OPEN, CaseStatus.REOPENED)))
            .where(Case.opened_at <= self.now - UNOWNED_AFTER, self._seen(Order))
            .order_by(Case.opened_at, Case.id)
        )
        for case, number in self.session.execute(statement.limit(MOST_OF_A_KIND)):
            yield Attention(
                AttentionKind.UNOWNED,
                case.opened_at,
                visit_id=case.visit_id,
                order_id=case.order_id,
                order_number=number,
                case_id=case.id,
                case_number=case.number,
                case_kind=case.kind,
            )

    def messages(self) -> Iterator[Attention]:
        """Orders whose last message of a day has not arrived."""
        latest = (
            select(func.max(Message.id))
            .where(Message.wanted_at >= self.now - timedelta(days=1), Message.order_id.is_not(None))
            .group_by(Message.order_id, Message.conversation_id)
        )
        statement = (
            select(Message.order_id, Order.number, func.max(Message.wanted_at), func.count())
            .join(Order, Order.id == Message.order_id)
            .where(Message.id.in_(latest), Message.status.in_((MessageStatus.FAILED, MessageStatus.UNDELIVERED)))
            .where(self._seen(Order))
            .group_by(Message.order_id, Order.number)
            .order_by(func.max(Message.wanted_at))
        )
        for order_id, number, wanted_at, count in self.session.execute(statement.limit(MOST_OF_A_KIND)):
            yield Attention(AttentionKind.UNTOLD, wanted_at, order_id=order_id, order_number=number, count=count)

    def _seen(self, order: type[Order]) -> ColumnElement[bool]:
        """The orders that this view shows; what is about no order is shown to who sees a whole territory."""
        if self.board.view.is_whole:
            return or_(order.territory_id == self.board.view.territory_id, order.id.is_(None))
        ids = {visit.order_id for visit in self.board.visits}
        return order.id.in_(ids) if ids else false()


def _about(visit: BoardVisit) -> dict[str, Any]:
    return {"visit_id": visit.visit_id, "order_id": visit.order_id, "order_number": visit.order_number}


def _is_unaccepted(visit: BoardVisit, now: datetime) -> bool:
    is_sent = visit.status is VisitStatus.SENT and visit.sent_at is not None
    return is_sent and visit.sent_at is not None and visit.sent_at + UNACCEPTED_AFTER <= now


def _is_absent(row: BoardRow, now: datetime) -> bool:
    return any(from_at <= now < until_at for from_at, until_at in row.absences)
