"""What customers write, what the sandbox takes, and what a message keeps once it is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

_MESSAGE_TEXTS = ("template", "gateway")


def upgrade() -> None:
    _add_tables()
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("unreachable_since", INSTANT, nullable=True))
    with op.batch_alter_table("operators") as table:
        table.add_column(sa.Column("signatures", JSON, nullable=False, server_default="{}"))
    op.add_column("orders", sa.Column("link_generation", NUMBER, nullable=False, server_default="1"))
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("params", JSON, nullable=False, server_default="{}"))
        table.add_column(sa.Column("announcement_id", NUMBER, nullable=True))
        table.add_column(sa.Column("sent_at", INSTANT, nullable=True))
        table.add_column(sa.Column("repeats", NUMBER, nullable=False, server_default="0"))
        for name in _MESSAGE_TEXTS:
            table.add_column(sa.Column(name, sa.String(), nullable=True))
        table.create_foreign_key(op.f("fk_messages_announcement_id"), "announcements", ["announcement_id"], ["id"])
        table.create_index(op.f("ix_messages_announcement_id"), ["announcement_id"])


def downgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.drop_index(op.f("ix_messages_announcement_id"))
        table.drop_constraint(op.f("fk_messages_announcement_id"), type_="foreignkey")
        for name in ("params", "announcement_id", "sent_at", "repeats", *_MESSAGE_TEXTS):
            table.drop_column(name)
    with op.batch_alter_table("orders") as table:
        table.drop_column("link_generation")
    with op.batch_alter_table("operators") as table:
        table.drop_column("signatures")
    with op.batch_alter_table("conversations") as table:
        table.drop_column("unreachable_since")
    op.drop_table("sandbox_messages")
    op.drop_table("inbound_messages")


def _add_tables() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("conversation_id", NUMBER, nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("meaning", sa.String(), nullable=True),
        sa.Column("handled_at", INSTANT, nullable=True),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_inbound_messages_conversation_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_inbound_messages_order_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_inbound_messages_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
        sa.UniqueConstraint("gateway", "provider_id", name=op.f("uq_inbound_messages_gateway_provider_id")),
    )
    op.create_index(
        op.f("ix_inbound_messages_conversation_id_handled_at"), "inbound_messages", ["conversation_id", "handled_at"]
    )
    op.create_index(op.f("ix_inbound_messages_order_id"), "inbound_messages", ["order_id"])
    op.create_index(op.f("ix_inbound_messages_visit_id"), "inbound_messages", ["visit_id"])
    op.create_table(
        "sandbox_messages",
        sa.Column("our_id", NUMBER, nullable=False),
        sa.Column("handset", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_messages")),
    )
    op.create_index(op.f("ix_sandbox_messages_our_id"), "sandbox_messages", ["our_id"])
    op.create_index(op.f("ix_sandbox_messages_handset"), "sandbox_messages", ["handset"])
