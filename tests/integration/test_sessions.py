"""Use cases: what is tried again, what is not, and who waits for whom."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from dispatch.db import RETRIES, Database, LockOrderViolated, is_passing, lock, run_use_case
from dispatch.models import Order, Promise, Technician, Territory, TerritoryDay, Visit
from dispatch.rules.vocabulary import OrderKind
from dispatch.services.lock_territory_day import lock_territory_days
from tests.world import World

DAY = date(2026, 11, 24)


def test_two_hundred_writers_on_one_territory_day_each_count_once(database: Database) -> None:
    world = World(database)
    patient = Database(database.url, lock_timeout_s=30)
    territory_id = world.ids["territory"]

    def write(_number: int) -> None:
        run_use_case(patient, lambda session: lock_territory_days(session, territory_id, [DAY]))

    with ThreadPoolExecutor(max_workers=24) as pool:
        list(pool.map(write, range(200)))
    patient.dispose()
    with database.read_session() as session:
        assert session.scalars(select(TerritoryDay.version)).all() == [200]


def test_a_use_case_that_meets_a_newer_version_runs_again_on_it(database: Database) -> None:
    """Two read the same version; the one that loses starts anew and loses nothing."""
    world = World(database)
    order_id = world.order(OrderKind.REPAIR, "2026-11-24 09:00")
    runs: list[int] = []

    def note(session: Session) -> None:
        order = session.get_one(Order, order_id)
        runs.append(order.version)
        if len(runs) == 1:  # somebody else comes first
            session.execute(text("UPDATE orders SET note = 'theirs; ', version = version + 1"))
        order.note = order.note + "mine"

    world.do(note)
    with database.read_session() as session:
        order = session.get_one(Order, order_id)
        # their change was rolled back with ours on the same connection: what counts is that we ran on a fresh version
        assert order.note == "mine"
    assert len(runs) == 2


@pytest.mark.parametrize("url", ["postgres_url"])
def test_a_provoked_deadlock_is_tried_again(url: str, request: pytest.FixtureRequest) -> None:
    """Two use cases take the same two rows the wrong way round; both get through."""
    database = Database(request.getfixturevalue(url))
    with database.write_session() as session:
        session.add_all([Territory(code=code, name=code, time_zone="UTC") for code in ("A", "B")])
    meet = threading.Barrier(2, timeout=10)
    first_runs = threading.local()
    runs: list[str] = []

    def rename(first: str, second: str) -> None:
        def use_case(session: Session) -> None:
            runs.append(first)
            for code in (first, second):
                row = session.scalars(select(Territory).where(Territory.code == code).with_for_update()).one()
                row.name += "!"
                session.flush()
                if code == first and not getattr(first_runs, "met", False):
                    first_runs.met = True
                    meet.wait()

        run_use_case(database, use_case)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(rename, ("A", "B"), ("B", "A")))
    with database.read_session() as session:
        assert session.scalars(select(Territory.name).order_by(Territory.code)).all() == ["A!!", "B!!"]
    assert len(runs) == 3
    database.dispose()


def test_a_busy_database_is_tried_again_and_then_given_up(database: Database) -> None:
    """The wait is bounded: after the retries the caller hears of it."""
    world = World(database)
    territory_id = world.ids["territory"]
    world.do(lambda session: lock_territory_days(session, territory_id, [DAY]))
    hasty = Database(database.url, lock_timeout_s=0.05)
    tries: list[int] = []

    def use_case(session: Session) -> None:
        tries.append(1)
        lock_territory_days(session, territory_id, [DAY])

    with database.write_session() as holder:
        lock_territory_days(holder, territory_id, [DAY])
        with pytest.raises(DBAPIError) as given_up:
            run_use_case(hasty, use_case)
    assert is_passing(given_up.value)
    assert len(tries) in (0, 1 + RETRIES)  # SQLite refuses before the use case begins
    run_use_case(hasty, use_case)
    hasty.dispose()


def test_an_error_of_ours_is_not_tried_again(database: Database) -> None:
    tries: list[int] = []

    def twice_the_same(session: Session) -> None:
        tries.append(1)
        session.add_all([Territory(code="A", name="A", time_zone="UTC") for _ in range(2)])

    with pytest.raises(IntegrityError):
        run_use_case(database, twice_the_same)
    assert len(tries) == 1


def test_nothing_is_half_done(database: Database) -> None:
    def fails_late(session: Session) -> None:
        session.add(Territory(code="A", name="A", time_zone="UTC"))
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        run_use_case(database, fails_late)
    with database.read_session() as session:
        assert session.scalars(select(Territory)).all() == []


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read_session() as session:
        session.add(Territory(code="A", name="A", time_zone="UTC"))
        with pytest.raises(DBAPIError):
            session.flush()
    with database.write_session() as session:  # the connection is fit to write again
        session.add(Territory(code="A", name="A", time_zone="UTC"))


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read_session() as reader:
        assert reader.scalars(select(Territory)).all() == []
        with database.write_session() as writer:
            writer.add(Territory(code="A", name="A", time_zone="UTC"))
        assert reader.scalars(select(Territory)).all() == []
    with database.read_session() as reader:
        assert len(reader.scalars(select(Territory)).all()) == 1


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.write_session() as writer:
        writer.add(Territory(code="A", name="A", time_zone="UTC"))
        writer.flush()
        with database.read_session() as reader:
            assert reader.scalars(select(Territory)).all() == []


def test_locking_against_the_order_is_a_mistake_that_shows_at_once(database: Database) -> None:
    world = World(database)
    world.visit(world.order(OrderKind.REPAIR, "2026-11-24 09:00"))

    def against(session: Session) -> None:
        lock(session, Promise, [1])
        lock(session, Visit, [1])

    with pytest.raises(LockOrderViolated):
        world.do(against)
    world.do(lambda session: (lock(session, Visit, [1]), lock(session, Promise, [1])))


def test_locked_rows_come_in_order_and_fresh(database: Database) -> None:
    world = World(database)
    ids = [world.order(OrderKind.REPAIR, "2026-11-24 09:00") for _ in range(3)]

    def use_case(session: Session) -> list[int]:
        promises = session.scalars(select(Promise).where(Promise.order_id.in_(ids))).all()
        return [promise.id for promise in lock(session, Promise, [promise.id for promise in reversed(promises)])]

    assert world.do(use_case) == sorted(world.do(use_case))


@pytest.mark.parametrize(
    ("error", "passing"),
    [(StaleDataError(), True), (ValueError(), False), (IntegrityError("x", None, Exception()), False)],
)
def test_what_counts_as_merely_in_the_way(error: Exception, passing: bool) -> None:
    assert is_passing(error) is passing


def test_the_wait_for_a_lock_ends_when_the_holder_is_done(database: Database) -> None:
    world = World(database)
    territory_id = world.ids["territory"]
    begun, release = threading.Event(), threading.Event()
    order: list[str] = []

    def hold(session: Session) -> None:
        lock_territory_days(session, territory_id, [DAY])
        begun.set()
        release.wait(10)
        order.append("first")

    def follow(session: Session) -> None:
        lock_territory_days(session, territory_id, [DAY])
        order.append("second")

    def run(use_case: Callable[[Session], None]) -> None:
        run_use_case(database, use_case)

    with ThreadPoolExecutor(max_workers=2) as pool:
        first = pool.submit(run, hold)
        begun.wait(10)
        second = pool.submit(run, follow)
        release.set()
        first.result(), second.result()
    assert order == ["first", "second"]


def test_an_error_of_the_database_shows_no_values(database: Database) -> None:
    """R84: what goes wrong is logged, and a statement may hold names and phone numbers."""
    world = World(database)
    ids = world.ids

    def twice_the_same(session: Session) -> None:
        for _ in range(2):
            session.add(Technician(badge="9", name="Zhang San", phone="+8613900000009", territory_id=ids["territory"]))

    with pytest.raises(IntegrityError) as failed:
        run_use_case(database, twice_the_same)
    assert "badge" in str(failed.value)
    assert "Zhang" not in str(failed.value)
    assert "139" not in str(failed.value)
