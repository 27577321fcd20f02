"""Reporting that the day cannot go on as planned; its repair is due at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput, NotFound, Required
from dispatch.models import Absence, Disruption, Shift, Technician, Territory, Visit
from dispatch.rules.events import DisruptionReported
from dispatch.rules.lifecycles import DisruptionStatus
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.services.append_event import append_event
from dispatch.services.schedule_work import schedule_work

#: due work, by territory: what was reported there meanwhile is repaired together
REPAIR_DAY = "repair_day"
#: why an absence of this kind is in the books
DISRUPTED = "disruption"
#: from when to when, as far as it is known
LostTime = tuple[datetime | None, datetime | None]


class LostTimeReversed(InvalidInput):
    """The time that is lost ends before it begins."""


def report_disruption(
    session: Session,
    kind: DisruptionKind,
    *,
    territory_id: int,
    technician_id: int | None = None,
    visit_id: int | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    occurred_at: datetime,
    now: datetime,
    by: str,
) -> Disruption:
    """Write down what upsets the territory's day, so that planning respects it, and have the day repaired.

    An absence lasts from `from_at` (`occurred_at` if nothing is said) to `until_at`, by default
    the end of the shift; an overrun is a visit in progress that is expected to end at
    `until_at`. What is reported twice is one: an absence inside one that is known, an overrun
    to the same time, anything else about the same visit and technician until it is settled.
    Raises Required, LostTimeReversed, and NotFound for what does not exist.
    """
    if kind is DisruptionKind.ABSENT:
        from_at = from_at or occurred_at
    _require(session, kind, territory_id, technician_id, visit_id, until_at)
    if kind is DisruptionKind.ABSENT and until_at is None:
        until_at = _shift_end(session, technician_id or 0, from_at or occurred_at)
    if from_at is not None and until_at is not None and until_at <= from_at:
        raise LostTimeReversed("until_at")
    about: dict[str, Any] = {"territory_id": territory_id, "technician_id": technician_id, "visit_id": visit_id}
    known = _known(session, kind, about, (from_at, until_at), occurred_at)
    if known is not None:
        return known
    span = {"from_at": from_at, "until_at": until_at}
    disruption = Disruption(at=now, by=by, kind=kind, occurred_at=occurred_at, **about, **span)
    session.add(disruption)
    if kind is DisruptionKind.ABSENT and from_at is not None and until_at is not None:
        session.add(Absence(technician_id=technician_id, from_at=from_at, until_at=until_at, reason=DISRUPTED))
    session.flush()
    fact = DisruptionReported(occurred_at=occurred_at, disruption_id=disruption.id, disruption_kind=kind, **about)
    append_event(session, fact, now=now)
    schedule_work(session, REPAIR_DAY, territory_id, now)
    return disruption


def _require(
    session: Session,
    kind: DisruptionKind,
    territory_id: int,
    technician_id: int | None,
    visit_id: int | None,
    until_at: datetime | None,
) -> None:
    """Raise if what this kind is about is missing or unknown; reports about one territory come one at a time."""
    if session.get(Territory, territory_id, with_for_update={"key_share": True}) is None:
        raise NotFound("territory")
    if kind is DisruptionKind.ABSENT and technician_id is None:
        raise Required("technician_id")
    if kind is not DisruptionKind.ABSENT and visit_id is None:
        raise Required("visit_id")
    if kind is DisruptionKind.OVERRUN and until_at is None:
        raise Required("until_at")
    if technician_id is not None and session.get(Technician, technician_id) is None:
        raise NotFound("technician")
    if visit_id is not None and session.get(Visit, visit_id) is None:
        raise NotFound("visit")


def _shift_end(session: Session, technician_id: int, from_at: datetime) -> datetime | None:
    """When the shift that runs at `from_at` ends, else the next one within a day; None if there is none."""
    statement = select(Shift).where(Shift.technician_id == technician_id, Shift.ends_at > from_at)
    shift = session.scalars(statement.order_by(Shift.starts_at).limit(1)).first()
    return None if shift is None else shift.ends_at


def _known(
    session: Session,
    kind: DisruptionKind,
    about: dict[str, Any],
    lost: LostTime,
    occurred_at: datetime,
) -> Disruption | None:
    """The same disruption, reported before."""
    rows = session.scalars(select(Disruption).filter_by(kind=kind, **about).order_by(Disruption.id.desc())).all()
    if kind is DisruptionKind.OVERRUN:
        rows = rows[:1]  # what was said last counts, also when it is what was said before that
    return next((row for row in rows if _is_same(row, *lost, occurred_at)), None)


def _is_same(row: Disruption, from_at: datetime | None, until_at: datetime | None, occurred_at: datetime) -> bool:
    if row.kind is DisruptionKind.OVERRUN:
        return row.until_at == until_at
    if row.kind is DisruptionKind.ABSENT:
        return _covers((row.from_at, row.until_at), (from_at, until_at))
    return row.occurred_at == occurred_at or row.status is not DisruptionStatus.SETTLED


def _covers(known: LostTime, said: LostTime) -> bool:
    """Whether what is said lies inside what is known already."""
    if known[0] is None or known[1] is None or said[0] is None or said[1] is None:
        return known == said
    return known[0] <= said[0] and said[1] <= known[1]
