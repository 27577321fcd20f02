"""The cases that somebody cares for, those in need first (R42, R46, R48)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from dispatch.errors import NotFound
from dispatch.models import Case, Grant, Operator, Order, Promise, User
from dispatch.models.user import DUTY_LOGIN
from dispatch.queries.order_access import cases_within
from dispatch.rules.access import PERMISSIONS, Permission, Scope
from dispatch.rules.lifecycles import CaseStatus, PromiseStatus
from dispatch.rules.vocabulary import CaseKind, Channel, PromiseKind

#: cases on one page
PAGE = 50
#: the customer's contacts about one thing that raise an alarm (R48)
MANY_CONTACTS = 3
_OWED = (PromiseStatus.RUNNING, PromiseStatus.DUE_PASSED, PromiseStatus.BROKEN)


class NoSuchCaseHere(NotFound):
    """There is no case with this id, or the asker may not see it."""


class Alarm(StrEnum):
    """Why a case cannot wait."""

    OVERDUE = "overdue"
    NEARLY_DUE = "nearly_due"
    MANY_CONTACTS = "many_contacts"


@dataclass(frozen=True)
class CaseDue:
    """Something that is owed in a case, and until when."""

    kind: PromiseKind
    status: PromiseStatus
    due_at: datetime
    warn_at: datetime | None


@dataclass(frozen=True)
class FoundCase:
    """One line of the list; times are shown on the clocks of `zone`."""

    case_id: int
    number: str
    kind: CaseKind
    status: CaseStatus
    channel: Channel
    next_step: str
    waiting_for: str | None
    opened_at: datetime
    order_id: int | None
    order_number: str | None
    visit_id: int | None
    owner_id: int
    owner: str = field(repr=False)
    is_with_duty_desk: bool
    contacts: int
    hand_overs: int
    dues: tuple[CaseDue, ...]
    alarms: tuple[Alarm, ...]
    zone: ZoneInfo

    @property
    def is_resolved(self) -> bool:
        """Whether it is settled."""
        return self.status is CaseStatus.RESOLVED

    @property
    def due_at(self) -> datetime | None:
        """By when something has to happen first."""
        return min((due.due_at for due in self.dues if due.status is not PromiseStatus.BROKEN), default=None)


@dataclass(frozen=True)
class CaseNote:
    """What was said in a case; `by_name` is the member of staff's."""

    at: datetime
    by: str
    by_name: str | None = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True)
class CaseStory:
    """One case with all that was said, who may take it over, and what it is about."""

    case: FoundCase
    notes: tuple[CaseNote, ...]
    receivers: tuple[tuple[int, str], ...] = field(repr=False)


def search_cases(
    session: Session,
    scope: Scope,
    *,
    owner_id: int | None = None,
    is_resolved: bool = False,
    page: int = 1,
    now: datetime,
) -> tuple[tuple[FoundCase, ...], bool]:
    """A page of the cases within the scope, and whether there are more: alarms first, then by age."""
    statement = select(Case).where(cases_within(scope, now)).options(joinedload(Case.owner))
    settled = Case.status == CaseStatus.RESOLVED
    statement = statement.where(settled if is_resolved else ~settled)
    if owner_id is not None:
        statement = statement.where(Case.owner_id == owner_id)
    order = Case.status_at.desc() if is_resolved else Case.opened_at
    found = session.scalars(statement.order_by(order, Case.id).offset((max(1, page) - 1) * PAGE).limit(PAGE + 1)).all()
    rows = _rows(session, list(found[:PAGE]), now)
    if not is_resolved:
        rows.sort(key=lambda row: (not row.alarms, row.due_at or datetime.max.replace(tzinfo=now.tzinfo)))
    return tuple(rows), len(found) > PAGE


def count_cases(session: Session, scope: Scope, *, now: datetime) -> dict[str, int]:
    """How many cases are open, by the name of their owner."""
    statement = (
        select(User.name, func.count(Case.id))
        .join(User, User.id == Case.owner_id)
        .where(cases_within(scope, now), Case.status != CaseStatus.RESOLVED)
        .group_by(User.name)
        .order_by(func.count(Case.id).desc(), User.name)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def case_story(session: Session, scope: Scope, case_id: int, *, now: datetime) -> CaseStory:
    """The case; raises NoSuchCaseHere outside of the scope."""
    row = session.scalars(select(Case).where(Case.id == case_id, cases_within(scope, now))).first()
    if row is None:
        raise NoSuchCaseHere("case_id")
    (found,) = _rows(session, [row], now)
    people = {user.id: user.name for user in session.scalars(select(User).where(User.id.in_(_users(row))))}
    notes = tuple(
        CaseNote(note.said_at, note.said_by, people.get(_user(note.said_by) or 0), note.text) for note in row.remarks
    )
    return CaseStory(found, notes, _receivers(session))


def _rows(session: Session, cases: list[Case], now: datetime) -> list[FoundCase]:
    dues = _dues(session, [case.id for case in cases])
    statement = select(Order).where(Order.id.in_([case.order_id for case in cases if case.order_id is not None]))
    orders = {order.id: order for order in session.scalars(statement.options(joinedload(Order.territory)))}
    home = ZoneInfo(session.get_one(Operator, 1).time_zone)
    return [_row(case, orders.get(case.order_id or 0), tuple(dues.get(case.id, ())), home, now) for case in cases]


def _row(case: Case, order: Order | None, dues: tuple[CaseDue, ...], home: ZoneInfo, now: datetime) -> FoundCase:
    is_resolved = case.status is CaseStatus.RESOLVED
    return FoundCase(
        case_id=case.id,
        number=case.number,
        kind=case.kind,
        status=case.status,
        channel=case.channel,
        next_step=case.next_step,
        waiting_for=case.waiting_for if case.status is CaseStatus.WAITING else None,
        opened_at=case.opened_at,
        order_id=case.order_id,
        order_number=None if order is None else order.number,
        visit_id=case.visit_id,
        owner_id=case.owner_id,
        owner=case.owner.name,
        is_with_duty_desk=case.owner.login == DUTY_LOGIN,
        contacts=case.contacts,
        hand_overs=case.hand_overs,
        dues=dues,
        alarms=() if is_resolved else tuple(_alarms(case, dues, now)),
        zone=home if order is None else order.territory.zone,
    )


def _alarms(case: Case, dues: tuple[CaseDue, ...], now: datetime) -> list[Alarm]:
    alarms = []
    if any(due.due_at <= now for due in dues):
        alarms.append(Alarm.OVERDUE)
    elif any(due.warn_at is not None and due.warn_at <= now for due in dues):
        alarms.append(Alarm.NEARLY_DUE)
    if case.contacts >= MANY_CONTACTS:
        alarms.append(Alarm.MANY_CONTACTS)
    return alarms


def _dues(session: Session, case_ids: list[int]) -> dict[int, list[CaseDue]]:
    statement = select(Promise).where(
        Promise.case_id.in_(case_ids), Promise.status.in_(_OWED), Promise.met_at.is_(None)
    )
    found: dict[int, list[CaseDue]] = {}
    for row in session.scalars(statement.order_by(Promise.due_at)):
        found.setdefault(row.case_id or 0, []).append(CaseDue(row.kind, row.status, row.due_at, row.warn_at))
    return found


def _users(case: Case) -> set[int]:
    return {user_id for note in case.remarks if (user_id := _user(note.said_by)) is not None}


def _user(said_by: str) -> int | None:
    kind, _, number = said_by.partition(":")
    return int(number) if kind == "user" and number.isdigit() else None


def _receivers(session: Session) -> tuple[tuple[int, str], ...]:
    """To whom a case can be handed: by name (R42)."""
    roles = [role for role, permissions in PERMISSIONS.items() if Permission.SERVE_CUSTOMER in permissions]
    statement = (
        select(User.id, User.name)
        .where(User.is_active, User.login != DUTY_LOGIN)
        .where(User.id.in_(select(Grant.user_id).where(Grant.role.in_(roles))))
        .order_by(User.name, User.id)
    )
    return tuple((row.id, row.name) for row in session.execute(statement))
