"""Routes, stops, plans, offers and what was announced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("seed", NUMBER, nullable=False),
        sa.Column("budget_s", NUMBER, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "requested",
                "solving",
                "draft",
                "published",
                "stale",
                "discarded",
                "failed",
                name="planstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("read_versions", JSON, nullable=False),
        sa.Column("proposal", JSON, nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_plans_days_in_order")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_plans_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("territory_id", "request_key", name=op.f("uq_plans_territory_id_request_key")),
    )
    op.create_index(op.f("ix_plans_status"), "plans", ["status"], unique=False)
    op.create_index(op.f("ix_plans_territory_id"), "plans", ["territory_id"], unique=False)
    op.create_table(
        "territory_days",
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_territory_days_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_days")),
        sa.UniqueConstraint("territory_id", "day_on", name=op.f("uq_territory_days_territory_id_day_on")),
    )
    op.create_index(op.f("ix_territory_days_territory_id"), "territory_days", ["territory_id"], unique=False)
    op.create_table(
        "routes",
        sa.Column("shift_id", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("return_travel_s", NUMBER, nullable=False),
        sa.Column("break_start_at", INSTANT, nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_routes_shift_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_routes_technician_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_routes_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routes")),
        sa.UniqueConstraint("shift_id", name=op.f("uq_routes_shift_id")),
    )
    op.create_index(op.f("ix_routes_day_on"), "routes", ["day_on"], unique=False)
    op.create_index(op.f("ix_routes_technician_id"), "routes", ["technician_id"], unique=False)
    op.create_index(op.f("ix_routes_territory_id"), "routes", ["territory_id"], unique=False)
    op.create_table(
        "announcements",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("technician_id", NUMBER, nullable=True),
        sa.Column("contact_by_at", INSTANT, nullable=True),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("wanted_at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_announcements_window_in_order")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_announcements_technician_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_announcements_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint("visit_id", "number", name=op.f("uq_announcements_visit_id_number")),
    )
    op.create_index(op.f("ix_announcements_technician_id"), "announcements", ["technician_id"], unique=False)
    op.create_index(op.f("ix_announcements_visit_id"), "announcements", ["visit_id"], unique=False)
    op.create_table(
        "etas",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("arrive_at", INSTANT, nullable=False),
        sa.Column("computed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_etas_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_etas")),
    )
    op.create_table(
        "slot_offers",
        sa.Column("order_id", NUMBER, nullable=False),
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
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
        sa.Column("cost_s", NUMBER, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "shown",
                "held",
                "taken",
                "released",
                "expired",
                name="slotofferstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_slot_offers_window_in_order")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_slot_offers_order_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_slot_offers_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_offers")),
    )
    op.create_index("ix_slot_offers_status_expires_at", "slot_offers", ["status", "expires_at"], unique=False)
    op.create_index(op.f("ix_slot_offers_order_id"), "slot_offers", ["order_id"], unique=False)
    op.create_index(op.f("ix_slot_offers_visit_id"), "slot_offers", ["visit_id"], unique=False)
    op.create_index(
        "uq_slot_offers_one_hold_an_order",
        "slot_offers",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("status = 'held'"),
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_table(
        "stops",
        sa.Column("route_id", NUMBER, nullable=False),
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("attendance", NUMBER, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("arrive_at", INSTANT, nullable=False),
        sa.Column("start_at", INSTANT, nullable=False),
        sa.Column("finish_at", INSTANT, nullable=False),
        sa.Column("travel_s", NUMBER, nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_tentative", sa.Boolean(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("arrive_at <= start_at AND start_at <= finish_at", name=op.f("ck_stops_times_in_order")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_stops_position_counts_from_one")),
        sa.CheckConstraint("travel_s >= 0", name=op.f("ck_stops_travel_not_negative")),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name=op.f("fk_stops_route_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_stops_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
        sa.UniqueConstraint("route_id", "position", name=op.f("uq_stops_route_id_position")),
        sa.UniqueConstraint("visit_id", "attendance", name=op.f("uq_stops_visit_id_attendance")),
    )
    op.create_index(op.f("ix_stops_route_id"), "stops", ["route_id"], unique=False)
    op.create_index(op.f("ix_stops_visit_id"), "stops", ["visit_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_stops_visit_id"), table_name="stops")
    op.drop_index(op.f("ix_stops_route_id"), table_name="stops")
    op.drop_table("stops")
    op.drop_index(
        "uq_slot_offers_one_hold_an_order",
        table_name="slot_offers",
        sqlite_where=sa.text("status = 'held'"),
        postgresql_where=sa.text("status = 'held'"),
    )
    op.drop_index(op.f("ix_slot_offers_visit_id"), table_name="slot_offers")
    op.drop_index(op.f("ix_slot_offers_order_id"), table_name="slot_offers")
    op.drop_index("ix_slot_offers_status_expires_at", table_name="slot_offers")
    op.drop_table("slot_offers")
    op.drop_table("etas")
    op.drop_index(op.f("ix_announcements_visit_id"), table_name="announcements")
    op.drop_index(op.f("ix_announcements_technician_id"), table_name="announcements")
    op.drop_table("announcements")
    op.drop_index(op.f("ix_routes_territory_id"), table_name="routes")
    op.drop_index(op.f("ix_routes_technician_id"), table_name="routes")
    op.drop_index(op.f("ix_routes_day_on"), table_name="routes")
    op.drop_table("routes")
    op.drop_index(op.f("ix_territory_days_territory_id"), table_name="territory_days")
    op.drop_table("territory_days")
    op.drop_index(op.f("ix_plans_territory_id"), table_name="plans")
    op.drop_index(op.f("ix_plans_status"), table_name="plans")
    op.drop_table("plans")
