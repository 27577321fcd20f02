"""What a customer had been asked when a message came from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("inbound_messages") as table:
        table.add_column(sa.Column("asked", JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("inbound_messages") as table:
        table.drop_column("asked")
