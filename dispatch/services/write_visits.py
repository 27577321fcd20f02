"""Writing many changed visits: one statement for all that have changed alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from dispatch.models import Visit

_COLUMNS = frozenset(column.key for column in inspect(Visit).column_attrs)


def write_visits(session: Session, visits: Iterable[Visit]) -> None:
    """Write what has changed in the visits, which the caller has locked; each gets a new version.

    A plan does the same to hundreds of visits, and the unit of work would send a statement
    for each of them.
    """
    alike: dict[tuple[tuple[str, Any], ...], list[Visit]] = {}
    for visit in visits:
        changes = _changes(visit)
        if changes:
            alike.setdefault(changes, []).append(visit)
    for changes, same in alike.items():
        statement = update(Visit).where(Visit.id.in_([visit.id for visit in same]))
        statement = statement.values(**dict(changes), version=Visit.version + 1)
        session.execute(statement.execution_options(synchronize_session=False, autoflush=False))
        for visit in same:
            for name, value in (*changes, ("version", visit.version + 1)):
                set_committed_value(visit, name, value)


def _changes(visit: Visit) -> tuple[tuple[str, Any], ...]:
    """The columns that differ from what is written, with their new values."""
    state = inspect(visit)
    touched = sorted(_COLUMNS - state.unmodified)
    return tuple((name, getattr(visit, name)) for name in touched if state.attrs[name].history.has_changes())
