"""Conversations, templates and messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "message_templates",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_code", sa.String(), nullable=True),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "approval IN ('draft', 'submitted', 'approved', 'rejected')",
            name=op.f("ck_message_templates_approval_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_templates")),
        sa.UniqueConstraint("code", "language", "gateway", name=op.f("uq_message_templates_code_language_gateway")),
    )
    op.create_table(
        "conversations",
        sa.Column("handset", sa.String(), nullable=False),
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
        sa.Column("opted_out_at", INSTANT, nullable=True),
        sa.Column("open_question", sa.String(), nullable=True),
        sa.Column("open_order_id", NUMBER, nullable=True),
        sa.Column("open_visit_id", NUMBER, nullable=True),
        sa.Column("open_choices", JSON, nullable=False),
        sa.Column("open_until_at", INSTANT, nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint(
            "(open_question IS NULL) = (open_until_at IS NULL)", name=op.f("ck_conversations_question_has_an_end")
        ),
        sa.ForeignKeyConstraint(["open_order_id"], ["orders.id"], name=op.f("fk_conversations_open_order_id")),
        sa.ForeignKeyConstraint(["open_visit_id"], ["visits.id"], name=op.f("fk_conversations_open_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("handset", name=op.f("uq_conversations_handset")),
    )
    op.create_table(
        "messages",
        sa.Column("conversation_id", NUMBER, nullable=False),
        sa.Column("order_id", NUMBER, nullable=True),
        sa.Column("visit_id", NUMBER, nullable=True),
        sa.Column("case_id", NUMBER, nullable=True),
        sa.Column("promise_id", NUMBER, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
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
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "sending",
                "unknown",
                "accepted",
                "sent",
                "delivered",
                "undelivered",
                "failed",
                "superseded",
                "suppressed",
                "expired",
                name="messagestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("wanted_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("text_hash", sa.String(), nullable=True),
        sa.Column("parts", NUMBER, nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by", sa.String(), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.CheckConstraint("parts >= 1", name=op.f("ck_messages_parts_counted")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_messages_case_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_messages_order_id")),
        sa.ForeignKeyConstraint(["promise_id"], ["promises.id"], name=op.f("fk_messages_promise_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_messages_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_messages_dedupe_key")),
    )
    op.create_index(op.f("ix_messages_case_id"), "messages", ["case_id"], unique=False)
    op.create_index(op.f("ix_messages_conversation_id"), "messages", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_messages_expires_at"), "messages", ["expires_at"], unique=False)
    op.create_index(op.f("ix_messages_order_id"), "messages", ["order_id"], unique=False)
    op.create_index(op.f("ix_messages_promise_id"), "messages", ["promise_id"], unique=False)
    op.create_index(op.f("ix_messages_provider_id"), "messages", ["provider_id"], unique=False)
    op.create_index(op.f("ix_messages_status"), "messages", ["status"], unique=False)
    op.create_index(op.f("ix_messages_visit_id"), "messages", ["visit_id"], unique=False)
    op.create_table(
        "send_attempts",
        sa.Column("message_id", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_send_attempts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempts")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_send_attempts_message_id_number")),
    )
    op.create_index(op.f("ix_send_attempts_message_id"), "send_attempts", ["message_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_send_attempts_message_id"), table_name="send_attempts")
    op.drop_table("send_attempts")
    op.drop_index(op.f("ix_messages_visit_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_status"), table_name="messages")
    op.drop_index(op.f("ix_messages_provider_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_promise_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_order_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_expires_at"), table_name="messages")
    op.drop_index(op.f("ix_messages_conversation_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_case_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_table("conversations")
    op.drop_table("message_templates")
