"""How surely a plan is to keep its windows, what of its forecast failed, and how late each stop may be told to be."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIKELY, NOT_NEGATIVE = "ck_plans_confidence_is_likely", "ck_stops_late_not_negative"


def upgrade() -> None:
    with op.batch_alter_table("plans") as table:
        table.add_column(sa.Column("confidence_permille", NUMBER))
        table.add_column(sa.Column("forecast_failed_code", sa.String()))
        table.add_column(sa.Column("remedies_failed_code", sa.String()))
        table.create_check_constraint(op.f(LIKELY), "confidence_permille BETWEEN 500 AND 999")
    with op.batch_alter_table("stops") as table:
        table.add_column(sa.Column("late_s", NUMBER))
        table.create_check_constraint(op.f(NOT_NEGATIVE), "late_s >= 0")


def downgrade() -> None:
    with op.batch_alter_table("stops") as table:
        table.drop_constraint(op.f(NOT_NEGATIVE), type_="check")
        table.drop_column("late_s")
    with op.batch_alter_table("plans") as table:
        table.drop_constraint(op.f(LIKELY), type_="check")
        for column in ("remedies_failed_code", "forecast_failed_code", "confidence_permille"):
            table.drop_column(column)
