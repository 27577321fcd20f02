"""Territories, communities, premises; staff, technicians and their shifts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contractors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractors")),
        sa.UniqueConstraint("name", name=op.f("uq_contractors_name")),
    )
    op.create_table(
        "skills",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skills")),
        sa.UniqueConstraint("code", name=op.f("uq_skills_code")),
    )
    op.create_table(
        "territories",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
        sa.UniqueConstraint("code", name=op.f("uq_territories_code")),
    )
    op.create_table(
        "users",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "communities",
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_serviceable", sa.Boolean(), nullable=False),
        sa.Column("premium_from_on", sa.Date(), nullable=True),
        sa.Column("network_element", sa.String(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_communities_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communities")),
        sa.UniqueConstraint("territory_id", "name", name=op.f("uq_communities_territory_id_name")),
    )
    op.create_index(op.f("ix_communities_territory_id"), "communities", ["territory_id"], unique=False)
    op.create_table(
        "grants",
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "dispatcher",
                "agent",
                "viewer",
                "contractor",
                "technician",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("territory_id", NUMBER, nullable=True),
        sa.Column("contractor_id", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "role <> 'contractor' OR contractor_id IS NOT NULL", name=op.f("ck_grants_contractor_named")
        ),
        sa.CheckConstraint("territory_id IS NULL OR contractor_id IS NULL", name=op.f("ck_grants_one_scope")),
        sa.ForeignKeyConstraint(["contractor_id"], ["contractors.id"], name=op.f("fk_grants_contractor_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_grants_territory_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint(
            "user_id",
            "role",
            "territory_id",
            "contractor_id",
            name=op.f("uq_grants_user_id_role_territory_id_contractor_id"),
        ),
    )
    op.create_index(op.f("ix_grants_user_id"), "grants", ["user_id"], unique=False)
    op.create_table(
        "technicians",
        sa.Column("badge", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("photo", sa.String(), nullable=True),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("contractor_id", NUMBER, nullable=True),
        sa.Column("home_lat", sa.Double(), nullable=True),
        sa.Column("home_lon", sa.Double(), nullable=True),
        sa.Column(
            "datum",
            sa.Enum("WGS84", "GCJ02", "BD09", name="datum", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("device_id", sa.String(), nullable=True),
        sa.Column("heard_at", INSTANT, nullable=True),
        sa.Column("import_hash", sa.String(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(home_lat IS NULL) = (home_lon IS NULL)", name=op.f("ck_technicians_home_both_or_neither")),
        sa.ForeignKeyConstraint(["contractor_id"], ["contractors.id"], name=op.f("fk_technicians_contractor_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_technicians_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technicians")),
        sa.UniqueConstraint("badge", name=op.f("uq_technicians_badge")),
        sa.UniqueConstraint("device_id", name=op.f("uq_technicians_device_id")),
    )
    op.create_index(op.f("ix_technicians_contractor_id"), "technicians", ["contractor_id"], unique=False)
    op.create_index(op.f("ix_technicians_territory_id"), "technicians", ["territory_id"], unique=False)
    op.create_table(
        "absences",
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("from_at < until_at", name=op.f("ck_absences_in_order")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_absences_technician_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_technician_id"), "absences", ["technician_id"], unique=False)
    op.create_table(
        "incidents",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("community_id", NUMBER, nullable=True),
        sa.Column("network_element", sa.String(), nullable=True),
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
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("started_at < ended_at", name=op.f("ck_incidents_in_order")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_incidents_community_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_incidents_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("code", name=op.f("uq_incidents_code")),
    )
    op.create_index(op.f("ix_incidents_community_id"), "incidents", ["community_id"], unique=False)
    op.create_index(op.f("ix_incidents_territory_id"), "incidents", ["territory_id"], unique=False)
    op.create_table(
        "premises",
        sa.Column("community_id", NUMBER, nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("house_number", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column(
            "datum",
            sa.Enum("WGS84", "GCJ02", "BD09", name="datum", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_premises_both_or_neither")),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name=op.f("ck_premises_lat_in_range")),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name=op.f("ck_premises_lon_in_range")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_premises_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premises")),
        sa.UniqueConstraint("external_id", name=op.f("uq_premises_external_id")),
    )
    op.create_index(op.f("ix_premises_community_id"), "premises", ["community_id"], unique=False)
    op.create_table(
        "shifts",
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("territory_id", NUMBER, nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("break_s", NUMBER, nullable=False),
        sa.Column("break_from_at", INSTANT, nullable=True),
        sa.Column("break_until_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("break_s >= 0", name=op.f("ck_shifts_break_not_negative")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_shifts_in_order")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_shifts_technician_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territories.id"], name=op.f("fk_shifts_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("technician_id", "starts_at", name=op.f("uq_shifts_technician_id_starts_at")),
    )
    op.create_index(op.f("ix_shifts_day_on"), "shifts", ["day_on"], unique=False)
    op.create_index(op.f("ix_shifts_technician_id"), "shifts", ["technician_id"], unique=False)
    op.create_index(op.f("ix_shifts_territory_id"), "shifts", ["territory_id"], unique=False)
    op.create_table(
        "technician_skills",
        sa.Column("technician_id", NUMBER, nullable=False),
        sa.Column("skill_id", NUMBER, nullable=False),
        sa.Column("level", NUMBER, nullable=False),
        sa.Column("certified_until_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["skill_id"], ["skills.id"], name=op.f("fk_technician_skills_skill_id")),
        sa.ForeignKeyConstraint(["technician_id"], ["technicians.id"], name=op.f("fk_technician_skills_technician_id")),
        sa.PrimaryKeyConstraint("technician_id", "skill_id", name=op.f("pk_technician_skills")),
    )


def downgrade() -> None:
    op.drop_table("technician_skills")
    op.drop_index(op.f("ix_shifts_territory_id"), table_name="shifts")
    op.drop_index(op.f("ix_shifts_technician_id"), table_name="shifts")
    op.drop_index(op.f("ix_shifts_day_on"), table_name="shifts")
    op.drop_table("shifts")
    op.drop_index(op.f("ix_premises_community_id"), table_name="premises")
    op.drop_table("premises")
    op.drop_index(op.f("ix_incidents_territory_id"), table_name="incidents")
    op.drop_index(op.f("ix_incidents_community_id"), table_name="incidents")
    op.drop_table("incidents")
    op.drop_index(op.f("ix_absences_technician_id"), table_name="absences")
    op.drop_table("absences")
    op.drop_index(op.f("ix_technicians_territory_id"), table_name="technicians")
    op.drop_index(op.f("ix_technicians_contractor_id"), table_name="technicians")
    op.drop_table("technicians")
    op.drop_index(op.f("ix_grants_user_id"), table_name="grants")
    op.drop_table("grants")
    op.drop_index(op.f("ix_communities_territory_id"), table_name="communities")
    op.drop_table("communities")
    op.drop_table("users")
    op.drop_table("territories")
    op.drop_table("skills")
    op.drop_table("contractors")
