"""What has begun: facts, and what must be taken for one while a phone is silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.begun_stops import StopState, begun_stops
from dispatch.rules.lifecycles import VisitStatus as V


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-24T{time}").replace(tzinfo=UTC)


def stop(
    visit_id: int,
    status: V,
    start: str,
    *,
    set_off: str | None = None,
    arrived: str | None = None,
    left: str | None = None,
) -> StopState:
    """One hour, as planned, after ten minutes of travel."""
    hour, travel = timedelta(hours=1), timedelta(minutes=10)
    set_off_at, arrived_at, left_at = (at(one) if one else None for one in (set_off, arrived, left))
    return StopState(visit_id, status, at(start), hour, travel, set_off_at, arrived_at, left_at)


def begun(*stops: StopState, now: str, heard: str | None = None, away: tuple[str, str] | None = None) -> list[str]:
    absences = [(at(away[0]), at(away[1]))] if away else []
    found = begun_stops(stops, heard_at=at(heard) if heard else None, now=at(now), absences=absences)
    return [f"{one.visit_id} {one.start_at:%H:%M}-{one.end_at:%H:%M}" for one in found]


@pytest.mark.parametrize("status", [V.REQUESTED, V.BOOKED, V.SCHEDULED, V.SENT, V.ACCEPTED, V.AGREED])
def test_what_lies_ahead_has_not_begun(status: V) -> None:
    assert begun(stop(1, status, "10:00"), now="09:00") == []


def test_who_is_done_was_there_as_long_as_reported() -> None:
    assert begun(stop(1, V.COMPLETED, "09:00", arrived="09:10", left="09:40"), now="11:00") == ["1 09:10-09:40"]
    assert begun(stop(1, V.COMPLETED, "09:00", arrived="09:10"), now="11:00") == ["1 09:10-10:10"]


def test_who_is_on_site_is_busy_for_the_planned_time_and_then_until_now() -> None:
    on_site = stop(1, V.ON_SITE, "09:00", arrived="09:10")
    assert begun(on_site, now="09:30", heard="09:30") == ["1 09:10-10:10"]
    assert begun(on_site, now="11:00", heard="11:00") == ["1 09:10-11:00"]
    assert begun(on_site, now="11:00", heard="09:15") == ["1 09:10-10:10"]  # nobody knows better


def test_who_is_on_the_way_is_not_there_yet() -> None:
    on_the_way = stop(1, V.EN_ROUTE, "09:00")
    assert begun(on_the_way, now="08:50") == ["1 09:00-10:00"]
    assert begun(on_the_way, now="09:20", heard="09:20") == ["1 09:20-10:20"]
    assert begun(on_the_way, now="09:20", heard="08:55") == ["1 09:00-10:00"]


def test_who_set_off_out_of_turn_is_there_after_the_way() -> None:
    """Planned for the afternoon, but on the way now: the morning is not lost for the others."""
    assert begun(stop(1, V.EN_ROUTE, "14:00", set_off="09:00"), now="09:05") == ["1 09:10-10:10"]
    assert begun(stop(1, V.EN_ROUTE, "14:00", set_off="09:00"), now="09:20") == ["1 09:20-10:20"]


def test_the_order_is_that_in_which_they_began() -> None:
    """Whatever the route says: the second first."""
    first = stop(1, V.ON_SITE, "09:00", arrived="10:40")
    second = stop(2, V.COMPLETED, "10:00", arrived="09:20", left="10:20")
    assert begun(first, second, now="10:45") == ["2 09:20-10:20", "1 10:40-11:40"]


@pytest.mark.parametrize("status", [V.SENT, V.ACCEPTED, V.AGREED])
def test_what_should_have_begun_while_the_phone_was_silent_is_taken_as_begun(status: V) -> None:
    on_the_phone = stop(1, status, "09:00")
    assert begun(on_the_phone, now="09:30", heard="08:30") == ["1 09:00-10:00"]
    assert begun(on_the_phone, now="09:30") == ["1 09:00-10:00"]
    assert begun(on_the_phone, now="09:30", heard="09:10") == []  # the phone knows nothing of it


def test_what_was_never_sent_has_not_begun() -> None:
    assert begun(stop(1, V.SCHEDULED, "09:00"), now="09:30") == []


def test_silent_stops_follow_each_other() -> None:
    """The one before was late, as far as is known."""
    late = stop(1, V.ON_SITE, "09:00", arrived="09:40")
    next_one = stop(2, V.ACCEPTED, "10:10")
    assert begun(late, next_one, now="11:00", heard="09:45") == ["1 09:40-10:40", "2 10:40-11:40"]


@pytest.mark.parametrize("status", [V.SENT, V.ACCEPTED, V.AGREED])
def test_nobody_is_taken_to_work_who_is_reported_absent(status: V) -> None:
    first, second = stop(1, status, "08:00"), stop(2, status, "09:15")
    assert begun(first, second, now="09:30") == ["1 08:00-09:00", "2 09:15-10:15"]
    assert begun(first, second, now="09:30", away=("09:30", "17:00")) == ["1 08:00-09:00"]
    assert begun(first, second, now="09:30", away=("08:30", "17:00")) == []


def test_an_absence_later_in_the_day_and_a_fact_change_nothing() -> None:
    taken, reported = stop(1, V.ACCEPTED, "09:15"), stop(2, V.ON_SITE, "09:15", arrived="09:20")
    assert begun(taken, now="09:30", away=("10:00", "17:00")) == ["1 09:15-10:15"]
    assert begun(reported, now="09:30", away=("09:25", "17:00")) == ["2 09:20-10:20"]
