"""Six visit messages a handset a day, spent on what its reader needs most (R38)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Message, Stop
from dispatch.rules.lifecycles import MessageStatus
from notifications.composing import Content
from notifications.daily_limit import has_room, next_morning
from notifications.want_message import want_message
from tests.saying import DAY, Saying
from tests.world import World

CONTENT = Content("visit_announced", {})
DETAIL = replace(CONTENT, is_detail=True)


@pytest.fixture
def saying(database: Database) -> Saying:
    saying = Saying.begin(World(database))
    saying.book(("13:00", "15:00"), f"{DAY} 09:15")
    return saying


def fits(saying: Saying, kind: str, sent: int, at: str = f"{DAY} 12:00", content: Content = CONTENT) -> bool:
    """Whether there is room for a message of the kind after so many on DAY."""
    now = saying.world.at(at)

    def ask(session: Session) -> bool:
        for turn in range(sent):
            told = want(session, saying, "visit_announced", f"told-{turn}", saying.world.at(f"{DAY} 10:00"))
            told.move_to(MessageStatus.SENDING, at=told.wanted_at, by="test")
            told.sent_at = told.wanted_at
        session.flush()
        asked = want(session, saying, kind, "asked", now)
        found = has_room(session, asked, content, now=now, zone=saying.world.zone)
        session.rollback()
        return found

    with saying.world.database.write_session() as session:
        return ask(session)


def want(session: Session, saying: Saying, kind: str, occasion: str, at: datetime) -> Message:
    found = want_message(session, kind, now=at, occasion=occasion, visit_id=saying.visit)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "room"),
    [
        ("contact_missed", 4),
        ("visit_announced", 5),
        ("technician_set_off", 5),
        ("visit_completed", 6),
        ("visit_late", 6),
    ],
)
def test_the_last_places_are_for_what_ends_or_moves_the_visit(saying: Saying, kind: str, room: int) -> None:
    assert fits(saying, kind, room - 1)
    assert not fits(saying, kind, room)


def test_only_another_time_of_the_call_gives_way_first(saying: Saying) -> None:
    assert fits(saying, "visit_announced", 2, content=DETAIL)
    assert not fits(saying, "visit_announced", 3, content=DETAIL)


def test_a_new_day_begins_at_midnight(saying: Saying) -> None:
    assert fits(saying, "contact_missed", 6, at="2026-11-25 08:00")


def test_what_is_about_another_day_needs_no_place_kept(database: Database) -> None:
    saying = Saying.begin(World(database))
    saying.book(("13:00", "15:00"), f"{DAY} 09:15", day="2026-11-25")
    saying.world.do(lambda s: s.execute(delete(Stop).where(Stop.visit_id == saying.visit)))
    assert fits(saying, "visit_announced", 5)
    assert not fits(saying, "visit_announced", 6)


def test_what_has_no_room_goes_next_morning_if_it_is_worth_saying_then(saying: Saying) -> None:
    world, now = saying.world, saying.world.at(f"{DAY} 18:30")
    tomorrow = replace(CONTENT, until_at=world.at("2026-11-25 15:00"))
    today = replace(CONTENT, until_at=world.at(f"{DAY} 20:00"))

    def waits(kind: str, content: Content) -> str | None:
        with world.database.write_session() as session:
            asked = want(session, saying, kind, "asked", now)
            found = next_morning(asked, content, now=now, zone=world.zone)
            session.rollback()
            return world.local(found)

    assert waits("visit_completed", CONTENT) == "2026-11-25 08:00"
    assert waits("visit_announced", tomorrow) == "2026-11-25 08:00"
    assert waits("visit_announced", today) is None
    assert waits("visit_announced", replace(tomorrow, is_detail=True)) is None
    assert waits("technician_set_off", tomorrow) is None
    assert waits("visit_late", tomorrow) is None
