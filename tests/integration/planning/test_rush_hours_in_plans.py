"""Rush hours bind everything: plans, quotes, what is written on routes, and the checker (R16)."""

from __future__ import annotations

from datetime import date

import pytest

from dispatch.db import Database
from dispatch.great_circle import GreatCircleTravel
from dispatch.models import HolidayOverride
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.road_times import OsrmTravel
from dispatch.speed_profile import SpeedProfile
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.solve import solve
from tests.booking import DAY, STEADY
from tests.planning import PlanningDay
from tests.world import World

#: twice as slow from 8 to 10 and from 16 to 18; on a day off, half as slow again from 12 to 14
WORKING = (50.0,) * 8 + (25.0,) * 2 + (50.0,) * 6 + (25.0,) * 2 + (50.0,) * 6
DAY_OFF = (50.0,) * 12 + (40.0,) * 2 + (50.0,) * 10
RUSH = GreatCircleTravel(speeds=SpeedProfile(WORKING, DAY_OFF))
ON_WORKING_DAYS = ["08:00-10:00 200%", "16:00-18:00 200%"]
ON_DAYS_OFF = ["12:00-14:00 125%"]


@pytest.fixture
def day(database: Database) -> PlanningDay:
    """An evening before rush hours."""
    return with_travel(PlanningDay.begin(database), RUSH)


def with_travel(day: PlanningDay, model: TravelModel) -> PlanningDay:
    day.model, day.travel = model, RememberedTravel(model)
    return day


def periods(snapshot: Snapshot, on: str) -> list[str]:
    """The travel periods that begin on a local day."""
    local = [
        (snapshot.at(one.start_s).astimezone(snapshot.zone), snapshot.at(one.end_s).astimezone(snapshot.zone), one)
        for one in snapshot.problem.travel_periods
    ]
    return [f"{start:%H:%M}-{end:%H:%M} {one.percent}%" for start, end, one in local if start.date().isoformat() == on]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-11-24", ON_WORKING_DAYS),  # a Tuesday
        ("2026-11-28", ON_DAYS_OFF),  # a Saturday
        ("2026-10-01", ON_DAYS_OFF),  # the National Day, a Thursday
    ],
)
def test_weekends_and_holidays_have_their_own_hours(day: PlanningDay, on: str, expected: list[str]) -> None:
    assert periods(day.snapshot(on), on) == expected


def test_the_operators_own_holidays_and_working_days_count(day: PlanningDay) -> None:
    overrides = [HolidayOverride(day_on=date(2026, 11, 24), is_working=False)]
    overrides += [HolidayOverride(day_on=date(2026, 11, 28), is_working=True)]
    day.world.do(lambda s: s.add_all(overrides))
    assert periods(day.snapshot("2026-11-24"), "2026-11-24") == ON_DAYS_OFF
    assert periods(day.snapshot("2026-11-28"), "2026-11-28") == ON_WORKING_DAYS


def test_the_morning_after_is_known_too(day: PlanningDay) -> None:
    """A shift may pass midnight; days between those asked about are not needed."""
    snapshot = day.snapshot("2026-11-24", "2026-11-27")
    found = {on: periods(snapshot, f"2026-11-{on}") for on in (23, 24, 25, 26, 27, 28, 29)}
    assert found == {
        23: [],
        **dict.fromkeys((24, 25, 27), ON_WORKING_DAYS),
        26: [],
        28: ON_DAYS_OFF,
        29: [],
    }


@pytest.mark.parametrize("on", ["2026-03-29", "2026-10-25"])
def test_the_wall_clock_decides_on_days_of_23_and_25_hours(database: Database, on: str) -> None:
    world = World(database, time_zone="Europe/Vaduz")
    with database.read_session() as session:
        snapshot = planning_snapshot(
            session, world.ids["territory"], [date.fromisoformat(on)], now=world.at(f"{on} 00:00"), travel=RUSH
        )
    assert periods(snapshot, on) == ON_DAYS_OFF


def test_travel_that_is_always_as_fast_has_no_periods(day: PlanningDay) -> None:
    assert with_travel(day, STEADY).snapshot().problem.travel_periods == ()


def test_road_times_are_slowed_down_like_any_other(day: PlanningDay) -> None:
    """What a road server says is free flow (here it is down: the straight way stands in for it)."""
    day.technician("08:00-12:00")
    roads = OsrmTravel("http://127.0.0.1:9", 0.2, RUSH)
    snapshot = with_travel(day, roads).snapshot()
    assert snapshot.fallback_cells == 0
    assert periods(snapshot, DAY) == ON_WORKING_DAYS


def test_a_window_that_only_free_flow_could_keep_is_not_offered(day: PlanningDay) -> None:
    """47 minutes away: there, 50 minutes of work and back fit into two and a half hours, but not at rush hour."""
    day.technician("08:00-10:00")
    visit = day.customer(minutes=50, north=0.25)
    assert day.windows(visit) == []
    with_travel(day, GreatCircleTravel(speeds=SpeedProfile((50.0,) * 24)))
    assert day.windows(visit) == ["08:00-10:00"]


def test_a_plan_is_made_published_and_checked_at_rush_hour_speeds(day: PlanningDay) -> None:
    day.technician("08:00-10:00")
    visits = day.customers(2, minutes=30, north=0.1)
    day.planned()
    starts = sorted(day.start(visit) or "" for visit in visits)
    assert starts[0] == f"{DAY} 08:37"  # 18.7 minutes at free flow
    assert day.violations() == []


def test_the_checker_does_not_pass_a_route_driven_at_free_flow(day: PlanningDay) -> None:
    """A plan timed for steady travel breaks at rush hour, and the checker says so."""
    day.technician("08:00-12:00")
    day.customer(minutes=30, north=0.1)
    steady = with_travel(day, GreatCircleTravel(speeds=SpeedProfile((50.0,) * 24))).snapshot().problem
    planned = solve(steady, Iterations(30))
    rush = with_travel(day, RUSH).snapshot().problem
    assert check(steady, planned).passed
    found = check(rush, planned)
    assert "wrong_travel" in {violation.code for violation in found.violations}
