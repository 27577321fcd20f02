"""Files for imports, as small as they can be, and an operator in Vaduz to import them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from dispatch.db import Database, run_use_case
from dispatch.phones import read_phone
from dispatch.queries.operator_profile import operator_profile
from dispatch.rules.datum import Coordinate
from dispatch.rules.import_report import ImportReport
from dispatch.rules.order_rows import ORDER_COLUMNS
from dispatch.rules.sheet import Columns, read_sheet
from dispatch.rules.technician_rows import TECHNICIAN_COLUMNS
from dispatch.services.found_operator import Founding, found_operator
from dispatch.services.import_orders import OrderImport, import_orders
from dispatch.services.import_rules import load_preset
from dispatch.services.import_technicians import TechnicianImport, import_technicians
from web.cli import main
from web.import_commands import spoken_language

Run = Callable[..., Result]

ZONE = ZoneInfo("Europe/Vaduz")
NOW = datetime(2026, 11, 23, 7, tzinfo=ZONE)

ORDER = {
    "external_id": "A-1",
    "kind": "repair",
    "service": "fibre",
    "received_at": "2026-11-23 05:09",
    "customer": "Min Kieber",
    "phone": "07700 900821",
    "language": "en",
    "street": "Wangerbergstrasse",
    "house_number": "68",
    "postcode": "9497",
    "city": "Triesenberg",
    "community": "Triesenberg",
    "lat": "47.112135",
    "lon": "9.545530",
    "contracted_mbps": "1000",
    "preferred": "",
    "priority": "",
    "note": "",
}
TECHNICIAN = {
    "badge": "T001",
    "name": "Ling Liu",
    "phone": "+44 7700 900765",
    "skills": "copper;tv",
    "level": "2",
    "home_lat": "47.120244",
    "home_lon": "9.545121",
    "shift": "08:00-17:00",
    "days": "Mon;Tue;Wed;Thu;Fri",
    "contractor": "Kabelwerk",
}


def csv_of(*rows: Mapping[str, str]) -> str:
    """A file of rows that have the same columns."""
    quoted = [[f'"{cell}"' if set(cell) & set(',"\n') else cell for cell in row.values()] for row in rows]
    return "".join(f"{','.join(cells)}\n" for cells in [list(rows[0]), *quoted])


def cells_of(row: Mapping[str, str], columns: Columns) -> dict[str, str]:
    """The cells of a row as they are read from a file."""
    return {name: row.get(name, "") for name in columns.all}


def british(text: str, column: str) -> str:
    """Reads a phone number as people in Great Britain write it."""
    return read_phone(text, "GB", field=column)


def found(database: Database) -> None:
    """An operator in Vaduz under the Jiangsu rules; nothing else."""
    founding = Founding("Europe/Vaduz", "GB", name="Operator")
    at = datetime(2026, 11, 1, tzinfo=UTC)
    run_use_case(database, lambda session: found_operator(session, founding, load_preset("jiangsu"), now=at))


def command_line(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands, in English, on the database of an operator in Vaduz."""
    found(database)
    monkeypatch.setenv("DISPATCH_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("LC_ALL", "LC_MESSAGES", "DISPATCH_ADDRESS_BOOK", "DISPATCH_GEOCODER"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(main, list(arguments), catch_exceptions=False)


def bring_orders(
    database: Database,
    file: str | bytes,
    *,
    now: datetime = NOW,
    locate: Callable[[str], Coordinate | None] = lambda _address: None,
    territory: str | None = None,
) -> ImportReport:
    """Import a file of orders."""
    sheet = read_sheet(file if isinstance(file, bytes) else file.encode(), ORDER_COLUMNS)
    with database.read_session() as session:
        operator = operator_profile(session)
    return import_orders(database, sheet, OrderImport(operator, spoken_language, locate, now, territory))


def bring_technicians(
    database: Database, file: str | bytes, *, now: datetime = NOW, days: int = 14, territory: str | None = None
) -> ImportReport:
    """Import a file of technicians."""
    sheet = read_sheet(file if isinstance(file, bytes) else file.encode(), TECHNICIAN_COLUMNS)
    with database.read_session() as session:
        operator = operator_profile(session)
    return import_technicians(database, sheet, TechnicianImport(operator, now, days, territory))
