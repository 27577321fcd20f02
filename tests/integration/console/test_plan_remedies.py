"""What would fit a visit that a draft leaves out is kept with the plan and said on its page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.db import Database
from dispatch.models import Visit
from dispatch.queries.plan_remedies import remedies_of_plan
from tests.booking import DAY
from tests.watching import WatchedDay, begin


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database, "2026-11-23 18:00")


def test_the_cheapest_change_is_said_beside_the_obstacle(day: WatchedDay) -> None:
    """One technician, two hours, four hours of work: one visit would need a skill, another more time."""
    day.technician("08:00-10:00", skills=["copper"])
    unskilled = day.customer(skills=["fibre"], minutes=20)
    day.customer(minutes=100)
    plan, client = day.draft(), day.client()
    with day.database.read_session() as session:
        found = remedies_of_plan(session, plan)
    (unserved,) = (one for one in day.plan(plan).proposal["unassigned"] if one["visit_id"] == unskilled)
    assert [one["code"] for one in unserved["obstacles"]] == ["missing_skill"]
    remedy = found[unskilled][0]
    assert remedy.changes[0].code == "one_skill"
    assert {**remedy.changes[0].detail} == {"technician": remedy.badge, "skill": "fibre", "level": 1}
    page = client.get(f"/console/plans/{plan}").text
    assert f"Would fit with skill fibre at level 1 for {remedy.badge}" in page
    order = f"/console/orders/{day.visit(unskilled).order_id}"
    assert f"Left out of draft {plan}" in client.get(order).text
    assert "Would fit with skill fibre" in client.get(order).text
    client.post(f"/console/plans/{plan}/discard")
    assert "Would fit with" not in client.get(f"/console/plans/{plan}").text
    assert "Left out of draft" not in client.get(order).text


def test_that_nobody_works_is_said_once_however_many_visits_it_leaves_out(day: WatchedDay) -> None:
    day.customers(3)
    page = day.client().get(f"/console/plans/{day.draft()}").text
    assert page.count("nobody works on the days that were planned") == 1
    assert "No small change would make it fit" not in page


def test_limits_are_told_as_instants(day: WatchedDay) -> None:
    """A window after the shift: it would have to open earlier, at a time on the clock."""
    day.technician("08:00-12:00")
    late = day.customer(minutes=60)
    day.world.do(lambda session: wish(day, session.get_one(Visit, late), "15:00", "17:00"))
    plan = day.draft()
    with day.database.read_session() as session:
        (remedy, *_rest) = remedies_of_plan(session, plan)[late]
    (change,) = remedy.changes
    assert change.code == "earlier_window"
    assert change.detail["from_at"] == day.world.at(f"{DAY} 15:00") - timedelta(minutes=change.detail["minutes"])
    assert remedy.start_at <= day.world.at(f"{DAY} 12:00")


def wish(day: WatchedDay, visit: Visit, from_time: str, until_time: str) -> None:
    """The customer wants this window of the day, and no other."""
    visit.wanted_from_at = day.world.at(f"{DAY} {from_time}")
    visit.wanted_until_at = day.world.at(f"{DAY} {until_time}")
