"""Wrong codes are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guess_counts",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("wrong", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("wrong >= 1", name=op.f("ck_guess_counts_wrong_counted")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_guess_counts")),
    )


def downgrade() -> None:
    op.drop_table("guess_counts")
