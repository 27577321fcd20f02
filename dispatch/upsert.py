"""Inserting a row that may be there already, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from dispatch.models import Base


def insert_or_update(
    session: Session,
    model: type[Base],
    values: dict[str, Any],
    *,
    unique: Sequence[str],
    update: Sequence[str] = (),
    add: Sequence[str] = (),
) -> None:
    """Insert `values`, or, where a row with the same `unique` columns exists, set its `update` and add to its `add`.

    Without `update` and `add` an existing row is left as it is. Runs at once, past the unit of work:
    objects of the row that the session already holds must be refreshed by the caller.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(table)
    statement = dialect.insert(table).values(**values)
    changes = {name: statement.excluded[name] for name in update}
    changes |= {name: table.c[name] + statement.excluded[name] for name in add}
    if changes:
        session.execute(statement.on_conflict_do_update(index_elements=list(unique), set_=changes))
    else:
        session.execute(statement.on_conflict_do_nothing(index_elements=list(unique)))
