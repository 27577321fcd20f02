"""Where does the operator's own address list place an address? (R19)

A CSV in UTF-8 with a header: `lat`, `lon`, optionally `datum` (WGS84 unless said), and
either `address` or `street`, `house_number`, `postcode`, `city`. Rows that cannot be used
are left out and listed by line, never by content.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import structlog
from geopy.location import Location

from dispatch.errors import InvalidInput, Refusal
from dispatch.rules.address_text import address_line, normalise_address
from dispatch.rules.datum import Coordinate, InvalidCoordinate, read_datum

log = structlog.get_logger(__name__)

_Row = dict[str, str | None]


class AddressBookUnreadable(InvalidInput):
    """The file is missing, is not UTF-8 CSV, or lacks a column; `reason` is a code."""


class NoAddress(InvalidInput):
    """A row without an address."""


@dataclass(frozen=True, slots=True)
class UnusableRow:
    """A row of the book that was left out: its line in the file and the code of the reason."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class AddressBook:
    """An offline geocoder with geopy's `geocode`: exact after normalisation, with or without postcode.

    An address that the book gives two different places is not found: better asked again
    than visited at the wrong door.
    """

    places: dict[str, Coordinate | None]
    unusable: tuple[UnusableRow, ...] = field(default=())

    @classmethod
    def read(cls, path: Path) -> Self:
        """The book in the file at `path`; raises `AddressBookUnreadable`."""
        places: dict[str, Coordinate | None] = {}
        unusable: list[UnusableRow] = []
        for line, row in _rows(path):
            try:
                names, place = _names(row), _place(row)
            except Refusal as refusal:
                unusable.append(UnusableRow(line, refusal.code))
                continue
            for name in names:
                places[name] = place if places.get(name, place) == place else None
        if unusable:
            log.warning("address book rows left out", lines=[row.line for row in unusable])
        return cls(places, tuple(unusable))

    def geocode(self, query: str, *, exactly_one: bool = True) -> Location | list[Location] | None:
        """The place of an address, its datum in `raw`; None when unknown, as geopy's geocoders say it."""
        place = self.places.get(normalise_address(query))
        if place is None:
            return None
        found = Location(query, (place.lat, place.lon), {"datum": place.datum.value})
        return found if exactly_one else [found]


def _rows(path: Path) -> Iterator[tuple[int, _Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            if not {"lat", "lon"} <= columns or not {"address", "street"} & columns:
                raise AddressBookUnreadable("address_book", reason="columns")
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeError, csv.Error) as failure:
        raise AddressBookUnreadable("address_book", reason=type(failure).__name__) from None


def _names(row: _Row) -> set[str]:
    """What the row may be called: its `address`, or its parts with and without the postcode."""
    street, number, postcode, city = (
        row.get(column) or "" for column in ("street", "house_number", "postcode", "city")
    )
    lines = [row.get("address") or ""]
    if street.strip():
        lines += [address_line(street, number, postcode, city), address_line(street, number, "", city)]
    names = {normalise_address(line) for line in lines} - {""}
    if not names:
        raise NoAddress("address")
    return names


def _place(row: _Row) -> Coordinate:
    try:
        lat, lon = float(row["lat"] or ""), float(row["lon"] or "")
    except ValueError:
        raise InvalidCoordinate("lat") from None
    return Coordinate(lat, lon, read_datum(row.get("datum") or ""))
