"""Which rows does an operator's file hold, line by line?

CSV as it comes: a byte-order mark or none, commas, semicolons or tabs, quoted line breaks,
columns in any order and with any others between them. A file that was written for
rejected rows is read like the file it came from: its first four columns are passed over.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.errors import InvalidInput, Refusal

#: the columns in front of a rejected row
REJECT_COLUMNS = ("line", "field", "code", "message")
UTF_8 = "utf-8"

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DELIMITERS = (",", ";", "\t")
_BREAKS = "\t\n\r"


class EmptyFile(InvalidInput):
    """There is not even a header."""


class WrongEncoding(InvalidInput):
    """The bytes are not text in the encoding named; `line` is where they stop being it."""


class MissingColumn(InvalidInput):
    """The header lacks columns that no row can do without."""


class DoubledColumn(InvalidInput):
    """Two columns have the same name: it cannot be told which is meant."""


class UnreadableRow(InvalidInput):
    """A quotation mark is not closed, or not doubled inside a quoted cell."""


class CellsMissing(InvalidInput):
    """The row ends before its last column: it may have been cut off."""


class CellsLeftOver(InvalidInput):
    """The row goes on after its last column: a delimiter inside a cell was not quoted."""


class InvalidText(InvalidInput):
    """The cell holds control characters, which are not text."""


@dataclass(frozen=True)
class Columns:
    """The columns that a kind of file must have and may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """All columns that mean something."""
        return self.required + self.optional


@dataclass(frozen=True)
class SheetRow:
    """One row: where it begins, its cells exactly as they were, and by column without outer spaces.

    Every known column is in `cells`, empty where the file has none. A row with a `fault`
    cannot be read any further.
    """

    line: int
    raw: tuple[str, ...] = field(repr=False)
    cells: Mapping[str, str] = field(repr=False)
    fault: Refusal | None = None


@dataclass(frozen=True)
class Sheet:
    """A whole file: its header as it was, the columns that mean nothing to us, and its rows."""

    header: tuple[str, ...]
    ignored: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def read_sheet(data: bytes, columns: Columns, encoding: str = UTF_8) -> Sheet:
    """The rows of a CSV file; blank ones are left out, and lines are counted from 1 (the header's).

    A byte-order mark goes before `encoding`. Raises EmptyFile, WrongEncoding,
    MissingColumn or DoubledColumn, about the file as a whole.
    """
    text = _decode(data, encoding)
    delimiter = _delimiter(text, columns)
    records = _records(text, delimiter)
    header = next((record.cells for record in records if any(map(str.strip, record.cells))), None)
    if header is None:
        raise EmptyFile("file")
    passed_over = len(REJECT_COLUMNS) if _names(header)[: len(REJECT_COLUMNS)] == REJECT_COLUMNS else 0
    names = _names(header[passed_over:])
    _check_header(names, columns)
    known = set(columns.all)
    rows = tuple(
        _row(record, record.cells[passed_over:], names, columns)
        for record in records
        if any(map(str.strip, record.cells))
    )
    ignored = tuple(name for name in names if name and name not in known)
    return Sheet(tuple(header[passed_over:]), ignored, rows)


@dataclass(frozen=True)
class _Record:
    line: int
    cells: list[str]
    is_readable: bool


def _decode(data: bytes, encoding: str) -> str:
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    try:
        return data.decode(marked or encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    except (UnicodeError, LookupError):
        line = 1
    raise WrongEncoding("file", encoding=marked or encoding, line=line)


def _delimiter(text: str, columns: Columns) -> str:
    """The delimiter by which the first line has the most known columns."""
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    known = {*columns.all, *REJECT_COLUMNS}

    def columns_found(delimiter: str) -> int:
        return len(known.intersection(_names(_leniently(first, delimiter))))

    return max(_DELIMITERS, key=columns_found)


def _records(text: str, delimiter: str) -> Iterator[_Record]:
    """Every record, and every line that cannot be one; reading goes on at the line after such a line."""
    lines = list(io.StringIO(text, newline=""))
    base = 0
    while base < len(lines):
        reader = csv.reader((lines[index] for index in range(base, len(lines))), delimiter=delimiter, strict=True)
        begins = base
        try:
            for cells in reader:
                yield _Record(begins + 1, cells, is_readable=True)
                begins = base + reader.line_num
            base = len(lines)
        except csv.Error:
            yield _Record(begins + 1, _leniently(lines[begins], delimiter), is_readable=False)
            base = begins + 1


def _leniently(line: str, delimiter: str) -> list[str]:
    """What can be made of one line: as a rule its last cell is the one at fault."""
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return [line.rstrip("\r\n")]


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip().casefold() for cell in cells)


def _check_header(names: Sequence[str], columns: Columns) -> None:
    missing = [name for name in columns.required if name not in names]
    if missing:
        raise MissingColumn("file", columns=missing)
    doubled = [name for name in columns.all if names.count(name) > 1]
    if doubled:
        raise DoubledColumn("file", columns=doubled)


def _row(record: _Record, raw: list[str], names: Sequence[str], columns: Columns) -> SheetRow:
    by_name = {name: cell.strip() for name, cell in zip(names, raw, strict=False)}
    cells = {name: by_name.get(name, "") for name in columns.all}
    return SheetRow(record.line, tuple(raw), cells, _fault(record, raw, names, cells))


def _fault(record: _Record, raw: list[str], names: Sequence[str], cells: Mapping[str, str]) -> Refusal | None:
    last = names[min(len(raw), len(names)) - 1]
    if not record.is_readable:
        return UnreadableRow(last)
    if len(raw) < len(names):
        return CellsMissing(names[len(raw)])
    if any(map(str.strip, raw[len(names) :])):
        return CellsLeftOver(last)
    return next((InvalidText(name) for name, text in cells.items() if not _is_text(text)), None)


def _is_text(text: str) -> bool:
    return all(character in _BREAKS or unicodedata.category(character) not in ("Cc", "Cs") for character in text)
