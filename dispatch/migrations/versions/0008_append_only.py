"""The log and the rules cannot be rewritten: the database itself refuses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_EVENT_COLUMNS = [
    "id",
    "kind",
    "occurred_at",
    "recorded_at",
    "order_id",
    "visit_id",
    "promise_id",
    "case_id",
    "technician_id",
    "territory_id",
    "payload",
]


def upgrade() -> None:
    op.execute(sa.text("INSERT INTO event_sequences (id, last_position) VALUES (1, 0)"))
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("events_update", "events_delete", "promise_rules_update", "promise_rules_delete"):
            op.execute(f"DROP TRIGGER refuse_{name}")
    else:
        op.execute("DROP TRIGGER refuse_update ON events")
        op.execute("DROP TRIGGER refuse_update ON promise_rules")
        op.execute("DROP TRIGGER refuse_delete ON events")
        op.execute("DROP TRIGGER refuse_delete ON promise_rules")
        op.execute("DROP FUNCTION refuse_change()")
    op.execute("DELETE FROM event_sequences")


def _refuse_on_sqlite() -> None:
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _EVENT_COLUMNS)
    for name, moment, when in (
        ("events_update", "UPDATE ON events", f"WHEN {changed} OR OLD.position IS NOT NULL"),
        ("events_delete", "DELETE ON events", ""),
        ("promise_rules_update", "UPDATE ON promise_rules", ""),
        ("promise_rules_delete", "DELETE ON promise_rules", ""),
    ):
        op.execute(
            f"CREATE TRIGGER refuse_{name} BEFORE {moment} {when} BEGIN SELECT RAISE(ABORT, 'append only: {name}'); END"
        )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _EVENT_COLUMNS)
    refuse = "FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()"
    stamped = f"WHEN ({changed} OR OLD.position IS NOT NULL)"
    op.execute(f"CREATE TRIGGER refuse_update BEFORE UPDATE ON events {refuse.format(when=stamped)}")
    op.execute(f"CREATE TRIGGER refuse_update BEFORE UPDATE ON promise_rules {refuse.format(when='')}")
    op.execute(f"CREATE TRIGGER refuse_delete BEFORE DELETE ON events {refuse.format(when='')}")
    op.execute(f"CREATE TRIGGER refuse_delete BEFORE DELETE ON promise_rules {refuse.format(when='')}")
