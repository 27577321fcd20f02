"""No file can crash an import: every row is read, or refused with the name of a column."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import Refusal
from dispatch.rules.import_report import ImportReport, Outcome, RowResult, rejects_csv
from dispatch.rules.order_rows import ORDER_COLUMNS, read_order_row
from dispatch.rules.sheet import REJECT_COLUMNS, Columns, Sheet, SheetRow, read_sheet
from dispatch.rules.technician_rows import TECHNICIAN_COLUMNS, read_technician_row
from tests.importing import ORDER, TECHNICIAN, ZONE, british, csv_of

#: what real files hold, next to anything at all
_PIECES = st.sampled_from(
    ['"', ",", ";", "\n", "\r\n", "\r", "\t", "\0", "\ufeff", "2026-11-23", " AM", "25:00", "0", "-", "é", "张", "x"]
)
_WILD = st.lists(_PIECES | st.text(max_size=3), max_size=40).map("".join)
_CELL = _WILD | st.sampled_from(["", *ORDER.values(), *TECHNICIAN.values()])


def meaning(row: SheetRow, columns: Columns) -> Refusal | None:
    """Why the row cannot be used; None if it can."""
    if row.fault is not None:
        return row.fault
    try:
        if columns is ORDER_COLUMNS:
            assert read_order_row(row.cells, ZONE, british).content_hash
        else:
            assert read_technician_row(row.cells, british).content_hash
    except Refusal as refusal:
        return refusal
    return None


def check(sheet: Sheet, columns: Columns) -> None:
    """Every row is used or refused by name, and the rejects are read back as they were written."""
    results = []
    for row in sheet.rows:
        refusal = meaning(row, columns)
        if refusal is not None:
            names = [name.strip().casefold() for name in sheet.header]
            assert refusal.field in {*columns.all, *names}, refusal
        results.append(RowResult(row, Outcome.REJECTED if refusal else Outcome.ACCEPTED, refusal=refusal))
    rejects = ImportReport(sheet, tuple(results)).rejects
    text = rejects_csv(sheet, rejects, lambda refusal: refusal.code)
    again = read_sheet(text.encode(), columns)
    assert [row.raw for row in again.rows if any(map(str.strip, row.raw))] == [
        row.raw for row, _refusal in rejects if any(map(str.strip, row.raw))
    ]


@pytest.mark.parametrize("columns", [ORDER_COLUMNS, TECHNICIAN_COLUMNS])
@given(_WILD)
def test_any_rows_under_a_good_header(columns: Columns, body: str) -> None:
    row = ORDER if columns is ORDER_COLUMNS else TECHNICIAN
    header = ",".join(row)
    check(read_sheet(f"{header}\n{body}\n{csv_of(row)}".encode("utf-8", "surrogatepass"), columns), columns)


@given(st.lists(_CELL, min_size=len(ORDER), max_size=len(ORDER)))
def test_any_cells_of_an_order(cells: list[str]) -> None:
    check(read_sheet(_file(list(ORDER), cells), ORDER_COLUMNS), ORDER_COLUMNS)


@given(st.sampled_from(sorted(ORDER)), _CELL)
def test_any_single_cell_of_an_order(column: str, cell: str) -> None:
    check(read_sheet(_file(list(ORDER), list((ORDER | {column: cell}).values())), ORDER_COLUMNS), ORDER_COLUMNS)


@given(st.sampled_from(sorted(TECHNICIAN)), _CELL)
def test_any_single_cell_of_a_technician(column: str, cell: str) -> None:
    file = _file(list(TECHNICIAN), list((TECHNICIAN | {column: cell}).values()))
    check(read_sheet(file, TECHNICIAN_COLUMNS), TECHNICIAN_COLUMNS)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        sheet = read_sheet(data, ORDER_COLUMNS)
    except Refusal as refusal:
        field = refusal.field
    else:
        field = "file"
        check(sheet, ORDER_COLUMNS)
    assert field == "file"


def _file(header: list[str], cells: list[str]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, cells])
    return file.getvalue().encode("utf-8", "replace")


def test_the_columns_of_rejects_are_no_columns_of_ours() -> None:
    assert not set(REJECT_COLUMNS) & {*ORDER_COLUMNS.all, *TECHNICIAN_COLUMNS.all}
