"""A draft says how likely each window is kept, and learns from the visits that are over; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import CloseOut, Visit
from dispatch.queries.duration_history import learnt_durations
from dispatch.rules.duration_learning import HISTORY
from dispatch.rules.lifecycles import VisitStatus
from optimizer.risk.uncertainty import NO_HISTORY, Uncertainty
from tests.planning import PlanningDay
from web.plan_words import percent


@pytest.fixture
def day(database: Database) -> PlanningDay:
    return PlanningDay.begin(database)


def learnt(day: PlanningDay) -> Uncertainty:
    with day.database.read_session() as session:
        return learnt_durations(session, now=day.now)


def was_done(day: PlanningDay, technician: int, visits: int, *, minutes: int, days_ago: float = 3) -> None:
    """Visits of an hour that took so many minutes, reached in twice the ten minutes of the way."""
    done = [day.customer(minutes=60) for _ in range(visits)]
    left_at = day.now - timedelta(days=days_ago)
    arrived_at = left_at - timedelta(minutes=minutes)

    def write(session: Session) -> None:
        session.execute(
            update(Visit)
            .where(Visit.id.in_(done))
            .values(
                status=VisitStatus.COMPLETED,
                set_off_at=arrived_at - timedelta(minutes=20),
                arrived_at=arrived_at,
                left_at=left_at,
            )
        )
        for visit in done:
            session.add(CloseOut(visit_id=visit, technician_id=technician, closed_at=left_at, is_completed=True))

    day.world.do(write)


def test_without_history_a_draft_foresees_with_the_defaults(day: PlanningDay) -> None:
    """Every visit of the plan has its probability, the first of the day the highest."""
    technician = day.technician(north=0.05)
    visits = day.customers(5, minutes=90)
    assert learnt(day) == NO_HISTORY
    plan = day.draft()
    found = day.difference(plan)
    assert set(found.kept) == set(visits) == {one.visit_id for one in found.changes if one.kept is not None}
    in_order = [found.kept[visit] for visit in day.proposed(plan)[technician]]
    assert in_order[0] > 0.99 > in_order[-1] > 0.5
    assert found.kept_share == pytest.approx(sum(in_order) / 5)
    assert [one.kept for one in found.doubtful] == sorted(one for one in in_order if one < 0.9)


def test_who_takes_longer_than_planned_is_foreseen_to_be_late(day: PlanningDay) -> None:
    """Forty visits that took half as long again; windows later in the day are kept less surely."""
    technician = day.technician(north=0.05)
    visits = day.customers(5, minutes=90)
    before = day.difference(day.draft()).kept
    was_done(day, technician, 40, minutes=90)
    after = day.difference(day.draft()).kept
    assert set(before) == set(after) == set(visits)
    assert sum(after.values()) < sum(before.values()) - 0.5


def test_history_is_bounded_and_only_what_was_done_counts(day: PlanningDay) -> None:
    """What is too long ago, and what is yet to come, teaches nothing."""
    technician = day.technician()
    was_done(day, technician, 3, minutes=120, days_ago=HISTORY / timedelta(days=1) + 1)
    was_done(day, technician, 3, minutes=120, days_ago=-1)
    assert learnt(day) == NO_HISTORY
    was_done(day, technician, 3, minutes=120)
    assert learnt(day).service.log_median > 0
    assert learnt(day).travel == NO_HISTORY.travel  # no route tells what the way should have taken


def test_what_has_begun_is_no_forecast(day: PlanningDay) -> None:
    """A plan of a running day speaks of what is still to come."""
    technician = day.technician()
    begun, to_come = day.customers(2)
    day.place(technician, [(begun, "09:00"), (to_come, "13:00")])
    day.clock("09:30")
    day.world.do(lambda s: s.execute(update(Visit).where(Visit.id == begun).values(status=VisitStatus.ON_SITE)))
    assert set(day.difference(day.draft()).kept) == {to_come}


def test_nothing_uncertain_is_said_to_be_certain() -> None:
    """Rounded down, and never 100."""
    assert [percent(one) for one in (None, 0.0, 0.29, 0.9, 0.956, 0.9999, 1.0)] == [
        "",
        "0%",
        "29%",
        "90%",
        "95%",
        "99%",
        "99%",
    ]
