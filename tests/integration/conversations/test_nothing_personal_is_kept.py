"""After whole conversations: nobody's name, number, street or words stand where they cannot be redacted (R84)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import Column, Table, inspect, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Contact, InboundMessage, Premises, SandboxMessage
from dispatch.models.base import Base
from tests.conversing import play

TRANSCRIPTS = Path(__file__).resolve().parents[2] / "conversations"
#: a shorter text may be a word of ours too: "withdraw"
SHORTEST = 10


def personal_words(session: Session) -> set[str]:
    """What customers are called, where they live, how they are reached, and what they wrote."""
    words = {word for row in session.scalars(select(Contact)) for word in (row.name, row.phone, row.phone[3:])}
    words |= set(session.scalars(select(Premises.street)))
    words |= {text.strip() for text in session.scalars(select(InboundMessage.text)) if len(text.strip()) >= SHORTEST}
    return words - {""}


def impersonal_columns(database: Database) -> list[tuple[Table, Column[object]]]:
    """Every column of every table that is not marked as personal."""
    known = set(inspect(database.engine).get_table_names())
    tables = [table for table in Base.metadata.sorted_tables if table.name in known]
    return [(table, column) for table in tables for column in table.columns if not column.info.get("personal")]


@pytest.mark.parametrize("name", ["late_change_and_grumble", "unreached_somebody_else_answers", "british_operator"])
def test_nothing_personal_stands_outside_personal_columns(
    name: str, database: Database, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        play((TRANSCRIPTS / f"{name}.txt").read_text("utf-8"), database)
    with database.read_session() as session:
        words = personal_words(session)
        assert len(words) > 3
        found = {
            f"{table.name}.{column.name}: {word}"
            for table, column in impersonal_columns(database)
            for value in session.scalars(select(column))
            for word in words
            if word in str(value)
        }
        told = [row.text for row in session.scalars(select(SandboxMessage))]
        people = {word for row in session.scalars(select(Contact)) for word in (row.name, row.phone)}
        people |= set(session.scalars(select(Premises.street)))
    assert found == set()
    assert told
    assert not any(word in text for word in people - {""} for text in told)
    logged = caplog.text + "".join(capfd.readouterr())
    assert not any(word in logged for word in words)
