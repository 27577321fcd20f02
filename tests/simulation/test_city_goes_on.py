"""The demonstration's city is stopped and started again: it goes on, and does nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock, business_clock
from dispatch.db import Database, run_use_case
from dispatch.models import BusinessClock, Event, FieldReport, InboundMessage, Order, Shift
from dispatch.services.import_rules import load_preset
from dispatch.services.schedule_work import schedule_work
from dispatch.settings import Settings
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from web.city.chances import Chances
from web.city.city_size import CitySize
from web.city.found_city import extend_shifts, found_city
from web.city.live_city import LiveCity, live_city
from web.city.pace import keep_pace
from web.city.surroundings import Surroundings
from web.demo import prepare_demo
from web.worker import Worker

TINY = CitySize(technicians=3, orders_a_day=24, territories=1, estates=3, homes=30)


@dataclass
class MovedClock:
    """The machine's clock, moved on by a test."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Machine time, and what has been skipped."""
        return MachineClock().now() + self.ahead


@pytest.fixture
def demo(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.dispose()


def _settings(database: Database) -> Settings:
    return Settings(database_url=database.url.render_as_string(hide_password=False))


def _live(city: LiveCity, worker: Worker, minutes: int) -> None:
    """Both do what is due while so many minutes of business time pass."""
    for _ in range(minutes // 2):
        _pass(city.around.database, timedelta(minutes=2))
        city.look_around()
        worker.until_idle()
        while city.look_around():
            worker.until_idle()


def _pass(database: Database, time: timedelta) -> None:
    def pass_(session: Session) -> None:
        row = session.get_one(BusinessClock, 1)
        row.epoch_business_at = row.epoch_business_at + time

    run_use_case(database, pass_)


def _stand_still(database: Database) -> None:
    """Time passes only when the test says so."""

    def stand(session: Session) -> None:
        session.get_one(BusinessClock, 1).rate_permille = 0

    run_use_case(database, stand)


def test_the_city_goes_on_after_a_restart(demo: Database) -> None:
    prepared = prepare_demo(demo, {"dispatch": "a long password for tests"}, size=TINY)
    assert prepared is not None
    assert prepared.orders > 0
    assert prepared.visits > 0
    assert prepare_demo(demo, {"dispatch": "a long password for tests"}, size=TINY) is None
    _stand_still(demo)
    settings = _settings(demo)
    worker = Worker(demo, settings)
    _live(live_city(demo, settings, size=TINY, seed=1), worker, 60)
    with demo.read_session() as session:
        before = session.scalar(select(func.count(FieldReport.id))) or 0
        assert before > 0
    _live(live_city(demo, settings, size=TINY, seed=1), worker, 60)
    worker.pool.close()
    with demo.read_session() as session:
        assert (session.scalar(select(func.count(FieldReport.id))) or 0) > before
        sent = (
            select(func.count(Event.id))
            .where(Event.visit_id == FieldReport.visit_id, Event.kind == "visit_sent")
            .scalar_subquery()
        )
        repeated = (
            select(FieldReport.visit_id)
            .where(FieldReport.kind.in_(("accepted", "arrived", "closed_out")))
            .group_by(FieldReport.visit_id, FieldReport.technician_id, FieldReport.kind)
            .having(func.count() > sent)  # a visit that is taken back and sent again is accepted again
        )
        assert session.scalars(repeated).all() == []
        twice = select(Order.external_id).group_by(Order.external_id).having(func.count() > 1)
        assert session.scalars(twice).all() == []
        answers = select(InboundMessage.provider_id).group_by(InboundMessage.provider_id).having(func.count() > 1)
        assert session.scalars(answers).all() == []
        assert (session.scalar(select(func.count(Event.id))) or 0) > 0
    assert worker.failures() == []


def test_the_crews_never_run_out_of_shifts(demo: Database) -> None:
    chances, founded_at = Chances(1), MachineClock().now()
    demo.upgrade()
    run_use_case(demo, lambda session: found_city(session, TINY, chances, load_preset("jiangsu"), now=founded_at))
    known = _shifts(demo)
    later = founded_at + timedelta(days=10)
    for _ in range(2):
        run_use_case(demo, lambda session: extend_shifts(session, TINY, chances, now=later))
    extended = _shifts(demo)
    assert extended[: len(known)] == known
    assert len(extended) == len(set(extended)) > len(known)
    assert max(day for _, day in extended) >= later.date() + timedelta(days=10)


def _shifts(database: Database) -> list[tuple[int, date]]:
    with database.read_session() as session:
        rows = session.execute(select(Shift.technician_id, Shift.day_on).order_by(Shift.id))
        return [(technician_id, day_on) for technician_id, day_on in rows]


def test_the_clock_slows_down_while_work_waits(demo: Database) -> None:
    def begin(session: Session) -> None:
        now = MachineClock().now()
        session.add(BusinessClock(id=1, epoch_machine_at=now, epoch_business_at=now, rate_permille=60_000))

    run_use_case(demo, begin)
    travel = RememberedTravel(build_travel_model(_settings(demo)))
    around = Surroundings(demo, MovedClock(), travel, TINY, Chances(1))
    now = business_now(demo)
    assert keep_pace(around, now, meant_at=now) == 60_000
    assert keep_pace(around, now, meant_at=now - timedelta(minutes=9)) == 30_000
    run_use_case(demo, lambda session: schedule_work(session, "something", 1, now - timedelta(minutes=9)))
    assert keep_pace(around, now, meant_at=None) == 15_000
    assert business_now(demo) >= now
    run_use_case(demo, lambda session: schedule_work(session, "something", 1, None))
    assert keep_pace(around, now, meant_at=now) == 30_000


def business_now(database: Database) -> datetime:
    with database.read_session() as session:
        return business_clock(session, MovedClock()).now()
