"""A problem that cannot be planned says where and why, every fault of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from optimizer.faults import InvalidProblem
from optimizer.problem import (
    Announcement,
    BaseRoute,
    BaseStop,
    Break,
    Pin,
    Place,
    Promise,
    Skill,
    SkillNeed,
    TravelPeriod,
    Weights,
    Window,
)
from optimizer.travel_model import SpeedModel, TravelMatrix
from tests.unit.optimizer.one_street import job, shift, street, technician


def faults(**fields: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidProblem) as refused:
        replace(street([job("j"), job("k")]), **fields)
    return {(fault.path, fault.code) for fault in refused.value.faults}


def job_faults(**fields: Any) -> set[tuple[str, str]]:
    return faults(jobs=(job("j", **fields),))


def shift_faults(**fields: Any) -> set[tuple[str, str]]:
    return faults(technicians=(technician("A", shift(**fields)),))


def test_a_good_problem_is_accepted() -> None:
    """Nothing is refused that could be planned."""
    street([job("j")])


def test_every_fault_is_collected() -> None:
    """Two faults in two jobs."""
    jobs = (job("j", duration_s=-1), job("j", at=600))
    assert faults(jobs=jobs) == {("jobs[0].duration_s", "out_of_range"), ("jobs[1].id", "duplicate")}


def test_the_first_fault_can_be_read_off_the_error() -> None:
    """For a log line."""
    with pytest.raises(InvalidProblem) as refused:
        street([job("", at=600)])
    assert (refused.value.path, refused.value.code) == ("jobs[0].id", "empty")
    assert refused.value.detail == "an id is needed"


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"place": "nowhere"}, "place", "unknown"),
        ({"value": 1.5}, "value", "not_whole"),
        ({"value": True}, "value", "not_whole"),
        ({"parts": {"router": -1}}, "parts.router", "out_of_range"),
        ({"skills": (SkillNeed(code="x", level=-1),)}, "skills[0].level", "out_of_range"),
        ({"windows": (Window(start_s=9, end_s=8),)}, "windows[0]", "ends_before_start"),
        ({"windows": (Window(start_s=0, end_s=8), Window(start_s=8, end_s=9))}, "windows[1]", "overlap"),
        ({"target_s": 10**12}, "target_s", "out_of_range"),
        ({"promises": (Promise(due_s=1, late_price_ms_per_s=-1),)}, "promises[0].late_price_ms_per_s", "out_of_range"),
        ({"promises": (Promise(due_s=1, measure="soon"),)}, "promises[0].measure", "unknown"),  # type: ignore[arg-type]
        ({"preferred_technicians": ("Z",)}, "preferred_technicians[0]", "unknown"),
        ({"durations_s": {"Z": 5}}, "durations_s.Z", "unknown"),
        ({"pin": Pin(technician="Z")}, "pin.technician", "unknown"),
        ({"pin": Pin(technician="A", shift=1)}, "pin.shift", "out_of_range"),
        ({"pin": Pin(shift=0)}, "pin.shift", "needs_technician"),
        ({"pin": Pin(position=-1)}, "pin.position", "out_of_range"),
        ({"announced": Announcement(technician="Z")}, "announced.technician", "unknown"),
    ],
)
def test_what_is_wrong_with_a_job(fields: dict[str, Any], path: str, code: str) -> None:
    """Field by field."""
    made = job("j")
    found = faults(jobs=(replace(made, **fields),))
    assert (f"jobs[0].{path}", code) in found


@pytest.mark.parametrize(
    ("fields", "path", "code"),
    [
        ({"start_s": 10, "end_s": 5}, "shifts[0]", "ends_before_start"),
        ({"end_place": "nowhere"}, "shifts[0].end_place", "unknown"),
        ({"overtime_limit_s": -1}, "shifts[0].overtime_limit_s", "out_of_range"),
        ({"breaks": (Break(duration_s=0, earliest_start_s=5, latest_start_s=9),)}, "breaks[0].duration_s", None),
        ({"breaks": (Break(duration_s=9, earliest_start_s=9, latest_start_s=5),)}, "breaks[0]", "ends_before_start"),
        ({"end_s": 99, "breaks": (Break(duration_s=9, earliest_start_s=5, latest_start_s=95),)}, "breaks[0]", None),
        ({"breaks": (Break(duration_s=9, earliest_start_s=9, latest_start_s=9),) * 2}, "breaks[1]", "no_room"),
    ],
)
def test_what_is_wrong_with_a_shift(fields: dict[str, Any], path: str, code: str | None) -> None:
    """Field by field."""
    found = shift_faults(**fields)
    assert any(where.endswith(path) and code in (None, what) for where, what in found)


def test_shifts_may_touch_but_not_overlap() -> None:
    """A day and a night."""
    street([], [technician("A", shift(end_s=100), shift(start_s=100, end_s=200))])
    overlapping = (technician("A", shift(end_s=100), shift(start_s=99, end_s=200)),)
    assert faults(technicians=overlapping) == {("technicians[0].shifts[1]", "overlap")}


def test_a_horizon_without_an_offset_is_refused() -> None:
    """Nobody knows when it starts."""
    assert faults(horizon_start_at=datetime(2026, 11, 23, 8)) == {("horizon_start_at", "naive_instant")}  # noqa: DTZ001


def test_a_speed_model_needs_coordinates() -> None:
    """Latitude and longitude of every place."""
    places = (Place(id="0", lat=47.1), Place(id="600", lat=91, lon=9.5))
    found = faults(travel=SpeedModel(), places=places)
    assert found == {("places[0].lon", "missing"), ("places[1].lat", "out_of_range")}


@pytest.mark.parametrize(
    ("cells", "code"),
    [([[0, 1]], "wrong_shape"), ([[0, -1], [1, 0]], "out_of_range"), ([[0, 1], [1, 5]], "diagonal")],
)
def test_what_is_wrong_with_a_matrix(cells: list[list[int]], code: str) -> None:
    """Shape, range, and the way from a place to itself."""
    assert faults(travel=TravelMatrix(travel_s=np.array(cells))) == {("travel.travel_s", code)}


def test_weights_and_periods_have_ranges() -> None:
    """Nothing pays for being late, nothing is driven in no time."""
    assert faults(weights=Weights(overtime_price_ms_per_s=-1)) == {("weights.overtime_price_ms_per_s", "out_of_range")}
    period = TravelPeriod(start_s=0, end_s=10, percent=0)
    assert faults(travel_periods=(period,)) == {("travel_periods[0].percent", "out_of_range")}


def test_skills_have_levels() -> None:
    """From 0 up."""
    people = (technician(skills=(Skill(code="x", level=-1),)),)
    assert faults(technicians=people) == {("technicians[0].skills[0].level", "out_of_range")}


def test_base_routes_name_what_exists_once_and_in_order() -> None:
    """Unknown names, a job twice, a stop begun after one that has not."""
    stops = (BaseStop(job="j", start_s=5), BaseStop(job="j", start_s=1, begun=True))
    route = BaseRoute(technician="A", stops=stops)
    stranger = BaseRoute(technician="Z", stops=(BaseStop(job="z", start_s=1),))
    assert faults(base_routes=(route, stranger, route)) >= {
        ("base_routes[0].stops", "out_of_order"),
        ("base_routes[0].stops", "begun_after_unbegun"),
        ("base_routes[0].stops[1].job", "duplicate"),
        ("base_routes[1].technician", "unknown"),
        ("base_routes[1].stops[0].job", "unknown"),
        ("base_routes[2]", "duplicate"),
    }
