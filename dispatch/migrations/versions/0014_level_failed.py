"""Why a plan does not keep its windows as surely as was asked, where the search for that failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("plans") as table:
        table.add_column(sa.Column("level_failed_code", sa.String()))


def downgrade() -> None:
    with op.batch_alter_table("plans") as table:
        table.drop_column("level_failed_code")
