"""Orders, their people, and visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("import_hash", sa.String(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "install",
                "move",
                "repair",
                "line_tuning",
                "follow_up",
                "recover",
                name="orderkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "withdrawing",
                "fulfilled",
                "infeasible",
                "withdrawn",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column(
            "priority",
            sa.Enum(
                "normal", "high", "emergency", name="priority", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "tier",
            sa.Enum("standard", "premium", name="tier", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
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
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("premises_id", NUMBER, nullable=False),
        sa.Column("old_premises_id", NUMBER, nullable=True),
        sa.Column("linked_order_id", NUMBER, nullable=True),
        sa.Column("incident_id", NUMBER, nullable=True),
        sa.Column("contracted_mbps", NUMBER, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "kind = 'move' OR old_premises_id IS NULL", name=op.f("ck_orders_only_a_move_leaves_a_place")
        ),
        sa.CheckConstraint("contracted_mbps > 0", name=op.f("ck_orders_rate_positive")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_orders_incident_id")),
        sa.ForeignKeyConstraint(["linked_order_id"], ["orders.id"], name=op.f("fk_orders_linked_order_id")),
        sa.ForeignKeyConstraint(["old_premises_id"], ["premises.id"], name=op.f("fk_orders_old_premises_id")),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name=op.f("fk_orders_premises_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_orders_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("external_id", name=op.f("uq_orders_external_id")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index(op.f("ix_orders_incident_id"), "orders", ["incident_id"], unique=False)
    op.create_index(op.f("ix_orders_linked_order_id"), "orders", ["linked_order_id"], unique=False)
    op.create_index(op.f("ix_orders_old_premises_id"), "orders", ["old_premises_id"], unique=False)
    op.create_index(op.f("ix_orders_premises_id"), "orders", ["premises_id"], unique=False)
    op.create_index(op.f("ix_orders_received_at"), "orders", ["received_at"], unique=False)
    op.create_index(op.f("ix_orders_status"), "orders", ["status"], unique=False)
    op.create_index(op.f("ix_orders_territory_id"), "orders", ["territory_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("order_id", NUMBER, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "subscriber",
                "on_site",
                "substitute",
                name="contactrole",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("is_landline", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
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
        sa.Column("consented_at", INSTANT, nullable=True),
        sa.Column("redacted_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_contacts_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("order_id", "role", name=op.f("uq_contacts_order_id_role")),
    )
    op.create_index(op.f("ix_contacts_order_id"), "contacts", ["order_id"], unique=False)
    op.create_index(op.f("ix_contacts_phone"), "contacts", ["phone"], unique=False)
    op.create_table(
        "visits",
        sa.Column("order_id", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "set_up",
                "recover",
                "repair",
                "tune",
                "follow_up",
                name="visitpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "booked",
                "scheduled",
                "sent",
                "accepted",
                "agreed",
                "en_route",
                "on_site",
                "completed",
                "not_completed",
                "cancelled",
                name="visitstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("premises_id", NUMBER, nullable=False),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("duration_s", NUMBER, nullable=False),
        sa.Column("release_at", INSTANT, nullable=True),
        sa.Column("wanted_from_at", INSTANT, nullable=True),
        sa.Column("wanted_until_at", INSTANT, nullable=True),
        sa.Column("booked_from_at", INSTANT, nullable=True),
        sa.Column("booked_until_at", INSTANT, nullable=True),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("agreed_at", INSTANT, nullable=True),
        sa.Column("appointed_at", INSTANT, nullable=True),
        sa.Column("set_off_at", INSTANT, nullable=True),
        sa.Column("arrived_at", INSTANT, nullable=True),
        sa.Column("left_at", INSTANT, nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "(booked_from_at IS NULL) = (booked_until_at IS NULL)", name=op.f("ck_visits_booked_both_or_neither")
        ),
        sa.CheckConstraint("booked_from_at < booked_until_at", name=op.f("ck_visits_booked_in_order")),
        sa.CheckConstraint("duration_s > 0", name=op.f("ck_visits_duration_positive")),
        sa.CheckConstraint("wanted_from_at < wanted_until_at", name=op.f("ck_visits_wanted_in_order")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_visits_order_id")),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name=op.f("fk_visits_premises_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_visits_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_visits_order_id_number")),
    )
    op.create_index(op.f("ix_visits_booked_from_at"), "visits", ["booked_from_at"], unique=False)
    op.create_index(op.f("ix_visits_order_id"), "visits", ["order_id"], unique=False)
    op.create_index(op.f("ix_visits_premises_id"), "visits", ["premises_id"], unique=False)
    op.create_index(op.f("ix_visits_status"), "visits", ["status"], unique=False)
    op.create_index(op.f("ix_visits_territory_id"), "visits", ["territory_id"], unique=False)
    op.create_table(
        "close_outs",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("is_completed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("checklist", JSON, nullable=False),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("consents", JSON, nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_close_outs_technician_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_close_outs_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_close_outs")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_close_outs_visit_id")),
    )
    op.create_index(op.f("ix_close_outs_technician_id"), "close_outs", ["technician_id"], unique=False)
    op.create_table(
        "contact_attempts",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("contact_id", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=True),
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
        sa.Column("tried_at", INSTANT, nullable=False),
        sa.Column(
            "band",
            sa.Enum("morning", "noon", "evening", name="band", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("call_record", sa.String(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_attempts_contact_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_contact_attempts_technician_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_contact_attempts_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts")),
        sa.UniqueConstraint("call_record", name=op.f("uq_contact_attempts_call_record")),
    )
    op.create_index(op.f("ix_contact_attempts_contact_id"), "contact_attempts", ["contact_id"], unique=False)
    op.create_index(op.f("ix_contact_attempts_technician_id"), "contact_attempts", ["technician_id"], unique=False)
    op.create_index(op.f("ix_contact_attempts_visit_id"), "contact_attempts", ["visit_id"], unique=False)
    op.create_table(
        "field_reports",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("device_at", INSTANT, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_field_reports_technician_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_field_reports_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_reports")),
        sa.UniqueConstraint("device_id", "sequence", name=op.f("uq_field_reports_device_id_sequence")),
    )
    op.create_index(op.f("ix_field_reports_technician_id"), "field_reports", ["technician_id"], unique=False)
    op.create_index(op.f("ix_field_reports_visit_id"), "field_reports", ["visit_id"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("score", NUMBER, nullable=True),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
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
        sa.Column("rated_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_ratings_score_in_range")),
        sa.CheckConstraint("score IS NOT NULL OR NOT is_fixed", name=op.f("ck_ratings_says_something")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_ratings_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_ratings_visit_id")),
    )
    op.create_table(
        "visit_skills",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("skill_id", NUMBER, nullable=False),
        sa.Column("level", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["skill_id"], ["skills.id"], name=op.f("fk_visit_skills_skill_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_skills_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "skill_id", name=op.f("pk_visit_skills")),
    )
    op.create_table(
        "readings",
        sa.Column("close_out_id", NUMBER, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "downlink_kbps",
                "uplink_kbps",
                "gpon_power_cdbm",
                "epon_power_cdbm",
                "online",
                name="readingkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", NUMBER, nullable=False),
        sa.Column("is_wired", sa.Boolean(), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["close_out_id"], ["close_outs.id"], name=op.f("fk_readings_close_out_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index(op.f("ix_readings_close_out_id"), "readings", ["close_out_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_readings_close_out_id"), table_name="readings")
    op.drop_table("readings")
    op.drop_table("visit_skills")
    op.drop_table("ratings")
    op.drop_index(op.f("ix_field_reports_visit_id"), table_name="field_reports")
    op.drop_index(op.f("ix_field_reports_technician_id"), table_name="field_reports")
    op.drop_table("field_reports")
    op.drop_index(op.f("ix_contact_attempts_visit_id"), table_name="contact_attempts")
    op.drop_index(op.f("ix_contact_attempts_technician_id"), table_name="contact_attempts")
    op.drop_index(op.f("ix_contact_attempts_contact_id"), table_name="contact_attempts")
    op.drop_table("contact_attempts")
    op.drop_index(op.f("ix_close_outs_technician_id"), table_name="close_outs")
    op.drop_table("close_outs")
    op.drop_index(op.f("ix_visits_territory_id"), table_name="visits")
    op.drop_index(op.f("ix_visits_status"), table_name="visits")
    op.drop_index(op.f("ix_visits_premises_id"), table_name="visits")
    op.drop_index(op.f("ix_visits_order_id"), table_name="visits")
    op.drop_index(op.f("ix_visits_booked_from_at"), table_name="visits")
    op.drop_table("visits")
    op.drop_index(op.f("ix_contacts_phone"), table_name="contacts")
    op.drop_index(op.f("ix_contacts_order_id"), table_name="contacts")
    op.drop_table("contacts")
    op.drop_index(op.f("ix_orders_territory_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_status"), table_name="orders")
    op.drop_index(op.f("ix_orders_received_at"), table_name="orders")
    op.drop_index(op.f("ix_orders_premises_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_old_premises_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_linked_order_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_incident_id"), table_name="orders")
    op.drop_table("orders")
