"""Instances are read as their formats say, and as nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import UnreadableInstance, city_travel_s, read_day, read_vrptw

SOLOMON = """TINY

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0      0    0    0     0   230    0
    1      3    4    7    10    20   15
    2      1    1    9     0    99   10
"""
DAY = {
    "name": "tiny",
    "shift": [30600, 63000],
    "lunch": [41400, 46800, 3600],
    "jobs": [{"xy": [20, 20], "dur": 1800, "skill": 2, "prio": 96, "win": [[30600, 40000], [50000, 63000]]}],
    "techs": [{"xy": [20, 25], "skills": [1, 2]}, {"xy": [20, 40], "skills": [0]}],
}


def test_vrptw_counts_in_tenths_and_rounds_distances_down(tmp_path: Path) -> None:
    file = tmp_path / "TINY.txt"
    file.write_text(SOLOMON)
    instance = read_vrptw(file)
    assert (instance.name, instance.size, instance.vehicles, instance.capacity) == ("TINY", 2, 3, 20)
    assert instance.travel.tolist() == [[0, 50, 14], [50, 0, 36], [14, 36, 0]]
    one = instance.customers[1]
    assert (one.demand, one.ready, one.due, one.service) == (7, 100, 200, 150)
    assert instance.customers[0].due == 2300


def test_a_day_has_its_windows_lunch_homes_and_two_speeds(tmp_path: Path) -> None:
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(DAY))
    day = read_day(file)
    assert (day.size, day.weight, day.shift, day.lunch) == (1, 96, (30600, 63000), (41400, 46800, 3600))
    assert day.jobs[0].windows == ((30600, 40000), (50000, 63000))
    assert day.skills == (frozenset({1, 2}), frozenset({0}))
    # 5 km in the centre at 25 km/h; 20 and 15 km from centre to outskirts at 27.5 km/h, rounded up
    assert day.travel.tolist() == [[0, 720, 2619], [720, 0, 1964], [2619, 1964, 0]]


def test_a_place_ten_kilometres_out_is_no_longer_central() -> None:
    assert city_travel_s(((20, 30), (20, 33))).tolist() == [[0, 360], [360, 0]]


@pytest.mark.parametrize(
    "text", ["", "{}", "NUMBER CAPACITY\n", SOLOMON.replace("    2   ", "    7   "), '{"jobs": 1}']
)
def test_anything_else_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "odd.txt"
    file.write_text(text)
    for read in (read_vrptw, read_day):
        with pytest.raises(UnreadableInstance, match=r"odd\.txt"):
            read(file)


def test_the_same_arguments_generate_the_same_instance() -> None:
    assert generated_vrptw(30, 2).customers == generated_vrptw(30, 2).customers != generated_vrptw(30, 3).customers
    assert generated_day(30, 2).jobs == generated_day(30, 2).jobs != generated_day(30, 3).jobs
    assert len(generated_day(60, 1, 2.2).skills) < len(generated_day(60, 1).skills)


def test_every_generated_customer_can_be_served_by_a_vehicle_of_its_own() -> None:
    for size in (50, 400):
        instance = generated_vrptw(size)
        close = instance.customers[0].due
        for number, one in enumerate(instance.customers[1:], start=1):
            way = int(instance.travel[0, number])
            assert one.ready <= one.due
            assert way <= one.due <= close - one.service - way
            assert one.demand <= instance.capacity
