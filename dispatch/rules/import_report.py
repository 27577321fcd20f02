"""What became of each row of an imported file?"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch.errors import Refusal
from dispatch.rules.sheet import REJECT_COLUMNS, Sheet, SheetRow


class Outcome(StrEnum):
    """A row that says what is known already is unchanged; one that is rejected changed nothing."""

    ACCEPTED = "accepted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class Notice(StrEnum):
    """What somebody should know about a row that went in."""

    LOCATED = "located"
    UNLOCATED = "unlocated"
    UNKNOWN_LANGUAGE = "unknown_language"
    NEW_COMMUNITY = "new_community"
    NOT_SERVICEABLE = "not_serviceable"
    WINDOW_OVER = "window_over"
    RECEIVED_LATER = "received_later"
    SHIFT_KEPT = "shift_kept"


@dataclass(frozen=True)
class RowResult:
    """One row and its outcome; `refusal` says why it was rejected."""

    row: SheetRow
    outcome: Outcome
    notices: frozenset[Notice] = frozenset()
    refusal: Refusal | None = None


@dataclass(frozen=True)
class ImportReport:
    """All rows of a file, in its order, and the columns that were passed over."""

    sheet: Sheet
    results: tuple[RowResult, ...]

    @property
    def outcomes(self) -> Mapping[Outcome, tuple[int, ...]]:
        """The lines of the file by what became of them."""
        return {kind: tuple(r.row.line for r in self.results if r.outcome is kind) for kind in Outcome}

    @property
    def notices(self) -> Mapping[Notice, tuple[int, ...]]:
        """The lines of the file by what should be known of them."""
        return {kind: tuple(r.row.line for r in self.results if kind in r.notices) for kind in Notice}

    @property
    def rejects(self) -> tuple[tuple[SheetRow, Refusal], ...]:
        """The rows that stayed out, and why."""
        return tuple((result.row, result.refusal) for result in self.results if result.refusal is not None)


def rejects_csv(sheet: Sheet, rejects: Iterable[tuple[SheetRow, Refusal]], words_for: Callable[[Refusal], str]) -> str:
    """A file of rejected rows: where and what the fault is, then the row exactly as it was.

    `words_for` puts a refusal into words. The file can be corrected and imported like the one it
    came from.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)  # RFC 4180; with "\n" alone, a cell that holds "\r" would not be quoted
    writer.writerow([*REJECT_COLUMNS, *sheet.header])
    for row, refusal in rejects:
        writer.writerow([row.line, refusal.field, refusal.code, words_for(refusal), *row.raw])
    return file.getvalue()
