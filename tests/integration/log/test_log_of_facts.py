"""The log: every fact, once, in one order, whoever is slow and whoever dies."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import StrEnum
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.models import Event, ReaderCursor, Territory
from dispatch.rules import events as e
from dispatch.rules.events import FACTS, NotACode, RulesImported
from dispatch.services.append_event import append_event
from dispatch.services.follow_log import Reader, ReaderFailed, add_reader, follow_log, note_failure
from dispatch.services.sequence_events import sequence_events

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def fact(number: int) -> RulesImported:
    """A fact with a number of its own."""
    return RulesImported(occurred_at=AT, preset="jiangsu", added=number, effective_from=AT)


def note(session: Session, event: Event, _now: datetime) -> None:
    """An effect: a row for each event handled, which cannot be written twice."""
    session.add(Territory(code=f"seen-{event.payload['added']}", name=str(event.position), time_zone="UTC"))


NOTING = Reader("noting", (RulesImported,), note)


def effects(database: Database) -> list[str]:
    """The events handled, in the order of their positions."""
    with database.read_session() as session:
        rows = session.scalars(select(Territory).where(Territory.code.like("seen-%")).order_by(Territory.id))
        return [row.code.removeprefix("seen-") for row in rows]


def follow(database: Database, reader: Reader = NOTING, batch: int = 100) -> int:
    return run_use_case(database, lambda session: follow_log(session, reader, now=AT, batch=batch))


def test_nothing_is_skipped_and_nothing_applied_twice_with_slow_writers(database: Database) -> None:
    """Writers keep transactions open at random while sequencer and two readers run."""
    patient = Database(database.url, lock_timeout_s=30)
    run_use_case(patient, lambda session: add_reader(session, NOTING))
    done = threading.Event()
    numbers = random.Random(7)
    naps = [numbers.uniform(0, 0.05) for _ in range(60)]

    def write(number: int) -> None:
        with patient.write_session() as session:
            append_event(session, fact(number), now=AT)
            time.sleep(naps[number])  # committed long after its id was given

    def keep_following() -> None:
        while not done.is_set():
            run_use_case(patient, sequence_events)
            follow(patient, batch=7)

    with ThreadPoolExecutor(max_workers=10) as pool:
        followers = [pool.submit(keep_following) for _ in range(2)]
        list(pool.map(write, range(60)))
        done.set()
        for follower in followers:
            follower.result()
    run_use_case(patient, sequence_events)
    while follow(patient):
        pass
    patient.dispose()
    assert sorted(map(int, effects(database))) == list(range(60))
    with database.read_session() as session:
        positions = session.scalars(select(Event.position).order_by(Event.position)).all()
        assert positions == list(range(1, 61))


def test_an_open_transaction_is_waited_for_not_passed_by(postgres_url: str) -> None:
    """An event with a smaller id commits later: readers see it after, at a later position."""
    database = Database(postgres_url)
    with database.write_session() as slow:
        append_event(slow, fact(1), now=AT)
        with database.write_session() as quick:
            append_event(quick, fact(2), now=AT)
        assert run_use_case(database, sequence_events) == 1
    assert run_use_case(database, sequence_events) == 1
    with database.read_session() as session:
        by_position = session.scalars(select(Event).order_by(Event.position)).all()
        assert [event.payload["added"] for event in by_position] == [2, 1]
    database.dispose()


def test_a_reader_that_fails_applies_nothing_and_resumes(database: Database) -> None:
    with database.write_session() as session:
        add_reader(session, NOTING)
        for number in range(5):
            append_event(session, fact(number), now=AT)
    run_use_case(database, sequence_events)
    broken = True

    def fails_at_three(session: Session, event: Event, now: datetime) -> None:
        note(session, event, now)
        if broken and event.payload["added"] == 3:
            raise ValueError

    failing = Reader("noting", (RulesImported,), fails_at_three)
    with pytest.raises(ReaderFailed) as failed:
        follow(database, failing)
    assert (failed.value.position, failed.value.cause_code) == (4, "ValueError")
    assert effects(database) == []
    run_use_case(database, lambda session: note_failure(session, failed.value, machine_now=AT))
    assert follow(database, failing) == 3  # those before the one that fails
    with pytest.raises(ReaderFailed):
        follow(database, failing)
    broken = False
    assert [follow(database, failing) for _ in range(3)] == [1, 1, 0]
    assert effects(database) == ["0", "1", "2", "3", "4"]
    with database.read_session() as session:
        assert session.get_one(ReaderCursor, "noting").failed_code is None


def test_a_reader_passes_by_what_it_does_not_follow(database: Database) -> None:
    with database.write_session() as session:
        reader = Reader("other", (e.OrderReceived,), note)
        add_reader(session, reader)
        append_event(session, fact(1), now=AT)
    run_use_case(database, sequence_events)
    assert follow(database, reader) == 1
    assert effects(database) == []


def test_a_new_reader_begins_at_the_beginning(database: Database) -> None:
    with database.write_session() as session:
        append_event(session, fact(1), now=AT)
    run_use_case(database, sequence_events)
    run_use_case(database, lambda session: add_reader(session, NOTING))
    assert follow(database) == 1
    run_use_case(database, lambda session: add_reader(session, NOTING))  # known already
    assert follow(database) == 0


def test_a_fact_that_is_rolled_back_never_happened(database: Database) -> None:
    def fails(session: Session) -> None:
        append_event(session, fact(1), now=AT)
        raise LookupError

    with pytest.raises(LookupError):
        run_use_case(database, fails)
    assert run_use_case(database, sequence_events) == 0


# --- personal data stays out ------------------------------------------------------------

ALLOWED = {int, bool, datetime, date, type(None)}


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_a_fact_can_hold_ids_codes_and_times_only(kind: str) -> None:
    """R84: by type. Free text has no place in any fact; codes are checked as they are written."""
    hints = get_type_hints(FACTS[kind])
    for item in fields(FACTS[kind]):
        hint = hints[item.name]
        parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        for part in parts:
            assert part in ALLOWED or part is str or issubclass(part, StrEnum), item.name


@pytest.mark.parametrize(
    "text", ["Zhang San", "+8613900000001", "13900000001", "张三", "Road 1, Nanjing", "", "Wang", "a" * 81]
)
def test_what_is_no_code_is_refused(database: Database, text: str) -> None:
    leak = e.OrderInfeasible(occurred_at=AT, order_id=1, reason=text, excused=False)
    with pytest.raises(NotACode) as refused, database.write_session() as session:
        append_event(session, leak, now=AT)
    assert refused.value.field == "reason"
    assert text not in str(refused.value) or not text


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = e.OrderFulfilled(occurred_at=datetime(2026, 11, 24, 9), order_id=1)  # noqa: DTZ001 - the point
    with pytest.raises(NotACode), database.write_session() as session:
        append_event(session, naive, now=AT)
