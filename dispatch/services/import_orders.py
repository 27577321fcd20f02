"""Importing a file of orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.models import Order, Premises
from dispatch.phones import read_phone
from dispatch.queries.operator_profile import OperatorProfile
from dispatch.rules.datum import Coordinate
from dispatch.rules.import_report import ImportReport, RowResult
from dispatch.rules.order_rows import OrderRow, read_order_row
from dispatch.rules.sheet import Sheet, SheetRow
from dispatch.services.accept_order_row import OrderTaking, ReadLanguage, accept_order_row
from dispatch.services.choose_territory import choose_territory
from dispatch.services.import_rows import Accept, Read, batches, import_rows, read_row


@dataclass(frozen=True)
class OrderImport:
    """What an import of orders needs besides the file.

    `locate` says where an address is, None if it does not know; it may wait.
    `territory` is the code of the one that unknown estates belong to (choose_territory).
    """

    operator: OperatorProfile
    read_language: ReadLanguage
    locate: Callable[[str], Coordinate | None]
    now: datetime
    territory: str | None = None


def import_orders(
    database: Database, sheet: Sheet, given: OrderImport, *, progress: Callable[[int], None] = lambda _rows: None
) -> ImportReport:
    """Take every order of the file that has no fault; each row goes in whole or not at all.

    Each batch is a transaction of its own: after a crash the same file is imported again,
    and what went in before is unchanged. Raises TerritoryNeeded.
    """
    results: list[RowResult] = []
    located: dict[str, Coordinate | None] = {}
    for batch in batches(sheet.rows):
        rows = [read_row(row, partial(_meaning, operator=given.operator)) for row in batch]
        for line in sorted(_lines_to_locate(database, rows) - set(located)):
            located[line] = given.locate(line)
        results += import_rows(database, rows, partial(_prepare, given=given, located=located))
        progress(len(results))
    return ImportReport(sheet, tuple(results))


def _meaning(row: SheetRow, operator: OperatorProfile) -> OrderRow:
    def phone(text: str, column: str) -> str:
        return read_phone(text, operator.phone_region, field=column)

    return read_order_row(row.cells, operator.zone, phone)


def _prepare(session: Session, given: OrderImport, located: dict[str, Coordinate | None]) -> Accept[OrderRow]:
    taking = OrderTaking(
        territory=choose_territory(session, given.territory),
        located=located,
        read_language=given.read_language,
        default_language=given.operator.language,
        now=given.now,
    )
    return lambda session, row: accept_order_row(session, row, taking)


def _lines_to_locate(database: Database, rows: Sequence[Read[OrderRow]]) -> set[str]:
    """The addresses without coordinates, but for those of orders that have a place already."""
    orders = [order for _row, order in rows if not isinstance(order, Refusal) and any(_unlocated(order))]
    if not orders:
        return set()
    with database.read_session() as session:
        statement = (
            select(Order.external_id)
            .join(Premises, Premises.id == Order.premises_id)
            .where(Order.external_id.in_([order.external_id for order in orders]), Premises.lat.is_not(None))
        )
        settled = set(session.scalars(statement))
    return {line for order in orders if order.external_id not in settled for line in _unlocated(order)}


def _unlocated(order: OrderRow) -> Iterator[str]:
    for place in (order.place, order.old_place):
        if place is not None and place.coordinate is None:
            yield place.line
