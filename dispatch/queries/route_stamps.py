"""All that decides where one more visit fits a route, in two statements: where it is alike, nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from dispatch.models import (
    Absence,
    Disruption,
    Order,
    Premises,
    Promise,
    Route,
    Shift,
    SlotOffer,
    Stop,
    Technician,
    TechnicianSkill,
    Visit,
    VisitSkill,
)
from dispatch.models.base import UtcDateTime
from dispatch.queries.planning_rows import RUNNING
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.rules.vocabulary import PromiseKind

#: what the database says of a route, its shift, its technician and its visits
Stamp = tuple[Any, ...]
_NOW = bindparam("now", type_=UtcDateTime())
_WANTED = (
    Shift.territory_id == bindparam("territory_id"),
    Shift.day_on.in_(bindparam("days", expanding=True)),
)


def route_stamps(
    session: Session, territory_id: int, days: Sequence[date], now: datetime
) -> Mapping[date, Mapping[int, Stamp]]:
    """For each of the days, by shift: all that `planning_snapshot` makes a route and its visits of, as it is written.

    What `now` decides (windows that are over, promises that are broken) is in it as it is
    decided; of a route that has begun every moment is another. Prices of who is sent are not
    in it: on a route they are the same wherever one more visit goes.
    """
    found: dict[date, dict[int, list[Any]]] = {day: {} for day in days}
    asked = {"territory_id": territory_id, "days": list(days), "now": now}
    for statement in (_SHIFTS, _STOPS):
        for row in session.execute(statement, asked):
            stamp = found[row[0]].setdefault(row[1], [])
            stamp.append(row[2:])
            if row[2]:
                stamp.append(now)
    return {day: {shift_id: tuple(stamp) for shift_id, stamp in of_day.items()} for day, of_day in found.items()}


def _shifts() -> Select[Any]:
    """A row for each shift, skill and absence."""
    person, held, later = Technician, TechnicianSkill, aliased(Shift)
    next_at = (
        select(func.min(later.starts_at))
        .where(later.technician_id == Shift.technician_id, later.starts_at > Shift.starts_at)
        .scalar_subquery()
    )
    during = and_(
        Absence.technician_id == person.id, Absence.from_at < Shift.ends_at, Absence.until_at > Shift.starts_at
    )
    return (
        select(
            Shift.day_on,
            Shift.id,
            Shift.starts_at < _NOW,
            *_as_written(
                Shift.starts_at, Shift.ends_at, Shift.break_s, Shift.break_from_at, Shift.break_until_at, next_at
            ),
            *_as_written(person.id, person.is_active, person.home_lat, person.home_lon, person.datum, person.heard_at),
            *_as_written(person.contractor_id, Route.version, Route.break_start_at),
            *_as_written(held.skill_id, held.level, held.certified_until_on, Absence.from_at, Absence.until_at),
        )
        .join(person, person.id == Shift.technician_id)
        .outerjoin(Route, Route.shift_id == Shift.id)
        .outerjoin(held, held.technician_id == person.id)
        .outerjoin(Absence, during)
        .where(*_WANTED)
        .order_by(Shift.technician_id, Shift.starts_at, held.skill_id, Absence.from_at, Absence.id)
    )


def _stops() -> Select[Any]:
    """A row for each stop, running promise, disruption and skill that its visit needs."""
    service, arrival = aliased(Promise), aliased(Promise)
    held = and_(SlotOffer.visit_id == Visit.id, SlotOffer.status == SlotOfferStatus.HELD)
    past: list[ColumnElement[Any]] = [
        column <= _NOW
        for column in (
            SlotOffer.until_at,
            Visit.booked_until_at,
            Visit.wanted_until_at,
            service.due_at,
            service.plan_by_at,
            arrival.due_at,
        )
    ]
    return (
        select(
            Shift.day_on,
            Shift.id,
            or_(Stop.start_at <= _NOW, Visit.status.not_in(MOVABLE)),
            *past,
            *_as_written(Stop.position, Stop.start_at, Stop.finish_at, Stop.travel_s),
            *_as_written(Stop.is_pinned, Stop.is_tentative),
            *_as_written(Visit.id, Visit.version, Order.version, Premises.lat, Premises.lon, Premises.datum),
            *_as_written(SlotOffer.from_at, SlotOffer.until_at),
            *_as_written(service.due_at, service.plan_by_at, arrival.from_at, arrival.due_at),
            *_as_written(Disruption.id, Disruption.status, Disruption.status_reason),
            *_as_written(Disruption.technician_id, Disruption.until_at),
            *_as_written(VisitSkill.skill_id, VisitSkill.level),
        )
        .join(Route, Route.shift_id == Shift.id)
        .join(Stop, Stop.route_id == Route.id)
        .join(Visit, Visit.id == Stop.visit_id)
        .join(Order, Order.id == Visit.order_id)
        .join(Premises, Premises.id == Visit.premises_id)
        .outerjoin(SlotOffer, held)
        .outerjoin(service, and_(service.order_id == Order.id, service.kind.in_(SERVICE), service.status.in_(RUNNING)))
        .outerjoin(
            arrival,
            and_(arrival.visit_id == Visit.id, arrival.kind == PromiseKind.ARRIVAL, arrival.status.in_(RUNNING)),
        )
        .outerjoin(Disruption, Disruption.visit_id == Visit.id)
        .outerjoin(VisitSkill, VisitSkill.visit_id == Visit.id)
        .where(*_WANTED)
        .order_by(Shift.id, Stop.position, service.id, arrival.id, Disruption.id, VisitSkill.skill_id)
    )


def _as_written(*columns: InstrumentedAttribute[Any] | ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The columns as the driver hands them over: they are only compared."""
    return [type_coerce(column, String).label(None) for column in columns]


_SHIFTS, _STOPS = _shifts(), _stops()
