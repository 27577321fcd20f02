from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import SandboxMessage
from notifications.gateway import Accepted
from notifications.sandbox_gateway import SandboxGateway
from tests.outgoing_message import HANDSET, OUTGOING, outgoing

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def _rows(database: Database) -> list[SandboxMessage]:
    with database.read_session() as session:
        return list(session.scalars(select(SandboxMessage).order_by(SandboxMessage.id)))


def test_a_message_can_be_read_as_it_would_be_on_the_handset(database: Database) -> None:
    accepted = SandboxGateway(database, FixedClock(NOW)).send(OUTGOING)
    (row,) = _rows(database)
    assert accepted == Accepted(f"sandbox-{row.id}")
    assert (row.our_id, row.handset, row.text) == (48213, HANDSET, OUTGOING.text)
    assert (row.signature, row.template, row.accepted_at) == ("江苏联通", "order_received", NOW)


def test_a_repeat_is_taken_and_can_be_counted(database: Database) -> None:
    gateway = SandboxGateway(database)
    first, again = gateway.send(OUTGOING), gateway.send(outgoing(attempt=2))
    assert first != again
    assert [row.our_id for row in _rows(database)] == [48213, 48213]


def test_it_can_be_asked_by_our_id(database: Database) -> None:
    gateway = SandboxGateway(database, FixedClock(NOW))
    accepted = gateway.send(OUTGOING)
    gateway.send(outgoing(our_id=5))
    assert gateway.find(OUTGOING, since=NOW) == accepted
    assert gateway.find(outgoing(our_id=6), since=NOW) is None
    assert gateway.find(OUTGOING, since=NOW + timedelta(seconds=1)) is None


def test_several_threads_send_at_once(database: Database) -> None:
    gateway = SandboxGateway(database)
    with ThreadPoolExecutor(gateway.at_once) as pool:
        accepted = set(pool.map(lambda number: gateway.send(outgoing(our_id=number)), range(40)))
    assert len(accepted) == 40
    assert {row.our_id for row in _rows(database)} == set(range(40))


def test_it_is_as_well_as_the_database(database: Database) -> None:
    SandboxGateway(database).examine()
    with database.write_session() as session:
        session.execute(text("DROP TABLE sandbox_messages"))
    with pytest.raises(DBAPIError):
        SandboxGateway(database).examine()
