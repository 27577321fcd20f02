"""Bringing rows in, a hundred at a time, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.rules.import_report import Notice, Outcome, RowResult
from dispatch.rules.sheet import SheetRow

T = TypeVar("T")
#: a row and what it means, or why it cannot be used
Read = tuple[SheetRow, T | Refusal]
#: brings one row in; raises a refusal if it cannot be
Accept = Callable[[Session, T], tuple[Outcome, frozenset[Notice]]]

BATCH = 100


def read_row(row: SheetRow, meaning: Callable[[SheetRow], T]) -> Read[T]:
    """The row with its meaning, or with the refusal that reading it raised."""
    if row.fault is not None:
        return row, row.fault
    try:
        return row, meaning(row)
    except Refusal as refusal:
        return row, refusal


def batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in pieces, each for one transaction."""
    return (rows[begin : begin + BATCH] for begin in range(0, len(rows), BATCH))


def import_rows(
    database: Database, rows: Iterable[Read[T]], prepare: Callable[[Session], Accept[T]]
) -> list[RowResult]:
    """Bring one batch in, in one transaction; `prepare` is asked only if a row can be used."""
    return run_use_case(database, partial(_import, rows=list(rows), prepare=prepare))


def _import(session: Session, rows: Sequence[Read[T]], prepare: Callable[[Session], Accept[T]]) -> list[RowResult]:
    usable = any(not isinstance(meaning, Refusal) for _row, meaning in rows)
    accept = prepare(session) if usable else None
    return [_one(session, row, meaning, accept) for row, meaning in rows]


def _one(session: Session, row: SheetRow, meaning: T | Refusal, accept: Accept[T] | None) -> RowResult:
    if isinstance(meaning, Refusal) or accept is None:
        return RowResult(row, Outcome.REJECTED, refusal=meaning if isinstance(meaning, Refusal) else None)
    try:
        try:
            return _accepted(session, row, meaning, accept)
        except IntegrityError:  # another import has brought it in since we looked: now it will be found
            return _accepted(session, row, meaning, accept)
    except Refusal as refusal:
        return RowResult(row, Outcome.REJECTED, refusal=refusal)


def _accepted(session: Session, row: SheetRow, meaning: T, accept: Accept[T]) -> RowResult:
    with session.begin_nested():
        outcome, notices = accept(session, meaning)
    return RowResult(row, outcome, notices)
