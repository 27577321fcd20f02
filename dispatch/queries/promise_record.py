"""How well promises were kept, as anybody may know it (R06): by kind and area, small numbers hidden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from dispatch.models import Case, Community, Order, Premises, Promise, Territory, Visit
from dispatch.queries.rules_in_force import rule_versions
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.promise_rule import Rule
from dispatch.rules.vocabulary import PromiseKind

#: fewer promises say too much about single customers
LEAST_SHOWN = 10
PERIODS = (timedelta(days=30), timedelta(days=90))
WEEK, WEEKS = timedelta(days=7), 13


@dataclass(frozen=True)
class Cell:
    """So many promises were due, and so many of them were kept; both None where it is too few to say."""

    due: int | None
    kept: int | None

    @property
    def share(self) -> float | None:
        """The share of promises kept."""
        return None if not self.due or self.kept is None else self.kept / self.due


HIDDEN = Cell(None, None)


@dataclass(frozen=True)
class KindRecord:
    """One kind of promise in one period: over all areas, and in each that has any."""

    kind: PromiseKind
    whole: Cell
    by_area: Mapping[str, Cell]


@dataclass(frozen=True)
class PeriodRecord:
    """The last so many days."""

    days: int
    whole: Cell
    kinds: tuple[KindRecord, ...]


@dataclass(frozen=True)
class WeekRecord:
    """All promises that were due in one week."""

    from_at: datetime
    until_at: datetime
    cell: Cell


@dataclass(frozen=True)
class PromiseRecord:
    """The rules in force that are made public, and what became of the promises under them.

    `covered` counts the addresses where they hold among all that are known (R05).
    """

    at: datetime
    rules: tuple[Rule, ...]
    areas: tuple[str, ...]
    periods: tuple[PeriodRecord, ...]
    weeks: tuple[WeekRecord, ...]
    covered: Cell


#: promises kept and broken, by kind and area
_Counts = Mapping[tuple[PromiseKind, str], tuple[int, int]]


def promise_record(session: Session, *, now: datetime) -> PromiseRecord:
    """The record at `now`."""
    rules = _public_rules(session, now)
    kinds = tuple(dict.fromkeys(rule.kind for rule in rules))
    areas = tuple(session.scalars(select(Territory.name).order_by(Territory.name)))
    return PromiseRecord(
        at=now,
        rules=rules,
        areas=areas,
        periods=tuple(_period(_counts(session, kinds, now - length, now), kinds, length) for length in PERIODS),
        weeks=tuple(_week(session, kinds, now - WEEK * ahead) for ahead in range(WEEKS - 1, -1, -1)),
        covered=_covered(session),
    )


def _public_rules(session: Session, now: datetime) -> tuple[Rule, ...]:
    """The latest version of each rule that is in force and made public, in the order of the kinds."""
    latest = {version.rule.code: version.rule for version in rule_versions(session) if version.is_in_force(now)}
    order = list(PromiseKind)
    return tuple(sorted((rule for rule in latest.values() if rule.public), key=lambda rule: order.index(rule.kind)))


def _counts(session: Session, kinds: Sequence[PromiseKind], from_at: datetime, until_at: datetime) -> _Counts:
    """What became of the promises due from `from_at` to before `until_at`, as far as it is settled."""
    by_visit, by_case = aliased(Order), aliased(Order)
    area = func.coalesce(Order.territory_id, by_visit.territory_id, by_case.territory_id)
    statement = (
        select(Promise.kind, Territory.name, Promise.status, func.count())
        .outerjoin(Order, Order.id == Promise.order_id)
        .outerjoin(Visit, Visit.id == Promise.visit_id)
        .outerjoin(by_visit, by_visit.id == Visit.order_id)
        .outerjoin(Case, Case.id == Promise.case_id)
        .outerjoin(by_case, by_case.id == Case.order_id)
        .outerjoin(Territory, Territory.id == area)
        .where(Promise.due_at >= from_at, Promise.due_at < until_at, Promise.is_silent.is_(False))
        .where(Promise.kind.in_(kinds), Promise.status.in_((PromiseStatus.KEPT, PromiseStatus.BROKEN)))
        .group_by(Promise.kind, Territory.name, Promise.status)
    )
    found: dict[tuple[PromiseKind, str], tuple[int, int]] = {}
    for kind, name, status, count in session.execute(statement):
        kept, broken = found.get((kind, name or ""), (0, 0))
        found[kind, name or ""] = (kept + count, broken) if status is PromiseStatus.KEPT else (kept, broken + count)
    return found


def _period(counts: _Counts, kinds: Iterable[PromiseKind], length: timedelta) -> PeriodRecord:
    return PeriodRecord(length.days, _sum(counts.values()), tuple(_kind(counts, kind) for kind in kinds))


def _kind(counts: _Counts, kind: PromiseKind) -> KindRecord:
    by_area = {name: _cell(*count) for (one, name), count in counts.items() if one is kind}
    whole = _sum(count for (one, _name), count in counts.items() if one is kind)
    return KindRecord(kind, whole, hide_what_follows(by_area))


def _week(session: Session, kinds: Sequence[PromiseKind], until_at: datetime) -> WeekRecord:
    counts = _counts(session, kinds, until_at - WEEK, until_at)
    return WeekRecord(until_at - WEEK, until_at, _sum(counts.values()))


def _sum(counts: Iterable[tuple[int, int]]) -> Cell:
    known = list(counts)
    return _cell(sum(kept for kept, _broken in known), sum(broken for _kept, broken in known))


def _cell(kept: int, broken: int) -> Cell:
    """The cell, or none that says anything: nothing due is no secret."""
    due = kept + broken
    return Cell(due, kept) if due == 0 or due >= LEAST_SHOWN else HIDDEN


def hide_what_follows(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """A single hidden cell would follow from the sum: the smallest of the others is hidden with it."""
    hidden = [name for name, cell in cells.items() if cell.due is None]
    shown = sorted((name for name, cell in cells.items() if cell.due), key=lambda name: (cells[name].due or 0, name))
    also = shown[0] if len(hidden) == 1 and shown else None
    return {name: HIDDEN if name == also else cell for name, cell in cells.items()}


def _covered(session: Session) -> Cell:
    statement = (
        select(Community.is_serviceable, func.count())
        .join(Premises, Premises.community_id == Community.id)
        .group_by(Community.is_serviceable)
    )
    counted = {row[0]: row[1] for row in session.execute(statement)}
    return _cell(counted.get(True, 0), counted.get(False, 0))
