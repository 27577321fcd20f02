"""The log of facts, its readers, and everything due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "due_work",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("failed_code", sa.String(), nullable=True),
        sa.Column("parked_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_work")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_due_work_kind_key")),
    )
    op.create_index("ix_due_work_due", "due_work", ["parked_at", "due_at"], unique=False)
    op.create_table(
        "event_sequences",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("last_position", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sequences")),
    )
    op.create_table(
        "events",
        sa.Column("position", NUMBER, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.Column("promise_id", NUMBER, nullable=True),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("technician_id", NUMBER, nullable=True),
        sa.Column("territory_id", NUMBER, nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("position", name=op.f("uq_events_position")),
    )
    op.create_index(op.f("ix_events_case_id"), "events", ["case_id"], unique=False)
    op.create_index(op.f("ix_events_kind"), "events", ["kind"], unique=False)
    op.create_index(op.f("ix_events_order_id"), "events", ["order_id"], unique=False)
    op.create_index(op.f("ix_events_promise_id"), "events", ["promise_id"], unique=False)
    op.create_index(op.f("ix_events_technician_id"), "events", ["technician_id"], unique=False)
    op.create_index(
        "ix_events_unsequenced",
        "events",
        ["id"],
        unique=False,
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    op.create_index(op.f("ix_events_visit_id"), "events", ["visit_id"], unique=False)
    op.create_table(
        "reader_cursors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("failed_position", NUMBER, nullable=True),
        sa.Column("failed_code", sa.String(), nullable=True),
        sa.Column("failed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reader_cursors")),
    )
    op.create_table(
        "worker_heartbeats",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_heartbeats")),
    )


def downgrade() -> None:
    op.drop_table("worker_heartbeats")
    op.drop_table("reader_cursors")
    op.drop_index(op.f("ix_events_visit_id"), table_name="events")
    op.drop_index(
        "ix_events_unsequenced",
        table_name="events",
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    op.drop_index(op.f("ix_events_technician_id"), table_name="events")
    op.drop_index(op.f("ix_events_promise_id"), table_name="events")
    op.drop_index(op.f("ix_events_order_id"), table_name="events")
    op.drop_index(op.f("ix_events_kind"), table_name="events")
    op.drop_index(op.f("ix_events_case_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("event_sequences")
    op.drop_index("ix_due_work_due", table_name="due_work")
    op.drop_table("due_work")
