"""The schema: from empty to head and back, the same as the models, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, delete, inspect, text, update
from sqlalchemy.exc import DatabaseError

from dispatch.db import Database, SchemaNotAtHead, alembic_config, head_revision
from dispatch.models import Base, Event, PromiseRule
from dispatch.rules.events import RulesImported
from dispatch.rules.vocabulary import OrderKind
from dispatch.services.append_event import append_event
from tests.world import World

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def emptied(database: Database) -> Database:
    """The database taken back to nothing, revision by revision."""
    with database.engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    return database


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_from_empty_to_head_and_back(emptied: Database) -> None:
    assert tables(emptied) == set()
    emptied.upgrade()
    assert tables(emptied) == set(Base.metadata.tables)
    assert emptied.revision() == head_revision()


def test_every_revision_stands_on_its_own(emptied: Database) -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    for revision in reversed(revisions):
        emptied.upgrade(revision)
        assert emptied.revision() == revision


def test_the_models_have_not_drifted_from_the_migrations(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def checks(connection: Connection) -> dict[str, set[str]]:
    """The names of the check constraints of every table, which Alembic does not compare."""
    inspector = inspect(connection)
    return {
        name: {str(check["name"]) for check in inspector.get_check_constraints(name)} for name in Base.metadata.tables
    }


def test_every_check_constraint_of_the_models_is_in_the_database(database: Database) -> None:
    wanted = {
        table.name: {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        for table in Base.metadata.tables.values()
    }
    with database.engine.connect() as connection:
        assert checks(connection) == wanted


def test_a_database_of_another_revision_is_refused(emptied: Database) -> None:
    with pytest.raises(SchemaNotAtHead):
        emptied.require_head()


FACT = RulesImported(occurred_at=AT, preset="jiangsu", added=1, effective_from=AT)


@pytest.mark.parametrize(
    "statement",
    [
        update(Event).values(kind="other"),
        update(Event).values(occurred_at=AT),
        delete(Event),
        update(PromiseRule).values(code="other"),
        delete(PromiseRule),
    ],
    ids=["event kind", "event time", "event", "rule code", "rule"],
)
def test_the_database_refuses_to_rewrite_the_log_and_the_rules(database: Database, statement: object) -> None:
    world = World(database)
    with pytest.raises(DatabaseError, match="append only"):
        world.do(lambda session: session.execute(statement))  # type: ignore[call-overload]


def test_a_position_is_given_once(database: Database) -> None:
    with database.write_session() as session:
        event_id = append_event(session, FACT, now=AT).id
    with database.write_session() as session:
        session.execute(update(Event).where(Event.id == event_id).values(position=1))
    with pytest.raises(DatabaseError, match="append only"), database.write_session() as session:
        session.execute(update(Event).where(Event.id == event_id).values(position=2))


def test_a_promise_has_exactly_one_subject(database: Database) -> None:
    world = World(database)
    world.order(OrderKind.REPAIR, "2026-11-24 09:00")
    for change in ("order_id = NULL", "visit_id = 1"):
        statement = text(f"UPDATE promises SET {change}")
        with pytest.raises(DatabaseError, match="exactly_one_subject"), database.write_session() as session:
            session.execute(statement)
