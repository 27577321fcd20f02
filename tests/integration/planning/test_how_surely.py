"""A plan asked to keep its windows surely: what it does, what customers are told, and what is said of it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from dispatch.db import Database
from dispatch.models import Announcement, Stop
from dispatch.queries.system_health import Finding, system_health
from dispatch.rules.confidence import InvalidConfidence, percent_of, read_confidence
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services import foresee_plan
from optimizer.risk import keep
from tests.booking import DAY
from tests.planning import PlanningDay
from tests.watching import WatchedDay, begin


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database, "2026-11-23 17:55")


def told(day: PlanningDay) -> dict[int, tuple[datetime, datetime]]:
    """The windows that customers have been told."""
    with day.database.read_session() as session:
        rows = session.scalars(select(Announcement).where(Announcement.told_at.is_not(None)))
        return {row.visit_id: (row.from_at, row.until_at) for row in rows}


def test_windows_nobody_was_told_are_sized_to_what_was_asked(day: WatchedDay) -> None:
    """The usual two hours are too narrow for the end of the day; who asks for a level has them told wider."""
    technician = day.technician(north=0.05)
    visits = day.customers(5, minutes=90)
    day.planned()
    usual = day.difference(day.draft())
    assert usual.level is None
    assert min(usual.kept.values()) < 0.9
    asked = day.draft(confidence_permille=950)
    found = day.difference(asked)
    assert (found.level, found.doubtful, found.changes) == (0.95, (), ())
    assert min(found.kept.values()) >= 0.95
    assert day.publish(asked).routes == 1
    for time in ("18:05", "18:10"):
        day.world.work(f"2026-11-23 {time}")
    day.now = day.world.at("2026-11-23 18:15")
    hours = {visit: (until_at - from_at).total_seconds() / 3600 for visit, (from_at, until_at) in told(day).items()}
    in_order = [hours[visit] for visit in day.route(technician)]
    assert set(hours) == set(visits)
    assert in_order == sorted(in_order)
    assert in_order[0] == 2.0 < in_order[-1] <= 5.0
    again = day.difference(day.draft())  # whose forecast is that of the windows told
    assert min(again.kept.values()) >= 0.95


def test_how_late_a_visit_may_be_stays_with_it_until_somebody_asks_anew(day: WatchedDay) -> None:
    """A plan that asks for no level changes the route, and is not asked about the visits that it finds there."""
    day.technician(north=0.05)
    visits = day.customers(3, minutes=90)
    day.publish(day.draft(confidence_permille=990))
    sized = late(day)
    assert set(sized) == set(visits)
    assert max(sized.values()) > min(sized.values()) > 0
    new = day.customer(minutes=30)
    assert day.planned().added == 1
    assert late(day) == sized
    day.publish(day.draft(confidence_permille=600))
    assert set(late(day)) == {*visits, new}
    assert all(late(day)[visit] < sized[visit] for visit in visits if sized[visit] == max(sized.values()))


def late(day: PlanningDay) -> dict[int, int]:
    """How late visits may be told to be, in seconds, of those that somebody has asked for."""
    with day.database.read_session() as session:
        stops = session.execute(select(Stop.visit_id, Stop.late_s).where(Stop.late_s.is_not(None)))
        return {visit_id: late_s or 0 for visit_id, late_s in stops}


def test_the_plan_makes_room_before_a_window_that_cannot_be_wider(day: WatchedDay) -> None:
    """On the way to a window of half an hour lies a long visit; who is to be sure goes there first."""
    day.technician()
    long, strict, last = (day.customer(minutes=m, north=n) for m, n in ((110, 0.02), (30, -0.02), (30, -0.02)))
    for visit, window in ((long, "08:00-20:00"), (strict, "10:00-10:30"), (last, "15:00-17:00")):
        day.book_by_hand(visit, window)
    day.solver.iterations = 600
    cheap, sure = day.draft(), day.draft(confidence_permille=900)
    found = day.difference(cheap)
    assert [one.visit_id for one in found.doubtful] == [strict]
    assert found.doubtful[0].kept == found.kept[strict] < 0.8
    better = day.difference(sure)
    assert better.doubtful == ()
    assert better.kept[strict] > 0.95
    assert better.travel_s > found.travel_s
    page = day.client().get(f"/console/plans/{sure}").text
    assert "every window kept with at least 90%. So are 3 of 3." in page
    assert "Windows kept with less than 90%" in day.client().get(f"/console/plans/{cheap}").text


def test_what_cannot_be_reached_is_named(day: WatchedDay) -> None:
    """Nobody can be sure of a window that is over before the only technician has come that far."""
    day.technician()
    first, second = day.customer(minutes=110), day.customer(minutes=30)
    day.book_by_hand(first, "08:00-08:30")
    day.book_by_hand(second, "10:00-10:30")
    plan = day.draft(confidence_permille=995)
    found = day.difference(plan)
    assert [one.visit_id for one in found.doubtful] == [second]
    page = day.client().get(f"/console/plans/{plan}").text
    assert "Asked for: every window kept with at least 99.5%. So are 1 of 2." in page
    assert page.count(f'<th scope="row">{found.doubtful[0].order}</th>') == 2  # among the changes too


def test_the_console_asks_for_it(day: WatchedDay) -> None:
    territory = str(day.world.ids["territory"])
    form = {"territory": territory, "from": DAY, "until": DAY, "budget": "5", "key": "k", "confidence": "99.5"}
    made = day.client().post("/console/plans", data=form)
    plan = int(made.headers["Location"].rpartition("/")[2])
    assert day.plan(plan).confidence_permille == 995


@pytest.mark.parametrize("failing", ["level", "forecast", "remedies"])
def test_a_plan_is_as_good_without_its_level_and_its_forecast(
    day: WatchedDay, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff are told on the plan's page and on the status page; nothing that an error says is kept or logged."""

    def fail(*_asked: object, **_more: object) -> None:
        raise ZeroDivisionError("Chen Mei, +8613900000777")

    places = {
        "level": (keep, "_soft_ends"),
        "forecast": (foresee_plan, "plan_forecast"),
        "remedies": (foresee_plan, "find_remedies"),
    }
    monkeypatch.setattr(*places[failing], fail)
    technician, visit = day.technician(), day.customer()
    day.customer(minutes=900)
    with capture_logs() as logged:
        plan = day.draft(confidence_permille=950)
    (entry,) = [one for one in logged if one["event"] == f"plan_{failing}_failed"]
    assert (entry["plan_id"], entry["code"]) == (plan, "ZeroDivisionError")
    assert "Chen Mei" not in str(logged)
    row, client = day.plan(plan), day.client()
    assert (row.status, getattr(row, f"{failing}_failed_code")) == (PlanStatus.DRAFT, "ZeroDivisionError")
    assert ("kept" in row.proposal, "remedies" in row.proposal) == (failing != "forecast", failing != "remedies")
    page = client.get(f"/console/plans/{plan}").text
    assert page.count("(ZeroDivisionError)") == 1
    assert "Chen Mei" not in page
    assert unforeseen(day)
    day.publish(plan)
    assert day.route(technician) == [visit]
    assert not unforeseen(day)


def test_without_any_outlook_a_plan_is_made_as_if_nobody_had_asked(
    day: WatchedDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_asked: object, **_more: object) -> None:
        raise LookupError

    monkeypatch.setattr(foresee_plan, "plan_outlook", fail)
    day.technician()
    day.customer()
    row = day.plan(day.draft(confidence_permille=950))
    assert (row.status, row.forecast_failed_code, row.summary["served"]) == (PlanStatus.DRAFT, "LookupError", 1)


def unforeseen(day: PlanningDay) -> bool:
    """Whether the status page says that a forecast failed."""
    with day.database.read_session() as session:
        health = system_health(session, day.now)
    return Finding.PLANS_UNFORESEEN in health.findings(business_now=day.now, machine_now=day.machine)


def test_a_percentage_is_read_as_it_is_written(day: WatchedDay) -> None:
    """To the tenth, and nothing is rounded; a service is not asked for less either."""
    read = {text: read_confidence(text) for text in ("", " ", "50", "95", "95.0", "99.9", " 75.5 ")}
    assert list(read.values()) == [None, None, 500, 950, 950, 999, 755]
    assert [percent_of(permille) for permille in (500, 950, 999)] == ["50", "95", "99.9"]
    for text in ("49.9", "100", "99.95", "-95", "\uff19\uff15", "95%", "1e2", "nan", "9" * 5000):
        with pytest.raises(InvalidConfidence):
            read_confidence(text)
    for permille in (0, 499, 1000):
        with pytest.raises(InvalidConfidence):
            day.request(confidence_permille=permille)
