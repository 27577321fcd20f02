"""Importing a file of technicians."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.phones import read_phone
from dispatch.queries.operator_profile import OperatorProfile
from dispatch.rules.import_report import ImportReport, RowResult
from dispatch.rules.order_rows import ConflictingDuplicate
from dispatch.rules.sheet import Sheet, SheetRow
from dispatch.rules.technician_rows import TechnicianRow, read_technician_row
from dispatch.services.accept_technician_row import TechnicianTaking, accept_technician_row
from dispatch.services.choose_territory import choose_territory
from dispatch.services.import_rows import Accept, Read, batches, import_rows, read_row


@dataclass(frozen=True)
class TechnicianImport:
    """What an import of technicians needs besides the file.

    `territory` is the code of the one that new ones belong to (choose_territory); shifts
    are made for `days` days from the day of `now` on.
    """

    operator: OperatorProfile
    now: datetime
    days: int = 14
    territory: str | None = None


def import_technicians(
    database: Database, sheet: Sheet, given: TechnicianImport, *, progress: Callable[[int], None] = lambda _rows: None
) -> ImportReport:
    """Bring every technician of the file that has no fault up to date; nobody is removed.

    Each batch is a transaction of its own, and the same file may be imported again.
    Raises TerritoryNeeded.
    """
    results: list[RowResult] = []
    read = (read_row(row, partial(_meaning, operator=given.operator)) for row in sheet.rows)
    for batch in batches(list(_without_conflicts(read))):
        results += import_rows(database, batch, partial(_prepare, given=given))
        progress(len(results))
    return ImportReport(sheet, tuple(results))


def _meaning(row: SheetRow, operator: OperatorProfile) -> TechnicianRow:
    def phone(text: str, column: str) -> str:
        return read_phone(text, operator.phone_region, field=column)

    return read_technician_row(row.cells, phone)


def _without_conflicts(rows: Iterable[Read[TechnicianRow]]) -> Iterator[Read[TechnicianRow]]:
    """The rows; one that contradicts an earlier row of the same badge is refused."""
    said: dict[str, str] = {}
    for row, meaning in rows:
        if not isinstance(meaning, Refusal):
            first_said = said.setdefault(meaning.badge, meaning.content_hash)
            if first_said != meaning.content_hash:
                yield row, ConflictingDuplicate("badge")
                continue
        yield row, meaning


def _prepare(session: Session, given: TechnicianImport) -> Accept[TechnicianRow]:
    territory = choose_territory(session, given.territory)
    taking = TechnicianTaking(territory=territory, days=given.days, now=given.now)
    return lambda session, row: accept_technician_row(session, row, taking)
