"""Asking for a plan: once for each key, for a week at most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select

from dispatch.db import Database
from dispatch.errors import NotFound
from dispatch.models import DueWork, Plan
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.discard_plan import discard_plan
from dispatch.services.request_plan import TooManyDays
from tests.planning import PlanningDay


@pytest.fixture
def day(database: Database) -> PlanningDay:
    return PlanningDay.begin(database)


def due(day: PlanningDay) -> list[tuple[str, str]]:
    with day.database.read_session() as session:
        return [(row.kind, row.key) for row in session.scalars(select(DueWork).order_by(DueWork.id))]


def test_a_request_is_due_at_once(day: PlanningDay) -> None:
    plan = day.request()
    row = day.plan(plan)
    assert (row.status, row.days) == (PlanStatus.REQUESTED, (date(2026, 11, 24),))
    assert due(day) == [("plan_territory", str(plan))]
    assert [(fact.territory_id, fact.payload["plan_id"]) for fact in day.facts("plan_requested")] == [
        (day.world.ids["territory"], plan)
    ]


def test_the_same_key_asks_for_the_same_plan(day: PlanningDay) -> None:
    first = day.request(key="nightly:2026-11-24")
    assert day.request(key="nightly:2026-11-24") == first
    assert day.request(key="nightly:2026-11-25") != first
    assert day.world.log("plan_requested") == ["plan_requested"] * 2


def test_many_who_ask_at_the_same_moment_get_the_same_plan(day: PlanningDay) -> None:
    with ThreadPoolExecutor(8) as pool:
        plans = set(pool.map(lambda _: day.request(key="everyone"), range(16)))
    assert len(plans) == 1
    with day.database.read_session() as session:
        assert session.scalar(select(func.count()).select_from(Plan)) == 1
    assert day.world.log("plan_requested") == ["plan_requested"]


@pytest.mark.parametrize("days", [("2026-11-24", "2026-12-01"), ("2026-11-24", "2026-11-23")])
def test_a_plan_covers_a_day_to_a_week(day: PlanningDay, days: tuple[str, str]) -> None:
    with pytest.raises(TooManyDays):
        day.request(*days)
    assert len(day.plan(day.request("2026-11-24", "2026-11-30")).days) == 7


def test_what_is_discarded_is_not_due_any_more(day: PlanningDay) -> None:
    plan = day.request()
    day.world.do(lambda s: discard_plan(s, plan, now=day.now, by="dispatcher:1"))
    assert due(day) == []
    assert day.solve(plan) is PlanStatus.DISCARDED
    assert [fact.payload["reason"] for fact in day.facts("plan_discarded")] == ["unwanted"]


def test_an_unknown_territory_is_not_found(day: PlanningDay) -> None:
    day.world.ids["territory"] = 99
    with pytest.raises(NotFound):
        day.request()
