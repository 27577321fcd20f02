"""Arrays are kept for as long as the database says the same: of each route by itself, and no longer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch import standing_days as kept
from dispatch.db import Database
from dispatch.models import Promise, Territory
from dispatch.queries.route_stamps import route_stamps
from dispatch.queries.travel_periods import rush_percents
from dispatch.standing_days import StandingDay, StandingDays, StandingRoute, standing_days
from tests.booking import DAY, BookingDay

TODAY = date.fromisoformat(DAY)


@pytest.fixture
def day(database: Database) -> BookingDay:
    """Three technicians, of whom one lives far away."""
    day = BookingDay.evening_before(database)
    for north in (0.0, 0.01, 0.2):
        day.technician("08:00-17:00", north=north)
    day.offer(day.customer(north=0.3))  # now the ways between all places are known
    return day


def standing(day: BookingDay, session: Session, on: date = TODAY) -> StandingDay:
    """The territory's day as it is kept."""
    territory = session.get_one(Territory, day.world.ids["territory"])
    percents = rush_percents(session, [on], territory.zone, day.now, day.travel.recalled)
    return standing_days(session).day(territory.id, on, day.travel.recalled, percents, now=day.now)


def routes(day: BookingDay) -> Mapping[int, StandingRoute]:
    """The routes as they are kept for somebody who asks now."""
    with day.database.read_session() as session:
        stamps = route_stamps(session, day.world.ids["territory"], [TODAY], day.now)[TODAY]
        return standing(day, session).routes(session, stamps, now=day.now)


def changed(before: Mapping[int, StandingRoute], after: Mapping[int, StandingRoute]) -> list[int]:
    """The shifts whose arrays were made anew."""
    return [shift for shift, route in after.items() if route is not before.get(shift)]


def test_only_the_route_that_changed_is_made_anew(day: BookingDay) -> None:
    day.booked("10:00-12:00")
    before = routes(day)
    assert changed(before, routes(day)) == []
    visit = day.booked("13:00-15:00", north=0.2)
    after = routes(day)
    assert len(changed(before, after)) == 1
    assert visit in after[changed(before, after)[0]].visits


def test_a_route_that_has_begun_is_another_every_moment(day: BookingDay) -> None:
    """What will have begun, and who can still be where, is a matter of seconds then."""
    day.now = day.world.at(f"{DAY} 07:00")
    before = routes(day)
    day.now += timedelta(minutes=30)
    assert changed(before, routes(day)) == []
    day.now += timedelta(hours=1)
    during = routes(day)
    assert changed(before, during) == list(during)
    day.now += timedelta(seconds=1)
    assert changed(during, routes(day)) == list(during)


def test_what_is_over_by_now_is_seen_to_be(day: BookingDay) -> None:
    """An order that was to be planned for until eight has missed that at eight, and its route alone is another."""
    visit = day.booked("10:00-12:00")

    def hurry(session: Session) -> None:
        promises = session.scalars(select(Promise).where(Promise.order_id == day.visit(visit).order_id)).all()
        assert promises
        for promise in promises:
            promise.plan_by_at = day.world.at("2026-11-23 20:00")

    day.world.do(hurry)
    before = routes(day)
    day.now = day.world.at("2026-11-23 19:59")
    assert changed(before, routes(day)) == []
    day.now = day.world.at("2026-11-23 20:00")
    after = routes(day)
    assert [after[shift].visits for shift in changed(before, after)] == [{visit}]


def test_other_travel_is_another_day(day: BookingDay) -> None:
    with day.database.read_session() as session:
        before = standing(day, session)
        assert standing(day, session) is before
        percents = dict.fromkeys(before.calendar, (150,) * 24)
        about = (before.territory_id, TODAY, day.travel.recalled, percents)
        assert standing_days(session).day(*about, now=day.now) is not before


def test_days_that_are_over_or_unused_are_forgotten(day: BookingDay, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most so many are kept, those asked about last."""
    known = StandingDays()
    days = [TODAY + timedelta(days=more) for more in range(4)]
    about = [known.day(1, one, day.model, {}, now=day.now) for one in days]
    assert len(known) == 4
    monkeypatch.setattr(kept, "MOST_DAYS", 3)
    assert known.day(1, days[0], day.model, {}, now=day.now) is about[0]
    known.day(2, days[3], day.model, {}, now=day.now)
    assert len(known) == 3
    assert known.day(1, days[0], day.model, {}, now=day.now) is about[0]
    known.day(1, TODAY + timedelta(days=30), day.model, {}, now=day.now + timedelta(days=20))
    assert len(known) == 1


def test_each_database_has_its_own(day: BookingDay) -> None:
    other = Database(day.database.url)
    with day.database.read_session() as here, other.read_session() as there:
        assert standing_days(here) is standing_days(here)
        assert standing_days(here) is not standing_days(there)
    other.dispose()
