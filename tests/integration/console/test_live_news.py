"""The stream of news for open boards, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Territory
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Role
from dispatch.services.pin_stop import pin_stop
from dispatch.services.sequence_events import sequence_events
from dispatch.settings import Settings
from tests.signing_in import client_for_staff
from tests.watching import WatchedDay, begin
from web.live import News, StreamSeats


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database)


def sequence(day: WatchedDay) -> None:
    day.world.do(sequence_events)


def stream(day: WatchedDay, territory_id: int) -> Iterator[str]:
    return News(day.database, territory_id, pause=lambda _seconds: None).events()


def until_news(events: Iterator[str], looks: int = 40) -> str | None:
    """What is told within so many signs of life."""
    for _ in range(looks):
        told = next(events, None)
        if told is None or told.startswith("id:"):
            return told
    return None


def test_news_of_the_territory_are_told_others_are_not(day: WatchedDay) -> None:
    def make(session: Session) -> int:
        territory = Territory(code="T2", name="Xuanwu", time_zone="Asia/Shanghai")
        session.add(territory)
        session.flush()
        return territory.id

    there = day.world.do(make)
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "12:00")])
    sequence(day)
    here, elsewhere = stream(day, day.world.ids["territory"]), stream(day, there)
    beginning = next(here)
    assert beginning.startswith("id: ")
    assert next(elsewhere) == beginning
    day.world.do(lambda session: pin_stop(session, visit, is_pinned=True, now=day.now))
    sequence(day)
    told = until_news(here)
    assert told not in (None, beginning)
    assert until_news(elsewhere, looks=3) is None


def test_a_quiet_stream_gives_signs_of_life_and_ends(day: WatchedDay) -> None:
    told = list(stream(day, day.world.ids["territory"]))
    assert told[0].startswith("id: ")
    assert set(told[1:]) == {": still here\n\n"}
    assert 10 <= len(told) <= 30


def test_a_process_keeps_few_streams(day: WatchedDay) -> None:
    settings = Settings(database_url=day.database.url.render_as_string(hide_password=False), live_streams=1)
    app = day.app_with(settings)
    client = client_for_staff(app)
    address = f"/console/live?territory={day.world.ids['territory']}"
    first = client.get(address, buffered=False)
    assert (first.status_code, first.mimetype) == (200, "text/event-stream")
    assert client.get(address).status_code == 503
    first.close()
    third = client.get(address, buffered=False)
    assert third.status_code == 200
    third.close()


def test_streams_are_for_those_who_see_the_day(day: WatchedDay) -> None:
    assert day.client(Role.VIEWER, territory_id=day.world.ids["territory"]).get("/console/live").status_code == 400
    assert day.client().get("/console/live?territory=999").status_code == 404
    anybody: Any = day.app.test_client().get("/console/live?territory=1", headers={"Accept": "text/event-stream"})
    assert anybody.status_code == 401


def test_seats_are_given_back() -> None:
    seats = StreamSeats(2)
    assert [seats.take(), seats.take(), seats.take()] == [True, True, False]
    seats.leave()
    assert seats.take()


def test_a_visit_that_is_sent_is_no_reason_to_pin_it_twice(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "12:00")])
    day.reach(visit, VisitStatus.SENT)
    for _ in range(2):
        day.world.do(lambda session: pin_stop(session, visit, is_pinned=True, now=day.now))
    assert len(day.facts("stop_pinned")) == 1
