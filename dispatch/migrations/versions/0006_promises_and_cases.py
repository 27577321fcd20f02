"""Promise rules, promises, compensations and cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "promise_rules",
        sa.Column("preset", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "install",
                "move",
                "repair",
                "line_tuning",
                "follow_up",
                "acceptance",
                "contact",
                "arrival",
                "withdrawal_check",
                "withdrawal_close",
                "callback",
                "complaint_reply",
                "complaint_answer",
                "dispute_answer",
                name="promisekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("terms", JSON, nullable=False),
        sa.Column("effective_from", INSTANT, nullable=False),
        sa.Column("effective_until", INSTANT, nullable=True),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "effective_until IS NULL OR effective_from < effective_until", name=op.f("ck_promise_rules_period_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_rules")),
        sa.UniqueConstraint("code", "effective_from", name=op.f("uq_promise_rules_code_effective_from")),
    )
    op.create_table(
        "cases",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "question",
                "complaint",
                "exception",
                "dispute",
                name="casekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "waiting",
                "resolved",
                "reopened",
                name="casestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.Column("promise_id", NUMBER, nullable=True),
        sa.Column("owner_id", NUMBER, nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "sms",
                "voice",
                "page",
                "console",
                "phone",
                "api",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("waiting_for", sa.String(), nullable=True),
        sa.Column("contacts", NUMBER, nullable=False),
        sa.Column("hand_overs", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("contacts >= 0", name=op.f("ck_cases_contacts_counted")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_cases_order_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_cases_owner_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_cases_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(op.f("ix_cases_order_id"), "cases", ["order_id"], unique=False)
    op.create_index(op.f("ix_cases_owner_id"), "cases", ["owner_id"], unique=False)
    op.create_index(op.f("ix_cases_promise_id"), "cases", ["promise_id"], unique=False)
    op.create_index(op.f("ix_cases_status"), "cases", ["status"], unique=False)
    op.create_index(op.f("ix_cases_visit_id"), "cases", ["visit_id"], unique=False)
    op.create_table(
        "case_remarks",
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_remarks_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_remarks")),
    )
    op.create_index(op.f("ix_case_remarks_case_id"), "case_remarks", ["case_id"], unique=False)
    op.create_table(
        "promises",
        sa.Column("rule_id", NUMBER, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "install",
                "move",
                "repair",
                "line_tuning",
                "follow_up",
                "acceptance",
                "contact",
                "arrival",
                "withdrawal_check",
                "withdrawal_close",
                "callback",
                "complaint_reply",
                "complaint_answer",
                "dispute_answer",
                name="promisekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("occasion", NUMBER, nullable=False),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("start_at", INSTANT, nullable=False),
        sa.Column("first_due_at", INSTANT, nullable=False),
        sa.Column("first_from_at", INSTANT, nullable=True),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("clock", JSON, nullable=False),
        sa.Column("pauses", JSON, nullable=False),
        sa.Column("grace_s", NUMBER, nullable=False),
        sa.Column("early_by_s", NUMBER, nullable=False),
        sa.Column("tolerance_s", NUMBER, nullable=False),
        sa.Column("notice_s", NUMBER, nullable=True),
        sa.Column("plan_by_at", INSTANT, nullable=True),
        sa.Column("warn_at", INSTANT, nullable=True),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "paused",
                "due_passed",
                "kept",
                "broken",
                "void",
                name="promisestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("met_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("paused_since", INSTANT, nullable=True),
        sa.Column("paused_s", NUMBER, nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "ours",
                "our_resources",
                "contractor",
                "third_party",
                "customer",
                "force_majeure",
                name="breakcause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "breach",
            sa.Enum(
                "late",
                "never_met",
                "early_without_consent",
                name="breach",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(status = 'broken') = (breach IS NOT NULL)", name=op.f("ck_promises_broken_has_breach")),
        sa.CheckConstraint("(status = 'broken') = (cause IS NOT NULL)", name=op.f("ck_promises_broken_has_cause")),
        sa.CheckConstraint("status <> 'kept' OR met_at IS NOT NULL", name=op.f("ck_promises_kept_was_met")),
        sa.CheckConstraint(
            "(CASE WHEN order_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN visit_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_promises_exactly_one_subject"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_promises_case_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_promises_order_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["promise_rules.id"], name=op.f("fk_promises_rule_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_promises_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("case_id", "kind", "occasion", name=op.f("uq_promises_case_id_kind_occasion")),
        sa.UniqueConstraint("order_id", "kind", "occasion", name=op.f("uq_promises_order_id_kind_occasion")),
        sa.UniqueConstraint("visit_id", "kind", "occasion", name=op.f("uq_promises_visit_id_kind_occasion")),
    )
    op.create_index(op.f("ix_promises_due_at"), "promises", ["due_at"], unique=False)
    op.create_index("ix_promises_kind_status", "promises", ["kind", "status"], unique=False)
    op.create_index(op.f("ix_promises_rule_id"), "promises", ["rule_id"], unique=False)
    op.create_table(
        "compensations",
        sa.Column("promise_id", NUMBER, nullable=False),
        sa.Column("step", NUMBER, nullable=False),
        sa.Column("amount_minor", NUMBER, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "ours",
                "our_resources",
                "contractor",
                "third_party",
                "customer",
                "force_majeure",
                name="breakcause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "approved",
                "told",
                "credited",
                "withdrawn",
                name="compensationstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_compensations_amount_positive")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_compensations_promise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compensations")),
        sa.UniqueConstraint("promise_id", "step", name=op.f("uq_compensations_promise_id_step")),
    )
    op.create_index(op.f("ix_compensations_promise_id"), "compensations", ["promise_id"], unique=False)
    op.create_index(op.f("ix_compensations_status"), "compensations", ["status"], unique=False)
    op.create_table(
        "promise_entries",
        sa.Column("promise_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "early_allowed",
                "window_chosen",
                "time_agreed",
                "window_told",
                "resumed",
                "paused",
                "met",
                "called_off",
                "voided",
                "attributed",
                "retracted",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("from_at", INSTANT, nullable=True),
        sa.Column("until_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_promise_entries_event_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_promise_entries_promise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_entries")),
        sa.UniqueConstraint("promise_id", "event_id", "kind", name=op.f("uq_promise_entries_promise_id_event_id_kind")),
    )
    op.create_index(op.f("ix_promise_entries_event_id"), "promise_entries", ["event_id"], unique=False)
    op.create_index(op.f("ix_promise_entries_promise_id"), "promise_entries", ["promise_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_promise_entries_promise_id"), table_name="promise_entries")
    op.drop_index(op.f("ix_promise_entries_event_id"), table_name="promise_entries")
    op.drop_table("promise_entries")
    op.drop_index(op.f("ix_compensations_status"), table_name="compensations")
    op.drop_index(op.f("ix_compensations_promise_id"), table_name="compensations")
    op.drop_table("compensations")
    op.drop_index(op.f("ix_promises_rule_id"), table_name="promises")
    op.drop_index("ix_promises_kind_status", table_name="promises")
    op.drop_index(op.f("ix_promises_due_at"), table_name="promises")
    op.drop_table("promises")
    op.drop_index(op.f("ix_case_remarks_case_id"), table_name="case_remarks")
    op.drop_table("case_remarks")
    op.drop_index(op.f("ix_cases_visit_id"), table_name="cases")
    op.drop_index(op.f("ix_cases_status"), table_name="cases")
    op.drop_index(op.f("ix_cases_promise_id"), table_name="cases")
    op.drop_index(op.f("ix_cases_owner_id"), table_name="cases")
    op.drop_index(op.f("ix_cases_order_id"), table_name="cases")
    op.drop_table("cases")
    op.drop_table("promise_rules")
