"""Two clocks: real time for leases, business time for promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock, MachineClock, RatedClock, business_clock
from dispatch.models import Base, BusinessClock

MACHINE = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("rate_permille", "passed", "business"),
    [
        (60_000, timedelta(), timedelta()),
        (60_000, timedelta(seconds=30), timedelta(minutes=30)),
        (1_000, timedelta(minutes=5), timedelta(minutes=5)),
        (0, timedelta(hours=1), timedelta()),
    ],
)
def test_business_time_runs_at_its_rate(rate_permille: int, passed: timedelta, business: timedelta) -> None:
    clock = RatedClock(FixedClock(MACHINE + passed), MACHINE, MORNING, rate_permille)
    assert clock.now() == MORNING + business
    assert clock.now().tzinfo is UTC


def test_the_machine_clock_is_now_and_in_utc() -> None:
    before = datetime.now(UTC)
    now = MachineClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_all_processes_share_the_stored_clock_and_without_one_it_is_the_machines() -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    machine = FixedClock(MACHINE + timedelta(minutes=1))
    with Session(engine) as session:
        assert business_clock(session, machine) is machine
        session.add(BusinessClock(id=1, epoch_machine_at=MACHINE, epoch_business_at=MORNING, rate_permille=60_000))
        session.flush()
        assert business_clock(session, machine).now() == MORNING + timedelta(hours=1)
    engine.dispose()
