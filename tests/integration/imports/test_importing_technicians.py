"""Technicians come in from files, with skills, homes and shifts, and are brought up to date."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import (
    Community,
    Event,
    Order,
    Route,
    Shift,
    Stop,
    Technician,
    Territory,
    Visit,
)
from dispatch.rules.import_report import ImportReport, Notice
from tests.importing import NOW, ORDER, TECHNICIAN, ZONE, bring_orders, bring_technicians, csv_of, found

MONDAY = date(2026, 11, 23)
EVENTS = ("technician_joined", "technician_changed", "shifts_changed")


@pytest.fixture
def operator(database: Database) -> Database:
    """The database of an operator that has nobody yet."""
    found(database)
    return database


def bring(database: Database, *, day: int = 0, **changes: str) -> ImportReport:
    """Import the one technician, with shifts for a week, so many days after Monday."""
    return bring_technicians(database, csv_of(TECHNICIAN | changes), days=7, now=NOW + timedelta(days=day))


def outcomes(report: ImportReport) -> list[str]:
    return [result.refusal.code if result.refusal else result.outcome.value for result in report.results]


def log(database: Database) -> list[str]:
    with database.read_session() as session:
        return list(session.scalars(select(Event.kind).where(Event.kind.in_(EVENTS)).order_by(Event.id)))


def days(database: Database) -> list[str]:
    with database.read_session() as session:
        shifts = session.scalars(select(Shift).order_by(Shift.starts_at)).all()
        return [f"{s.starts_at.astimezone(ZONE):%a %H:%M}-{s.ends_at.astimezone(ZONE):%H:%M}" for s in shifts]


def skills(database: Database) -> list[tuple[str, int]]:
    with database.read_session() as session:
        technician = session.scalars(select(Technician)).one()
        return sorted((skill.skill.code, skill.level) for skill in technician.skills)


def put_a_stop(database: Database, day_on: date) -> None:
    """Somebody is planned for this day."""
    bring_orders(database, csv_of(ORDER))
    with database.write_session() as session:
        shift = session.scalars(select(Shift).where(Shift.day_on == day_on)).one()
        visit = session.scalars(select(Visit)).one()
        route = Route(
            shift_id=shift.id, technician_id=shift.technician_id, territory_id=shift.territory_id, day_on=day_on
        )
        noon = shift.starts_at + timedelta(hours=4)
        route.stops.append(
            Stop(visit_id=visit.id, position=1, arrive_at=noon, start_at=noon, finish_at=noon, travel_s=0)
        )
        session.add(route)


def test_a_technician_joins_with_a_weeks_shifts(operator: Database) -> None:
    assert outcomes(bring(operator)) == ["accepted"]
    assert skills(operator) == [("copper", 2), ("tv", 2)]
    assert days(operator) == [f"{day} 08:00-17:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    assert log(operator) == ["technician_joined", "shifts_changed"]


def test_the_same_row_again_changes_nothing(operator: Database) -> None:
    bring(operator)
    assert outcomes(bring(operator, phone="07700 900765", skills="tv;copper", days="Mon-Fri")) == ["unchanged"]
    assert log(operator) == ["technician_joined", "shifts_changed"]


def test_the_same_row_a_week_later_adds_the_weeks_shifts(operator: Database) -> None:
    bring(operator)
    assert outcomes(bring(operator, day=7)) == ["updated"]
    assert len(days(operator)) == 10


def bring_and_drop_tuesday(database: Database) -> None:
    bring(database)
    with database.write_session() as session:
        session.delete(session.scalars(select(Shift).where(Shift.day_on == date(2026, 11, 24))).one())


def test_a_shift_that_somebody_has_taken_away_does_not_come_back(operator: Database) -> None:
    bring_and_drop_tuesday(operator)
    assert outcomes(bring(operator)) == ["unchanged"]
    assert len(days(operator)) == 4


def test_a_changed_row_changes_the_technician(operator: Database) -> None:
    bring(operator)
    report = bring(operator, name="Ling Wu", skills="fibre;tv", level="3", home_lat="", contractor="NetFix AG")
    assert outcomes(report) == ["updated"]
    assert skills(operator) == [("fibre", 3), ("tv", 3)]
    with operator.read_session() as session:
        technician = session.scalars(select(Technician)).one()
        assert (technician.name, technician.home_lat, technician.home_lon) == ("Ling Wu", None, None)
        assert technician.contractor is not None
        assert technician.contractor.name == "NetFix AG"
    assert log(operator) == ["technician_joined", "shifts_changed", "technician_changed"]


def test_changed_hours_change_the_shifts_to_come(operator: Database) -> None:
    bring(operator)
    assert outcomes(bring(operator, day=2, shift="12:00-20:00", days="Mon;Wed;Sat")) == ["updated"]
    assert days(operator) == [
        "Mon 08:00-17:00",
        "Tue 08:00-17:00",
        "Wed 12:00-20:00",
        "Sat 12:00-20:00",
        "Mon 12:00-20:00",
    ]


def test_a_shift_with_stops_stays_as_it_is(operator: Database) -> None:
    bring(operator)
    put_a_stop(operator, date(2026, 11, 24))
    report = bring(operator, shift="12:00-20:00", days="Mon;Tue")
    assert report.notices[Notice.SHIFT_KEPT] == (2,)
    assert days(operator) == ["Mon 12:00-20:00", "Tue 08:00-17:00"]


def lend(database: Database, starts: datetime, ends: datetime) -> None:
    """The technician works for another territory for a while."""
    with database.write_session() as session:
        territory = Territory(code="other", name="Ruggell", time_zone=ZONE.key)
        session.add(territory)
        session.flush()
        technician = session.scalars(select(Technician)).one()
        times = {"day_on": starts.date(), "starts_at": starts, "ends_at": ends}
        session.add(Shift(technician_id=technician.id, territory_id=territory.id, **times))


def test_nobody_is_at_work_twice_at_once(operator: Database) -> None:
    """The row is refused; what was there before stays."""
    bring(operator, shift="08:00-12:00")
    lend(operator, NOW.replace(hour=13), NOW.replace(hour=18))
    before = days(operator)
    assert outcomes(bring(operator, shift="08:00-14:00")) == ["shifts_overlap"]
    assert days(operator) == before
    assert outcomes(bring(operator, shift="07:00-13:00")) == ["updated"]
    assert days(operator)[:2] == ["Mon 07:00-13:00", "Mon 13:00-18:00"]


def test_a_night_may_reach_into_a_day_elsewhere(operator: Database) -> None:
    """Refused for those who join and those who go on, too."""
    bring(operator, shift="08:00-12:00", days="Mon")
    monday = NOW + timedelta(days=7)
    lend(operator, monday.replace(day=29, hour=22), monday.replace(hour=9))
    assert outcomes(bring(operator, day=7, shift="08:00-12:00", days="Mon")) == ["shifts_overlap"]


def test_somebody_who_has_left_gets_no_shifts(operator: Database) -> None:
    bring(operator)
    with operator.write_session() as session:
        session.scalars(select(Technician)).one().is_active = False
    bring(operator, day=7)
    bring(operator, day=7, name="Ling Wu")
    assert len(days(operator)) == 5


def test_the_same_badge_twice(operator: Database) -> None:
    report = bring_technicians(operator, csv_of(TECHNICIAN, TECHNICIAN, TECHNICIAN | {"name": "Another"}))
    assert outcomes(report) == ["accepted", "unchanged", "conflicting_duplicate"]


def test_faults_stay_out(operator: Database) -> None:
    report = bring_technicians(operator, csv_of(TECHNICIAN | {"phone": "n/a"}, TECHNICIAN | {"badge": "T002"}))
    assert outcomes(report) == ["invalid_phone", "accepted"]


def test_a_territory_is_assumed_or_named(operator: Database) -> None:
    bring_technicians(operator, csv_of(TECHNICIAN))
    bring_technicians(operator, csv_of(TECHNICIAN | {"badge": "T002"}), territory="north")
    with operator.read_session() as session:
        found_codes = session.execute(select(Technician.badge, Territory.code).join(Territory).order_by("badge")).all()
    assert [tuple(row) for row in found_codes] == [("T001", "main"), ("T002", "north")]


def test_technicians_and_orders_share_the_assumed_territory(operator: Database) -> None:
    bring_technicians(operator, csv_of(TECHNICIAN))
    bring_orders(operator, csv_of(ORDER))
    with operator.read_session() as session:
        territory = session.scalars(select(Territory.id)).one()
        assert session.scalars(select(Order.territory_id)).one() == territory
        assert session.scalars(select(Community.territory_id)).one() == territory
