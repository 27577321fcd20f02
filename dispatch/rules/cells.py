"""What does a single cell of an operator's file say?

Each function reads one cell of a named column and raises a refusal with that name as its
`field`. An empty cell is `Required` unless the function says otherwise. Digits and
letters of full width are read like those of half width.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dispatch.errors import InvalidInput, Required
from dispatch.rules.calendars import Span, local_instant
from dispatch.rules.datum import Coordinate, Datum, InvalidCoordinate

Cells = Mapping[str, str]

#: `DAY`, `DAY AM` and `DAY PM` in local time; a whole day is the default contact hours
WHOLE_DAY = ("08:00", "20:00")
HALF_DAYS = {"AM": ("08:00", "12:00"), "PM": ("13:00", "17:00")}
#: no order is older and no window further away: such a year is a slip of the pen
_YEARS = range(2000, 2101)

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2010-\u2015~]\s*(\d{1,2}):(\d{2})", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,3}(\.\d{1,15})?", re.ASCII)


class InvalidTime(InvalidInput):
    """Not a date with a time of day, or not one that exists."""


class InvalidDay(InvalidInput):
    """Not a date that exists."""


class InvalidWindow(InvalidInput):
    """Not a window that can be read, or one that ends before it begins."""


class InvalidHours(InvalidInput):
    """Not two times of day, from and until."""


class InvalidNumber(InvalidInput):
    """Not a whole number within its limits."""


def plain(text: str) -> str:
    """The text in half width and without outer spaces."""
    return unicodedata.normalize("NFKC", text).strip()


def given(cells: Cells, column: str) -> str:
    """The text of a cell that must not be empty."""
    if not cells[column]:
        raise Required(column)
    return cells[column]


def code(cells: Cells, column: str) -> str:
    """A code as we write codes (`line_tuning`), whatever its case and however its words are joined."""
    return re.sub(r"[\s\-]+", "_", plain(given(cells, column)).casefold())


def whole_number(cells: Cells, column: str, least: int, most: int) -> int | None:
    """A whole number from `least` to `most`; None if the cell is empty."""
    text = plain(cells[column])
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise InvalidNumber(column, least=least, most=most)
    return int(text)


def instant(cells: Cells, column: str, zone: ZoneInfo) -> datetime:
    """An instant (ISO 8601 with a time of day); without an offset on the wall clocks of `zone`."""
    text = plain(given(cells, column)).upper()
    if not _TIME.fullmatch(text):
        raise InvalidTime(column)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidTime(column) from None
    if read.year not in _YEARS:
        raise InvalidTime(column)
    return read if read.tzinfo else local_instant(read.date(), read.time(), zone)


def day(cells: Cells, column: str) -> date | None:
    """A date; None if the cell is empty."""
    text = plain(cells[column])
    found = _date(text)
    if text and found is None:
        raise InvalidDay(column)
    return found


def window(cells: Cells, column: str, zone: ZoneInfo) -> Span | None:
    """`DAY`, `DAY AM`, `DAY PM` or `DAY HH:MM-HH:MM`, local to `zone`; None if the cell is empty."""
    text = plain(cells[column]).upper()
    if not text:
        return None
    day_text, _, part = text.partition(" ")
    day_on = _date(day_text)
    hours = _part_of_day(part.strip())
    if day_on is None or hours is None:
        raise InvalidWindow(column)
    begins, ends = (local_instant(day_on, clock, zone) for clock in hours)
    if begins >= ends:
        raise InvalidWindow(column)
    return begins, ends


def hours(cells: Cells, column: str) -> tuple[str, str]:
    """Two times of day, `HH:MM-HH:MM`; the second may be 24:00, or earlier: then it is on the next day."""
    found = _hours(plain(given(cells, column)))
    if found is None or found[0] == found[1]:
        raise InvalidHours(column)
    return found


def coordinate(cells: Cells, lat: str, lon: str, datum: Datum) -> Coordinate | None:
    """A place; None if either number is missing. 0, 0 is how some programs write "unknown": refused."""
    numbers = [_degrees(cells, column, limit) for column, limit in ((lat, 90.0), (lon, 180.0))]
    if numbers == [0.0, 0.0]:
        raise InvalidCoordinate(lat)
    north, east = numbers
    return None if north is None or east is None else Coordinate(north, east, datum)


def _degrees(cells: Cells, column: str, limit: float) -> float | None:
    text = plain(cells[column])
    if not text:
        return None
    number = float(text) if _DECIMAL.fullmatch(text) else math.inf
    if abs(number) > limit:
        raise InvalidCoordinate(column)
    return number


def _part_of_day(text: str) -> tuple[str, str] | None:
    if not text:
        return WHOLE_DAY
    return HALF_DAYS.get(text) or _hours(text)


def _date(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None or int(match[1]) not in _YEARS:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _hours(text: str) -> tuple[str, str] | None:
    match = _HOURS.fullmatch(text)
    if match is None:
        return None
    numbers = [int(number) for number in match.groups()]
    begins, ends = ((numbers[0], numbers[1]), (numbers[2], numbers[3]))
    if begins > (23, 59) or (ends > (23, 59) and ends != (24, 0)) or max(begins[1], ends[1]) > 59:
        return None
    return "{:02}:{:02}".format(*begins), "{:02}:{:02}".format(*ends)
