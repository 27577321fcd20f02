"""Field reports with their outcome, photos, disruptions, sign-ins and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def code(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    with op.batch_alter_table("visits") as table:
        table.add_column(sa.Column("sent_at", INSTANT))
    with op.batch_alter_table("field_reports") as table:
        table.add_column(sa.Column("outcome", code("reportoutcome", "applied", "known", "conflict")))
        table.add_column(sa.Column("outcome_reason", sa.String()))
        table.add_column(sa.Column("case_id", NUMBER))
        table.create_foreign_key(op.f("fk_field_reports_case_id"), "cases", ["case_id"], ["id"])
        table.create_index(op.f("ix_field_reports_outcome"), ["outcome"])
    with op.batch_alter_table("close_outs") as table:
        table.add_column(sa.Column("needs", JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("is_trip_credited", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "photos",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_photos_visit_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_photos_technician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("visit_id", "digest", name=op.f("uq_photos_visit_id_digest")),
    )
    op.create_index(op.f("ix_photos_visit_id"), "photos", ["visit_id"])
    op.create_index(op.f("ix_photos_technician_id"), "photos", ["technician_id"])
    _disruptions()
    _sign_ins()


def _disruptions() -> None:
    kinds = ("absent", "overrun", "emergency", "diverted", "unaccepted")
    op.create_table(
        "disruptions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", code("disruptionkind", *kinds), nullable=False),
        sa.Column("status", code("disruptionstatus", "reported", "repairing", "undecided", "settled"), nullable=False),
        sa.Column("status_reason", sa.String()),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER),
        sa.Column("visit_id", NUMBER),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("from_at", INSTANT),
        sa.Column("until_at", INSTANT),
        sa.Column("plan_id", NUMBER),
        sa.Column("case_id", NUMBER),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_disruptions_in_order")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_disruptions_territory_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_disruptions_technician_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_disruptions_visit_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_disruptions_plan_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_disruptions_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disruptions")),
    )
    for column in ("status", "territory_id", "technician_id", "visit_id", "plan_id", "case_id"):
        op.create_index(op.f(f"ix_disruptions_{column}"), "disruptions", [column])


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", NUMBER),
        sa.Column("technician_id", NUMBER),
        sa.Column("signed_in_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.CheckConstraint("(user_id IS NULL) <> (technician_id IS NULL)", name=op.f("ck_sign_ins_one_person")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_sign_ins_technician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    for column in ("user_id", "technician_id", "expires_at"):
        op.create_index(op.f(f"ix_sign_ins_{column}"), "sign_ins", [column])
    op.create_table(
        "sign_in_codes",
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_sign_in_codes_technician_id")),
        sa.PrimaryKeyConstraint("technician_id", name=op.f("pk_sign_in_codes")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String()),
        sa.Column("was_allowed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    for column in ("at", "actor", "subject"):
        op.create_index(op.f(f"ix_audit_entries_{column}"), "audit_entries", [column])


def downgrade() -> None:
    for table in ("audit_entries", "sign_in_codes", "sign_ins", "disruptions", "photos"):
        op.drop_table(table)
    with op.batch_alter_table("close_outs") as batch:
        batch.drop_column("is_trip_credited")
        batch.drop_column("needs")
    with op.batch_alter_table("field_reports") as batch:
        batch.drop_index(op.f("ix_field_reports_outcome"))
        batch.drop_constraint(op.f("fk_field_reports_case_id"), type_="foreignkey")
        batch.drop_column("case_id")
        batch.drop_column("outcome_reason")
        batch.drop_constraint(op.f("ck_field_reports_reportoutcome"), type_="check")
        batch.drop_column("outcome")
    with op.batch_alter_table("visits") as batch:
        batch.drop_column("sent_at")
