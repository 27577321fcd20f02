"""Whom a plan would touch: customers who were told something, and technicians with their changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Announcement, Shift, Technician, Visit
from dispatch.queries.plan_difference import Change, PlanDifference
from dispatch.rules.announcing import window_around
from dispatch.rules.lifecycles import VisitStatus

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class TouchedCustomer:
    """A visit whose customer was told a window or agreed to a time, and what the plan would make of it.

    `keeps_window`: somebody would still come within it; `keeps_technician`: the one who was named.
    """

    change: Change
    told: Window
    badge_told: str | None
    keeps_window: bool
    keeps_technician: bool


@dataclass(frozen=True)
class TouchedTechnician:
    """A technician whose routes would change, and in how many visits."""

    technician_id: int
    badge: str
    name: str = field(repr=False)
    changes: int


@dataclass(frozen=True)
class PlanEffects:
    """Both: customers by what they would lose first, technicians by badge.

    `untouched` customers have been told something that stays true although the plan changes their visit.
    """

    customers: tuple[TouchedCustomer, ...]
    untouched: int
    technicians: tuple[TouchedTechnician, ...]


def plan_effects(session: Session, difference: PlanDifference) -> PlanEffects:
    """Whom publishing the plan would touch, as the routes and what was told stand now."""
    told = _told(session, [change.visit_id for change in difference.changes])
    asked = [_touched(change, *told[change.visit_id]) for change in difference.changes if change.visit_id in told]
    customers = [one for one in asked if not (one.keeps_window and one.keeps_technician)]
    customers.sort(key=lambda one: (one.keeps_window, one.told))
    return PlanEffects(tuple(customers), len(asked) - len(customers), _technicians(session, difference))


def _told(session: Session, visit_ids: Collection[int]) -> dict[int, tuple[Window, str | None]]:
    """The window that stands by word to each customer, and whose badge was named."""
    statement = (
        select(Announcement, Technician.badge, Visit.appointed_at, Visit.status)
        .join(Visit, Visit.id == Announcement.visit_id)
        .outerjoin(Technician, Technician.id == Announcement.technician_id)
        .where(Announcement.visit_id.in_(visit_ids), Announcement.told_at.is_not(None))
        .order_by(Announcement.number)
    )
    found: dict[int, tuple[Window, str | None]] = {}
    for row, badge, appointed_at, status in session.execute(statement):
        agreed_at = appointed_at if status is VisitStatus.AGREED else None
        window = (row.from_at, row.until_at) if agreed_at is None else window_around(agreed_at)
        found[row.visit_id] = window, badge
    return found


def _touched(change: Change, told: Window, badge_told: str | None) -> TouchedCustomer:
    after = change.after
    return TouchedCustomer(
        change=change,
        told=told,
        badge_told=badge_told,
        keeps_window=after is not None and told[0] <= after.start_at <= told[1],
        keeps_technician=after is not None and badge_told in (None, after.badge),
    )


def _technicians(session: Session, difference: PlanDifference) -> tuple[TouchedTechnician, ...]:
    shifts = Counter(
        place.shift_id
        for change in difference.changes
        for place in {one.shift_id: one for one in (change.before, change.after) if one is not None}.values()
    )
    statement = (
        select(Shift.id, Technician.id, Technician.badge, Technician.name)
        .join(Technician, Technician.id == Shift.technician_id)
        .where(Shift.id.in_(shifts))
    )
    counted: Counter[int] = Counter()
    people: dict[int, tuple[str, str]] = {}
    for shift_id, technician_id, badge, name in session.execute(statement):
        counted[technician_id] += shifts[shift_id]
        people[technician_id] = badge, name
    found = [TouchedTechnician(who, *people[who], changes) for who, changes in counted.items()]
    return tuple(sorted(found, key=lambda one: one.badge))
