"""What a row of a technician file says, and which cell is at fault if it cannot be used."""

from __future__ import annotations

from datetime import date

import pytest

from dispatch.errors import Refusal
from dispatch.rules.technician_rows import TECHNICIAN_COLUMNS, TechnicianRow, read_technician_row
from tests.importing import TECHNICIAN, british, cells_of


def read(**changes: str) -> TechnicianRow:
    return read_technician_row(cells_of(TECHNICIAN | changes, TECHNICIAN_COLUMNS), british)


def test_a_plain_row() -> None:
    row = read()
    assert (row.badge, row.phone, row.skills, row.level) == ("T001", "+447700900765", ("copper", "tv"), 2)
    assert (row.pattern.starts, row.pattern.ends, row.pattern.weekdays) == ("08:00", "17:00", (0, 1, 2, 3, 4))
    assert row.home is not None
    assert row.contractor == "Kabelwerk"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mon;Wed", (0, 2)),
        ("mon, tues Thursday", (0, 1, 3)),
        ("Mon-Fri", (0, 1, 2, 3, 4)),
        ("Sat \u2013 Mon", (0, 5, 6)),
        ("Fri;Fri", (4,)),
    ],
)
def test_weekdays(text: str, days: tuple[int, ...]) -> None:
    assert read(days=text).pattern.weekdays == days


@pytest.mark.parametrize("text", ["copper;fibre", "Fibre; Copper", "fibre,copper,fibre", "copper | fibre"])
def test_skills_in_every_writing(text: str) -> None:
    assert read(skills=text).skills == ("copper", "fibre")


def test_what_may_be_left_out() -> None:
    row = read(level="", home_lat="", home_lon="", contractor="", certified_until="")
    assert (row.level, row.home, row.contractor, row.certified_until_on) == (1, None, "", None)
    assert read(certified_until="2027-03-31").certified_until_on == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("badge", "", "required"),
        ("name", "", "required"),
        ("phone", "", "required"),
        ("phone", "12", "invalid_phone"),
        ("skills", "", "required"),
        ("skills", ";", "invalid_skill"),
        ("skills", "fibre;光纤", "invalid_skill"),
        ("level", "0", "invalid_number"),
        ("level", "ten", "invalid_number"),
        ("home_lat", "91", "invalid_coordinate"),
        ("home_lon", "x", "invalid_coordinate"),
        ("shift", "", "required"),
        ("shift", "8-17", "invalid_hours"),
        ("shift", "08:00-08:00", "invalid_hours"),
        ("shift", "08:00-25:00", "invalid_hours"),
        ("days", "", "required"),
        ("days", "T", "invalid_days"),
        ("days", "Mon;Someday", "invalid_days"),
        ("days", ";", "invalid_days"),
        ("days", "Mon-", "invalid_days"),
        ("certified_until", "soon", "invalid_day"),
    ],
)
def test_faults(column: str, text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(**{column: text})
    assert (refused.value.field, refused.value.code) == (column, code)
