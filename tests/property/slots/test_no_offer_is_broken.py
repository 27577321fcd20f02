"""No slot is offered that the routes cannot keep (R16): every offer, chosen at once, is kept and harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Absence, Community, Promise, Route, Stop, Territory, Visit
from dispatch.rules.events import WindowTold
from dispatch.rules.lifecycles import PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind, Priority, PromiseKind
from tests.booking import DAY, BookingDay

HOURS = ("08:00-12:00", "08:00-17:00", "09:30-14:15", "13:00-17:00", "12:00-20:30")
NIGHTS = "2026-11-23 18:00"
_territories = count(2)


@pytest.fixture
def installed(database: Database) -> BookingDay:
    """One installation; every example gets a territory of its own in it."""
    return BookingDay.evening_before(database)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), bookings=st.integers(0, 6), begun=st.booleans())
def test_every_offer_is_kept_and_harms_nobody(installed: BookingDay, seed: int, bookings: int, begun: bool) -> None:
    """Skills, shifts, breaks, absences, bookings, pins, told windows, work in progress; repairs and emergencies."""
    random = Random(seed)
    with a_small_world(installed, random, bookings, begun=begun) as (day, asker):
        promised = promises_that_stand(day)
        for offer in day.offer(asker):
            assert offer.from_at > day.now
            before, pins = day.versions(), pinned(day)
            held = day.hold(offer.id)
            changed = [route for route, version in day.versions().items() if before.get(route) != version]
            assert day.violations(only_routes=changed) == []
            stop = day.stop(asker)
            assert stop is not None
            assert held.from_at <= stop.start_at <= held.until_at
            assert promises_that_stand(day) >= promised
            assert pinned(day).items() >= pins.items()
            assert len(day.places()) == len({visit for visit, _ in day.places()})


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), bookings=st.integers(1, 5))
def test_every_other_window_offered_to_a_booked_customer_can_be_had(
    installed: BookingDay, seed: int, bookings: int
) -> None:
    """Moving is in one step and harms nobody either."""
    random = Random(seed)
    with a_small_world(installed, random, bookings, begun=False) as (day, _asker):
        booked = sorted(promises_that_stand(day))
        if not booked:
            return
        visit = random.choice(booked)
        promised = {promise for promise in promises_that_stand(day) if promise != visit}
        for offer in day.offer(visit)[:3]:
            day.reschedule(offer.id)
            assert day.violations() == []
            assert promises_that_stand(day) >= promised | {visit}
            assert day.visit(visit).booked_from_at == offer.from_at


@contextmanager
def a_small_world(
    installed: BookingDay, random: Random, bookings: int, *, begun: bool
) -> Iterator[tuple[BookingDay, int]]:
    """A territory of its own with technicians and bookings, and somebody who asks."""
    day = BookingDay(installed.world, installed.world.at(NIGHTS))
    ids = dict(day.world.ids)
    try:
        day.world.do(lambda session: _new_territory(session, day))
        for _ in range(random.randint(1, 3)):
            _technician(day, random)
        for _ in range(bookings):
            _book(day, random)
        if begun:
            _begin_the_day(day, random)
        asker = day.customer(**_wishes(random))
        yield day, asker
    finally:
        day.world.ids = ids


def _new_territory(session: Session, day: BookingDay) -> None:
    number = next(_territories)
    territory = Territory(code=f"T{number}", name="Gulou", time_zone=day.world.time_zone)
    session.add(territory)
    session.flush()
    community = Community(territory_id=territory.id, name="Garden")
    session.add(community)
    session.flush()
    day.world.ids |= {"territory": territory.id, "community": community.id}


def _technician(day: BookingDay, random: Random) -> None:
    pause = random.choice([None, ("11:30", "13:00", 45)])
    technician = day.technician(
        random.choice(HOURS),
        north=random.choice([0.0, 0.05, 0.12]),
        skills=random.choice([[], ["fibre"], ["fibre", "tv"]]),
        until=random.choice([None, None, "2026-11-23", DAY]),
        pause=pause,
    )
    if random.random() < 0.2:
        start = day.world.at(f"{DAY} 09:00") + timedelta(minutes=random.randint(0, 360))
        away = Absence(technician_id=technician, from_at=start, until_at=start + timedelta(minutes=90), reason="doctor")
        day.world.do(lambda session: session.add(away))


def _wishes(random: Random) -> dict[str, object]:
    return {
        "minutes": random.choice([15, 40, 60, 95, 150]),
        "north": random.choice([-0.08, 0.0, 0.03, 0.1]),
        "kind": random.choice([OrderKind.REPAIR, OrderKind.INSTALL]),
        "priority": random.choice([Priority.NORMAL, Priority.NORMAL, Priority.EMERGENCY]),
        "skills": random.choice([[], [], ["fibre"], ["tv"]]),
    }


def _book(day: BookingDay, random: Random) -> None:
    visit = day.customer(**_wishes(random))
    offers = day.offer(visit)
    if not offers:
        return
    offer = random.choice(offers)
    day.hold(offer.id)
    if random.random() < 0.2:
        return
    day.book(offer.id)
    stop = day.stop(visit)
    assert stop is not None
    if random.random() < 0.3:
        day.pin(visit)
    if random.random() < 0.4:
        day.world.happens(
            WindowTold,
            NIGHTS,
            order_id=day.visit(visit).order_id,
            visit_id=visit,
            announcement=1,
            from_at=max(offer.from_at, stop.start_at - timedelta(minutes=random.randint(0, 30))),
            until_at=min(offer.until_at, stop.start_at + timedelta(minutes=random.randint(1, 30))),
        )


def _begin_the_day(day: BookingDay, random: Random) -> None:
    """Some technicians are at work; it is somewhat later than their first start."""
    with day.database.read_session() as session:
        firsts = session.scalars(
            select(Stop)
            .join(Route, Route.id == Stop.route_id)
            .where(Route.territory_id == day.world.ids["territory"], Stop.position == 1, ~Stop.is_tentative)
            .order_by(Stop.start_at)
        ).all()
    for stop in firsts:
        if day.status(stop.visit_id) == "scheduled" and random.random() < 0.7:
            day.now = max(day.now, stop.start_at)
            day.reach(stop.visit_id, random.choice([VisitStatus.EN_ROUTE, VisitStatus.ON_SITE]))
    day.now += timedelta(minutes=random.randint(0, 45))


def pinned(day: BookingDay) -> dict[int, object]:
    """When pinned stops start, of those that can still be kept."""
    with day.database.read_session() as session:
        rows = session.execute(
            select(Stop.visit_id, Stop.start_at)
            .join(Route, Route.id == Stop.route_id)
            .where(Route.territory_id == day.world.ids["territory"], Stop.is_pinned, Stop.start_at > day.now)
        )
        return {row.visit_id: row.start_at for row in rows}


def promises_that_stand(day: BookingDay) -> set[int]:
    """Visits not begun whose planned start is inside the window that was promised and is not over."""
    with day.database.read_session() as session:
        rows = session.execute(
            select(Stop.visit_id)
            .join(Promise, Promise.visit_id == Stop.visit_id)
            .join(Visit, Visit.id == Stop.visit_id)
            .where(Visit.territory_id == day.world.ids["territory"], Visit.status == VisitStatus.SCHEDULED)
            .where(Promise.kind == PromiseKind.ARRIVAL, Promise.status == PromiseStatus.RUNNING)
            .where(Promise.from_at <= Stop.start_at, Stop.start_at <= Promise.due_at, Promise.due_at > day.now)
        )
        return set(rows.scalars())
