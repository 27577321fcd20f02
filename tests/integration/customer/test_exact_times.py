"""An exact time picked inside the told window, on both databases (R10, R11, R16)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Promise, Stop, Visit
from dispatch.queries.visit_truth import visit_truth
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel, PromiseKind
from dispatch.services.accept_visit import accept_visit
from dispatch.services.choose_time import TimeNotOffered, choose_time
from dispatch.services.offer_times import offer_times
from dispatch.services.set_off import set_off
from tests.booking import DAY, BookingDay
from tests.order_visitor import Visitor, open_app, order_of

_TIME = re.compile('name="time" value="([^"]+)"><span class="away">[^<]*</span>([0-9:]+)<')


@pytest.fixture
def day(database: Database) -> BookingDay:
    day = BookingDay.evening_before(database)
    day.technician("08:00-18:00")
    return day


def offered(day: BookingDay, visit: int) -> list[str]:
    times = offer_times(day.database, visit, now=day.now, travel=day.travel)
    return [f"{at.astimezone(day.world.zone):%H:%M}" for at in times]


def choose(day: BookingDay, visit: int, clock: str) -> bool:
    return choose_time(
        day.database, visit, day.world.at(f"{DAY} {clock}"), channel=Channel.PAGE, now=day.now, travel=day.travel
    )


def accept(day: BookingDay, visit: int) -> None:
    day.world.do(lambda s: accept_visit(s, visit, technician_of(s, visit), at=day.now, now=day.now))


def technician_of(session: Session, visit: int) -> int:
    return session.query(Stop).filter_by(visit_id=visit).one().route.technician_id


def promised(day: BookingDay, visit: int, kind: PromiseKind) -> list[str]:
    with day.database.read_session() as session:
        found = session.query(Promise).filter_by(visit_id=visit, kind=kind).order_by(Promise.id)
        return [promise.status.value for promise in found]


def at_eight(day: BookingDay) -> None:
    day.now = day.world.at(f"{DAY} 08:00")


def test_a_time_picked_after_acceptance_is_the_contact(day: BookingDay) -> None:
    """R10: no call is owed any more, and the arrival promise narrows to the time (R11)."""
    visit = day.booked("13:00-15:00")
    at_eight(day)
    accept(day, visit)
    assert promised(day, visit, PromiseKind.CONTACT) == ["running"]
    assert choose(day, visit, "13:45")
    assert promised(day, visit, PromiseKind.CONTACT) == ["kept"]
    assert day.status(visit) == "agreed"
    assert day.start(visit) == f"{DAY} 13:45"
    assert day.arrival(visit)[1:] == (f"{DAY} 12:45", f"{DAY} 14:45")
    assert day.violations() == []


def test_a_time_picked_before_acceptance_stands_and_no_call_is_asked_for(day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    assert choose(day, visit, "14:00")
    assert day.status(visit) == "scheduled"
    at_eight(day)
    accept(day, visit)
    assert day.status(visit) == "agreed"
    assert promised(day, visit, PromiseKind.CONTACT) == []
    assert day.arrival(visit)[1:] == (f"{DAY} 13:00", f"{DAY} 15:00")


def test_the_same_choice_twice_is_one(day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    assert choose(day, visit, "14:00")
    versions = day.versions()
    assert not choose(day, visit, "14:00")
    accept(day, visit)
    assert not choose(day, visit, "14:00")
    assert day.versions() == versions
    with pytest.raises(TimeNotOffered):  # a time that stands is changed with the technician, or for another window
        choose(day, visit, "14:15")


def test_only_times_are_offered_that_take_nothing_from_others(day: BookingDay) -> None:
    """R16: each of two visits in the same window keeps it, whatever the other picks."""
    one, other = day.booked("13:00-15:00"), day.booked("13:00-15:00")
    assert {"13:00", "13:30"} < set(offered(day, one))
    choose(day, one, "13:30")
    assert day.start(one) == f"{DAY} 13:30"
    assert day.violations() == []
    stop = day.stop(other)
    assert stop is not None
    assert day.world.at(f"{DAY} 13:00") <= stop.start_at <= day.world.at(f"{DAY} 15:00")
    assert "13:45" not in offered(day, other)  # the technician is with the first customer then


def test_a_time_that_pushes_somebody_out_of_their_window_is_not_offered(day: BookingDay) -> None:
    one, _other = day.booked("13:00-15:00"), day.booked("13:00-15:00")
    day.pin(day.booked("15:00-17:00"))
    assert "13:30" not in offered(day, one)
    with pytest.raises(TimeNotOffered):
        choose(day, one, "13:30")


def test_no_time_is_offered_of_a_pinned_stop_or_outside_the_window_or_in_the_past(day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    for clock in ("12:45", "15:15", "13:40"):
        with pytest.raises(TimeNotOffered):
            choose(day, visit, clock)
    pinned = day.booked("08:00-10:00")
    day.pin(pinned)
    assert offered(day, pinned) == []
    day.now = day.world.at(f"{DAY} 12:45")
    assert "13:00" not in offered(day, visit)
    day.now = day.world.at(f"{DAY} 16:00")
    assert offered(day, visit) == []


def test_before_the_technician_is_named_no_time_is_offered(day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    day.now = day.world.at("2026-11-23 17:30")
    assert offered(day, visit) == []
    with pytest.raises(TimeNotOffered):
        choose(day, visit, "14:00")


def test_whoever_is_on_the_way_is_not_held_up(day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    day.now = day.world.at(f"{DAY} 12:00")
    accept(day, visit)
    day.world.do(lambda s: set_off(s, visit, technician_of(s, visit), at=day.now, now=day.now))
    assert offered(day, visit) == []
    with pytest.raises(TimeNotOffered):
        choose(day, visit, "14:00")
    assert day.status(visit) == VisitStatus.EN_ROUTE


def test_the_page_offers_times_and_agrees_one(database: Database, day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    at_eight(day)
    accept(day, visit)
    visitor = Visitor.of(open_app(database, day), day, order_of(day, visit))
    page = visitor.read(f"{visitor.link}?lang=en")
    assert "Pick an exact time" in page
    shown = visitor.read(f"{visitor.link}/exact?visit={visit}")
    times = {clock: value for value, clock in _TIME.findall(shown)}
    assert "13:30" in times
    assert "the technician comes at the time you picked" in visitor.send("/exact", time=times["13:30"])
    assert "Pick an exact time" not in visitor.page.text
    row = day.visit(visit)
    assert (day.world.local(row.appointed_at), row.agreed_at) == (f"{DAY} 13:30", day.now)


def test_a_time_that_is_gone_is_answered_with_those_that_are_left(database: Database, day: BookingDay) -> None:
    visit = day.booked("13:00-15:00")
    visitor = Visitor.of(open_app(database, day), day, order_of(day, visit))
    visitor.read(f"{visitor.link}?lang=en")
    visitor.read(f"{visitor.link}/exact?visit={visit}")
    late: datetime = day.world.at(f"{DAY} 15:30")
    assert "can no longer be kept" in visitor.send("/exact", time=late.isoformat())
    assert _TIME.findall(visitor.page.text)
    day.later(business=timedelta(days=2))
    assert visitor.client.get(f"{visitor.link}/exact?visit={visit}").status_code == 303
    visitor.read()
    assert visitor.client.get(f"{visitor.link}/exact?visit=77").status_code == 404


def test_the_time_is_announced_as_agreed_and_opens_no_second_promise(day: BookingDay) -> None:
    """Picked before anybody has accepted the visit: that is what is told, and what is judged."""
    visit = day.booked("13:00-15:00")
    choose(day, visit, "14:00")
    with day.database.read_session() as session:
        truth = visit_truth(session, session.get_one(Visit, visit), last=None, now=day.now)
    assert truth is not None
    assert truth.told is not None
    assert (truth.time_at, truth.told.contact_by_at) == (day.world.at(f"{DAY} 14:00"), None)
    assert promised(day, visit, PromiseKind.ARRIVAL) == ["running"]
