"""Giving a technician the shifts of a weekly pattern."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.errors import InvalidInput
from dispatch.models import Route, Shift, Stop, Technician, Territory
from dispatch.rules.events import ShiftsChanged
from dispatch.rules.shift_pattern import PatternShift, ShiftPattern
from dispatch.services.lock_territory_day import lock_days
from dispatch.services.record import record


class ShiftsOverlap(InvalidInput):
    """Somebody would be at work twice at the same time, here or where they are lent to."""


def change_shifts(
    session: Session, technician: Technician, pattern: ShiftPattern, *, days: int, now: datetime
) -> Collection[date]:
    """Make the shifts of so many days from today on follow the pattern.

    Returns the days whose shift is another than the pattern wants, but already has stops:
    it stays as it is. Raises ShiftsOverlap.
    """
    today = _today(session, technician, now)
    wanted = {shift.day_on: shift for shift in pattern.shifts(today, days, _zone(session, technician))}
    existing = _shifts(session, technician, today, today + timedelta(days=days))
    differing = list(_differing(existing, wanted))
    if differing:
        lock_days(session, {(shift.territory_id, shift.day_on) for shift in differing})
    planned = _with_stops(session, differing)
    changing = [shift for shift in differing if shift.id not in planned]
    for shift in changing:
        if shift.day_on not in wanted:
            _remove(session, shift)
    for shift in changing:
        if shift.day_on in wanted:
            _set_times(shift, wanted[shift.day_on])
    days_with_shift = {shift.day_on for shift in existing}
    missing = [shift for day_on, shift in wanted.items() if day_on not in days_with_shift]
    changed = {shift.day_on for shift in changing} | {shift.day_on for shift in missing}
    if changed:
        _refuse_overlaps(session, technician, missing, now)
    _add(session, technician, missing)
    _record(session, technician, changed, now)
    return {shift.day_on for shift in differing if shift.id in planned}


def add_later_shifts(
    session: Session, technician: Technician, pattern: ShiftPattern, *, days: int, now: datetime
) -> bool:
    """Add the shifts of days, within so many from today on, that are later than any shift there is.

    Raises ShiftsOverlap.
    """
    today = _today(session, technician, now)
    last_on = session.scalar(select(func.max(Shift.day_on)).where(Shift.technician_id == technician.id))
    later = [
        shift
        for shift in pattern.shifts(today, days, _zone(session, technician))
        if last_on is None or shift.day_on > last_on
    ]
    if later:
        _refuse_overlaps(session, technician, later, now)
    _add(session, technician, later)
    _record(session, technician, {shift.day_on for shift in later}, now)
    return bool(later)


def _zone(session: Session, technician: Technician) -> ZoneInfo:
    return ZoneInfo(session.get_one(Territory, technician.territory_id).time_zone)


def _today(session: Session, technician: Technician, now: datetime) -> date:
    return now.astimezone(_zone(session, technician)).date()


def _shifts(session: Session, technician: Technician, from_on: date, until_on: date) -> Sequence[Shift]:
    statement = (
        select(Shift)
        .where(Shift.technician_id == technician.id, Shift.day_on >= from_on, Shift.day_on < until_on)
        .order_by(Shift.starts_at)
    )
    return session.scalars(statement).all()


def _differing(existing: Iterable[Shift], wanted: Mapping[date, PatternShift]) -> Iterator[Shift]:
    """Shifts that are not as wanted. Of several on a day that is worked, the pattern is about one; the others stay."""
    settled = {shift.day_on for shift in existing if _is(shift, wanted.get(shift.day_on))}
    for shift in existing:
        if shift.day_on not in settled:
            yield shift
            settled |= {shift.day_on} & wanted.keys()


def _with_stops(session: Session, shifts: Iterable[Shift]) -> set[int]:
    statement = select(Route.shift_id).join(Stop, Stop.route_id == Route.id)
    return set(session.scalars(statement.where(Route.shift_id.in_([shift.id for shift in shifts]))))


def _is(shift: Shift, wanted: PatternShift | None) -> bool:
    return wanted is not None and _times(shift) == (
        wanted.starts_at,
        wanted.ends_at,
        wanted.break_s,
        *(wanted.break_starts or (None, None)),
    )


def _times(shift: Shift) -> tuple[object, ...]:
    return shift.starts_at, shift.ends_at, shift.break_s, shift.break_from_at, shift.break_until_at


def _set_times(shift: Shift, wanted: PatternShift) -> None:
    shift.starts_at, shift.ends_at, shift.break_s = wanted.starts_at, wanted.ends_at, wanted.break_s
    shift.break_from_at, shift.break_until_at = wanted.break_starts or (None, None)


def _remove(session: Session, shift: Shift) -> None:
    for route in session.scalars(select(Route).where(Route.shift_id == shift.id)):
        session.delete(route)
    session.flush()
    session.delete(shift)
    session.flush()


def _add(session: Session, technician: Technician, wanted: Iterable[PatternShift]) -> None:
    for pattern_shift in wanted:
        shift = Shift(technician_id=technician.id, territory_id=technician.territory_id, day_on=pattern_shift.day_on)
        _set_times(shift, pattern_shift)
        session.add(shift)
    session.flush()


def _refuse_overlaps(session: Session, technician: Technician, added: Iterable[PatternShift], now: datetime) -> None:
    """Nobody can plan for somebody who is at work twice; what is in the past already stays what it was."""
    with session.no_autoflush:
        shifts = session.scalars(select(Shift).where(Shift.technician_id == technician.id, Shift.ends_at > now)).all()
    to_come: list[Shift | PatternShift] = [*shifts, *added]
    for one, other in pairwise(sorted(to_come, key=lambda shift: shift.starts_at)):
        if other.starts_at < one.ends_at:
            raise ShiftsOverlap("shift", technician=technician.badge, day=other.day_on.isoformat())


def _record(session: Session, technician: Technician, days: Collection[date], now: datetime) -> None:
    if days:
        fact = ShiftsChanged(occurred_at=now, technician_id=technician.id, from_on=min(days), until_on=max(days))
        record(session, fact, now=now)
