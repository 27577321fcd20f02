"""The worker is killed again and again between judging and compensating: nothing twice, nothing missed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Compensation, DueWork, Event, Promise, ReaderCursor
from dispatch.rules import events as e
from dispatch.rules.vocabulary import OrderKind
from dispatch.settings import Settings
from tests.killing import run_and_kill
from tests.world import World
from web.worker import Worker

ORDERS = 24
NOW = "2026-11-30 12:00"


def work(database: Database, now: datetime) -> None:
    """What `dispatch worker --until-idle --now` does, with short leases so that it is taken over at once."""
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=0.2)
    Worker(database, settings, now=now).until_idle()


def overdue(world: World) -> None:
    """Orders past due by one to three days; some were repaired late, some in time but are known late."""
    for number in range(ORDERS):
        order_id = world.order(OrderKind.REPAIR, f"2026-11-{25 + number % 3} {8 + number % 8:02}:00")
        if number % 4 == 0:
            world.happens(e.ServiceSeenWorking, "2026-11-29 09:00", order_id=order_id)


def check_nothing_twice(database: Database) -> None:
    """Holds after every kill."""
    with database.read_session() as session:
        broken = Counter(session.scalars(select(Event.promise_id).where(Event.kind == "promise_broken")))
        proposed = Counter(
            event.payload["step"] * 10_000 + (event.promise_id or 0)
            for event in session.scalars(select(Event).where(Event.kind == "compensation_proposed"))
        )
    assert not [promise for promise, times in broken.items() if times > 1]
    assert not [step for step, times in proposed.items() if times > 1]


@pytest.mark.kill
def test_no_promise_is_judged_twice_and_none_is_missed(database: Database, kills: int) -> None:
    world = World(database)
    overdue(world)
    url = database.url.render_as_string(hide_password=False)
    seeded = random.Random(2026)
    killed = 0
    while killed < kills:
        if run_and_kill(work, url, world.at(NOW), after=seeded.randint(5, 220)):
            killed += 1
        else:  # all is done: more to judge, more to compensate
            overdue(world)
        check_nothing_twice(database)
    work(database, world.at(NOW))
    check_nothing_twice(database)
    check_nothing_missed(database, world.at(NOW))


def check_nothing_missed(database: Database, now: datetime) -> None:
    """Every promise past due is judged, every day begun is compensated, every reader is at the end."""
    with database.read_session() as session:
        promises = session.scalars(select(Promise)).all()
        assert {promise.status.value for promise in promises} == {"broken"}
        for promise in promises:
            late = (promise.ended_at or now) - promise.due_at
            rows = session.scalars(select(Compensation).where(Compensation.promise_id == promise.id)).all()
            assert len(rows) == late.days + (late.seconds > 0)
        assert session.scalars(select(DueWork).where(DueWork.due_at <= now)).all() == []
        last = session.scalars(select(Event.position).order_by(Event.position.desc())).first()
        assert set(session.scalars(select(ReaderCursor.position))) == {last}
