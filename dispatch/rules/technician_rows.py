"""What does a row of an operator's technician file say? (docs/importing.md)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from dispatch.errors import InvalidInput
from dispatch.rules import cells as read
from dispatch.rules.cells import Cells
from dispatch.rules.datum import Coordinate, Datum
from dispatch.rules.order_rows import ReadPhone
from dispatch.rules.row_hash import row_hash
from dispatch.rules.sheet import Columns
from dispatch.rules.shift_pattern import ShiftPattern

TECHNICIAN_COLUMNS = Columns(
    required=("badge", "name", "phone", "skills", "shift", "days"),
    optional=("level", "home_lat", "home_lon", "contractor", "certified_until"),
)

MOST_LEVEL = 9
_BETWEEN = re.compile(r"[\s;,|/]+")
_SKILL = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


class InvalidSkill(InvalidInput):
    """Not a code such as `fibre`."""


class InvalidDays(InvalidInput):
    """Not names of weekdays."""


@dataclass(frozen=True, repr=False)
class TechnicianRow:
    """A row without a fault; `phone` in E.164, `skills` sorted."""

    badge: str
    name: str
    phone: str
    skills: tuple[str, ...]
    level: int
    certified_until_on: date | None
    home: Coordinate | None
    pattern: ShiftPattern
    contractor: str

    @property
    def content_hash(self) -> str:
        """Rows with one hash say the same."""
        return row_hash(self)


def read_technician_row(cells: Cells, read_phone: ReadPhone) -> TechnicianRow:
    """The technician that a row means; raises the refusal of the first cell at fault."""
    badge, name = read.given(cells, "badge"), read.given(cells, "name")
    phone = read_phone(read.given(cells, "phone"), "phone")
    skills = _skills(cells)
    level = read.whole_number(cells, "level", 1, MOST_LEVEL)
    home = read.coordinate(cells, "home_lat", "home_lon", Datum.WGS84)
    starts, ends = read.hours(cells, "shift")
    return TechnicianRow(
        badge=badge,
        name=name,
        phone=phone,
        skills=skills,
        level=level or 1,
        home=home,
        pattern=ShiftPattern(starts, ends, _weekdays(cells)),
        contractor=cells["contractor"],
        certified_until_on=read.day(cells, "certified_until"),
    )


def _skills(cells: Cells) -> tuple[str, ...]:
    codes = {code for code in re.split(r"[;,|/]", read.code(cells, "skills")) if code.strip("_")}
    codes = {code.strip("_") for code in codes}
    if not codes or not all(map(_SKILL.fullmatch, codes)):
        raise InvalidSkill("skills")
    return tuple(sorted(codes))


def _weekdays(cells: Cells) -> tuple[int, ...]:
    """Names of days (`Mon`, `Monday`), one by one or from one to another (`Mon-Fri`, `Sat-Mon`)."""
    text = re.sub(r"\s*[-\u2010-\u2015]\s*", "-", read.plain(read.given(cells, "days")).casefold())
    found: set[int] = set()
    for part in filter(None, _BETWEEN.split(text)):
        first, dash, last = part.partition("-")
        begins, ends = _weekday(first), _weekday(last if dash else first)
        found.update((begins + step) % 7 for step in range((ends - begins) % 7 + 1))
    if not found:
        raise InvalidDays("days")
    return tuple(sorted(found))


def _weekday(text: str) -> int:
    if len(text) < 2 or text.strip("abcdefghijklmnopqrstuvwxyz"):
        raise InvalidDays("days")
    full = [f"{name}day" for name in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")]
    matches = [number for number, name in enumerate(full) if name.startswith(text)]
    if len(matches) != 1:
        raise InvalidDays("days")
    return matches[0]
