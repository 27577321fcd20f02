"""The operator, the clock and what was geocoded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "business_clocks",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("epoch_machine_at", INSTANT, nullable=False),
        sa.Column("epoch_business_at", INSTANT, nullable=False),
        sa.Column("rate_permille", NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_business_clocks_only_one")),
        sa.CheckConstraint("rate_permille >= 0", name=op.f("ck_business_clocks_never_backwards")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_clocks")),
    )
    op.create_table(
        "geocode_entries",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column(
            "datum",
            sa.Enum("WGS84", "GCJ02", "BD09", name="datum", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_geocode_entries")),
        sa.UniqueConstraint("provider", "address_hash", name=op.f("uq_geocode_entries_provider_address_hash")),
    )
    op.create_table(
        "holiday_overrides",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_overrides")),
        sa.UniqueConstraint("day_on", name=op.f("uq_holiday_overrides_day_on")),
    )
    op.create_table(
        "operators",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("phone_region", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("preset", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_operators_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
    )


def downgrade() -> None:
    op.drop_table("operators")
    op.drop_table("holiday_overrides")
    op.drop_table("geocode_entries")
    op.drop_table("business_clocks")
