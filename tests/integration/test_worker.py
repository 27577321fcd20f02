"""Due work: claimed once, done once, taken over, parked, and never silently lost."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.models import DueWork, Territory, WorkerHeartbeat
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.perform_due_work import Handler, perform_due_work
from dispatch.services.schedule_work import schedule_work
from dispatch.settings import Settings
from web.worker import Worker

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@dataclass
class TurnableClock:
    """A machine clock that the test turns."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def note(session: Session, key: str, _now: datetime) -> None:
    """Work whose effect cannot happen twice."""
    session.add(Territory(code=key, name=key, time_zone="UTC"))


def fail(_session: Session, _key: str, _now: datetime) -> None:
    """Work that never succeeds."""
    raise LookupError


HANDLERS: Mapping[str, Handler] = {"note": note, "fail": fail}


def schedule(database: Database, kind: str, key: str, due_at: datetime | None = NOW) -> None:
    run_use_case(database, lambda session: schedule_work(session, kind, key, due_at))


def claim(database: Database, machine_now: datetime = NOW, limit: int = 20) -> list[Claim]:
    return run_use_case(
        database,
        lambda session: claim_due_work(
            session, business_now=NOW, machine_now=machine_now, lease=LEASE, kinds=list(HANDLERS), limit=limit
        ),
    )


def perform(database: Database, claimed: Claim) -> bool:
    return run_use_case(database, lambda session: perform_due_work(session, claimed, HANDLERS, now=NOW))


def done(database: Database) -> list[str]:
    with database.read_session() as session:
        return list(session.scalars(select(Territory.code).order_by(Territory.code)))


def left(database: Database) -> list[DueWork]:
    with database.read_session() as session:
        return list(session.scalars(select(DueWork).order_by(DueWork.id)))


def worker(database: Database, machine: TurnableClock) -> Worker:
    settings = Settings(database_url="sqlite://", attempts_before_parking=3)
    return Worker(database, settings, now=NOW, machine=machine, handlers=HANDLERS, readers=())


def test_many_workers_do_each_piece_of_work_once(database: Database) -> None:
    patient = Database(database.url, lock_timeout_s=30)
    for number in range(60):
        schedule(patient, "note", f"{number:02}")

    def work(_number: int) -> None:
        while claims := claim(patient, limit=4):
            for claimed in claims:
                perform(patient, claimed)

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(work, range(8)))
    patient.dispose()
    assert done(database) == [f"{number:02}" for number in range(60)]
    assert left(database) == []


def test_nothing_is_done_before_it_is_due(database: Database) -> None:
    schedule(database, "note", "later", NOW + timedelta(seconds=1))
    assert claim(database) == []


def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(database: Database) -> None:
    schedule(database, "note", "a")
    (first,) = claim(database)
    assert claim(database) == []
    (second,) = claim(database, NOW + LEASE)
    assert not perform(database, first)  # it was taken over
    assert perform(database, second)
    assert done(database) == ["a"]
    assert second.attempts == 2


def test_scheduling_anew_takes_the_work_out_of_a_workers_hands(database: Database) -> None:
    schedule(database, "note", "a")
    (claimed,) = claim(database)
    schedule(database, "note", "a", NOW + timedelta(hours=1))
    assert not perform(database, claimed)
    assert [row.due_at for row in left(database)] == [NOW + timedelta(hours=1)]


def test_scheduling_for_no_time_takes_the_work_away(database: Database) -> None:
    schedule(database, "note", "a")
    schedule(database, "note", "a", None)
    assert left(database) == []


def test_failed_work_waits_longer_each_time_and_is_parked_for_a_person(database: Database) -> None:
    clock = TurnableClock()
    running = worker(database, clock)
    schedule(database, "fail", "a")
    schedule(database, "note", "b")
    waits = []
    for _ in range(3):
        running.do_due_work()
        (row,) = left(database)
        assert row.leased_until is not None
        waits.append((row.leased_until - clock.at).total_seconds())
        assert running.do_due_work() == 0
        clock.at = row.leased_until
    assert waits == [2, 4, 8]
    assert done(database) == ["b"]  # the failing one stopped nobody
    assert row.parked_at is not None
    assert row.failed_code == "LookupError"
    assert running.do_due_work() == 0
    assert running.failures() == ["fail a: LookupError"]


def test_work_of_an_unknown_kind_is_left_for_a_newer_program(database: Database) -> None:
    schedule(database, "from_the_future", "a")
    worker(database, TurnableClock()).do_due_work()
    assert [(row.kind, row.attempts) for row in left(database)] == [("from_the_future", 0)]


def test_until_idle_waits_for_work_in_other_hands(database: Database) -> None:
    """Idle means that nothing is due, not that somebody else is busy with it."""
    clock = TurnableClock()
    schedule(database, "note", "a")
    claim(database)
    running = worker(database, clock)
    timer = threading.Timer(0.3, lambda: setattr(clock, "at", NOW + LEASE))
    timer.start()
    running.until_idle()
    timer.join()
    assert done(database) == ["a"]


def test_a_worker_says_that_it_is_alive(database: Database) -> None:
    clock = TurnableClock()
    running = worker(database, clock)
    running.beat()
    clock.at = NOW + timedelta(seconds=10)
    running.beat()
    with database.read_session() as session:
        (row,) = session.scalars(select(WorkerHeartbeat)).all()
        assert (row.started_at, row.seen_at) == (NOW, clock.at)


def test_an_idle_worker_has_nothing_to_do(database: Database) -> None:
    assert worker(database, TurnableClock()).until_idle() == 0
