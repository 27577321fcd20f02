"""What does a row of an operator's order file say? (docs/importing.md)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from dispatch.errors import InvalidInput, Refusal
from dispatch.rules import cells as read
from dispatch.rules.address_text import address_line
from dispatch.rules.calendars import Span
from dispatch.rules.cells import Cells
from dispatch.rules.datum import Coordinate, Datum, read_datum
from dispatch.rules.row_hash import row_hash
from dispatch.rules.sheet import Columns
from dispatch.rules.visit_needs import SERVICES
from dispatch.rules.vocabulary import ContactRole, OrderKind, Priority

_Code = TypeVar("_Code", bound=StrEnum)
#: reads a phone number to E.164; raises a refusal that names the column it is given
ReadPhone = Callable[[str, str], str]

_ADDRESS = ("street", "house_number", "building", "unit", "postcode", "city", "community", "lat", "lon")
_OTHERS = {ContactRole.ON_SITE: "on_site", ContactRole.SUBSTITUTE: "substitute"}
_OLD = "old_"
MOST_MBPS = 1_000_000

ORDER_COLUMNS = Columns(
    required=("external_id", "kind", "service", "received_at", "customer", "phone", "street", "community"),
    optional=(
        "language",
        "house_number",
        "building",
        "unit",
        "postcode",
        "city",
        "lat",
        "lon",
        "datum",
        "contracted_mbps",
        "preferred",
        "priority",
        "note",
        *(f"{name}{part}" for name in _OTHERS.values() for part in ("", "_phone")),
        *(_OLD + column for column in _ADDRESS),
    ),
)


class UnknownKind(InvalidInput):
    """Not one of the kinds of orders."""


class UnknownService(InvalidInput):
    """Not a service that visits are known for."""


class UnknownPriority(InvalidInput):
    """Not one of the priorities."""


class WindowInPast(InvalidInput):
    """The customer cannot have wanted a window that was over when the order was received."""


class NotAMove(InvalidInput):
    """Only a move leaves a place behind (R02)."""


class ConflictingDuplicate(InvalidInput):
    """The id is that of another row, or of an order taken before, which says something else."""


@dataclass(frozen=True)
class RowPlace:
    """An address as the row writes it; without a coordinate it has yet to be located."""

    community: str
    street: str
    house_number: str
    building: str
    unit: str
    postcode: str
    city: str
    coordinate: Coordinate | None

    @property
    def line(self) -> str:
        """The address as geocoders read it."""
        return address_line(self.street, self.house_number, self.postcode, self.city)


@dataclass(frozen=True)
class RowPerson:
    """A person of the order; `phone` in E.164."""

    role: ContactRole
    name: str
    phone: str


@dataclass(frozen=True, repr=False)
class OrderRow:
    """A row without a fault; `language` is what the file says, known to us or not."""

    external_id: str
    kind: OrderKind
    service: str
    received_at: datetime
    people: tuple[RowPerson, ...]
    language: str
    place: RowPlace
    old_place: RowPlace | None
    contracted_mbps: int | None
    wanted: Span | None
    priority: Priority
    note: str = field(default="")

    @property
    def content_hash(self) -> str:
        """Rows with one hash say the same."""
        return row_hash(self)


def read_order_row(cells: Cells, zone: ZoneInfo, read_phone: ReadPhone) -> OrderRow:
    """The order that a row means, its times on the wall clocks of `zone`.

    Raises the refusal of the first cell at fault, in the order of the documented columns.
    """
    external_id = read.given(cells, "external_id")
    kind = _code_of(OrderKind, cells, "kind", UnknownKind)
    service = read.code(cells, "service")
    if service not in SERVICES:
        raise UnknownService("service", known=SERVICES)
    received_at = read.instant(cells, "received_at", zone)
    subscriber = _person(cells, ContactRole.SUBSCRIBER, "customer", "phone", read_phone)
    datum = read_datum(read.plain(cells["datum"]))
    place = _place(cells, "", datum)
    contracted_mbps = read.whole_number(cells, "contracted_mbps", 1, MOST_MBPS)
    wanted = read.window(cells, "preferred", zone)
    if wanted and wanted[1] <= received_at:
        raise WindowInPast("preferred")
    priority = _code_of(Priority, cells, "priority", UnknownPriority) if cells["priority"] else Priority.NORMAL
    others = [
        _person(cells, role, name, f"{name}_phone", read_phone)
        for role, name in _OTHERS.items()
        if cells[name] or cells[f"{name}_phone"]
    ]
    return OrderRow(
        external_id=external_id,
        kind=kind,
        service=service,
        received_at=received_at,
        people=(subscriber, *others),
        language=cells["language"],
        place=place,
        old_place=_old_place(cells, kind, datum),
        contracted_mbps=contracted_mbps,
        wanted=wanted,
        priority=priority,
        note=cells["note"],
    )


def _code_of(kind: type[_Code], cells: Cells, column: str, unknown: type[Refusal]) -> _Code:
    try:
        return kind(read.code(cells, column))
    except ValueError:
        raise unknown(column, known=[member.value for member in kind]) from None


def _person(cells: Cells, role: ContactRole, name: str, phone: str, read_phone: ReadPhone) -> RowPerson:
    return RowPerson(role, read.given(cells, name), read_phone(read.given(cells, phone), phone))


def _old_place(cells: Cells, kind: OrderKind, datum: Datum) -> RowPlace | None:
    said = [column for column in _ADDRESS if cells[_OLD + column]]
    if said and kind is not OrderKind.MOVE:
        raise NotAMove(_OLD + said[0])
    return _place(cells, _OLD, datum) if said else None


def _place(cells: Cells, prefix: str, datum: Datum) -> RowPlace:
    """The address in the columns that begin with `prefix`; the town stands in for an estate."""
    street = read.given(cells, f"{prefix}street")
    community = cells[f"{prefix}community"] or read.given({"community": cells[f"{prefix}city"]}, "community")
    parts: Mapping[str, str] = {
        part: cells[prefix + part] for part in ("house_number", "building", "unit", "postcode", "city")
    }
    located = read.coordinate(cells, f"{prefix}lat", f"{prefix}lon", datum)
    return RowPlace(community=community, street=street, coordinate=located, **parts)
