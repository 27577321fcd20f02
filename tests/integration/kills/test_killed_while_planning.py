"""Planning and publishing are killed again and again: nothing lost, nothing doubled, and the next one completes it."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.db import Database, run_use_case
from dispatch.great_circle import GreatCircleTravel
from dispatch.models import DueWork, Event, Plan, Stop, Visit
from dispatch.queries.plan_drafts import drafts
from dispatch.rules.lifecycles import PlanStatus, VisitStatus
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import PLAN_TERRITORY, request_plan
from dispatch.settings import Settings
from dispatch.solving import Alive, Solver, SolverPool, silent
from dispatch.travel_memory import RememberedTravel
from optimizer.budget import Budget
from optimizer.problem import Problem
from optimizer.solution import Solution
from tests.booking import DAY
from tests.killing import run_and_kill
from tests.planning import PlanningDay, SolvesHere
from web.worker import Worker

#: database steps from the request to the draft, and of one publishing: about as many as there are
STEPS_TO_DRAFT, STEPS_TO_PUBLISH = 100, 90
#: a solver process starts, imports and searches: death falls into each of these
MOST_SECONDS = 2.5


class DiesWhileSolving(SolverPool):
    """Solves in a child, and kills the process that waits for it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(1)
        self._seconds = seconds

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        threading.Timer(self._seconds, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return super().solve(problem, budget, seed, alive=alive, **asked)


def plan(database: Database, territory_id: int, now: datetime, key: str, dies_after_s: float | None = None) -> None:
    """Ask for a plan and let a worker make it, with leases so short that nobody waits for them."""
    day = date.fromisoformat(DAY)
    run_use_case(
        database,
        lambda s: request_plan(s, territory_id, day, day, budget_s=60, seed=0, request_key=key, now=now, by="test"),
    )
    pool: Solver = SolvesHere(iterations=5) if dies_after_s is None else DiesWhileSolving(dies_after_s)
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=0.2)
    Worker(database, settings, now=now, pool=pool, readers=()).until_idle()


def publish(database: Database, now: datetime) -> None:
    """Publish what is a draft, as `dispatch publish` does."""
    with database.read_session() as session:
        found = drafts(session)
    for plan_id in found:
        publish_plan(database, plan_id, now=now, by="test", travel=RememberedTravel(GreatCircleTravel()))


@dataclass
class Killings:
    """Kills work at seeded moments and has a fresh process finish it."""

    url: str
    wanted: int
    seeded: random.Random
    made: int = 0

    def once(self, work: Callable[..., None], *args: object, most_steps: int) -> None:
        """Work that may be killed, and whose completion may be killed too; in the end it is done."""
        while self.made < self.wanted:
            if not run_and_kill(work, self.url, *args, after=self.seeded.randint(3, most_steps)):
                return
            self.made += 1
            if self.seeded.random() < 0.7:
                break
        self.finish(work, *args)

    def inside(self, work: Callable[..., None], *args: object) -> None:
        """Work that is killed while it solves, and then done."""
        assert run_and_kill(work, self.url, *args, self.seeded.uniform(0, MOST_SECONDS), after=None)
        self.made += 1
        self.finish(work, *args)

    def finish(self, work: Callable[..., None], *args: object) -> None:
        """Let a fresh process do what is left."""
        assert not run_and_kill(work, self.url, *args, after=None)


@pytest.fixture
def killings(database: Database, kills: int) -> Killings:
    return Killings(database.url.render_as_string(hide_password=False), kills, random.Random(2026))


@pytest.mark.kill
def test_planning_may_die_anywhere(database: Database, killings: Killings) -> None:
    """Request, claim, snapshot, solve, check, draft."""
    day = PlanningDay.begin(database)
    for _ in range(3):
        day.technician()
    visits = day.customers(6, minutes=30)
    requests = 0
    while killings.made < killings.wanted:
        requests += 1
        arguments = (day.world.ids["territory"], day.now, f"request {requests}")
        if sys.platform == "linux" and requests % 4 == 0:
            killings.inside(plan, *arguments)
        else:
            killings.once(plan, *arguments, most_steps=STEPS_TO_DRAFT)
        check_one_draft_per_request(database, requests)
    assert day.places() == []  # a plan is a proposal
    with database.read_session() as session:
        (newest,) = drafts(session)
    day.publish(newest)
    check_everything_is_published(day, visits)


def check_one_draft_per_request(database: Database, requests: int) -> None:
    """Every request has come to one draft, which the log tells of once; no work is left."""
    with database.read_session() as session:
        plans = session.scalars(select(Plan)).all()
        assert Counter(plan.request_key for plan in plans) == {f"request {n}": 1 for n in range(1, requests + 1)}
        assert {plan.status for plan in plans} == {PlanStatus.DRAFT}
        assert all(plan.proposal for plan in plans)
        told = session.execute(select(Event.kind, Event.payload).where(Event.kind.startswith("plan_")))
        assert Counter((kind, payload["plan_id"]) for kind, payload in told) == {
            (kind, plan.id): 1 for kind in ("plan_requested", "plan_drafted") for plan in plans
        }
        assert session.scalars(select(DueWork).where(DueWork.kind == PLAN_TERRITORY)).all() == []


@pytest.mark.kill
def test_publishing_may_die_anywhere(database: Database, killings: Killings) -> None:
    """Rebase, check, lock, write routes, move visits, log."""
    day = PlanningDay.begin(database)
    for _ in range(3):
        day.technician()
    visits = day.customers(6, minutes=30)
    while killings.made < killings.wanted:
        day.draft()
        killings.once(publish, day.now, most_steps=STEPS_TO_PUBLISH)
        check_everything_is_published(day, visits)
        for visit in killings.seeded.sample([visit for visit, _ in day.places()], 2):
            day.cancel(visit)  # somebody else wants a visit, somebody does not any more
        visits += day.customers(2, minutes=30)


def check_everything_is_published(day: PlanningDay, visits: list[int]) -> None:
    """Routes, visits, plans and the log tell the same, and the independent checker finds nothing wrong."""
    assert day.violations() == []
    with day.database.read_session() as session:
        rows = {visit.id: visit for visit in session.scalars(select(Visit))}
        stops = session.scalars(select(Stop)).all()
        events = session.scalars(select(Event).order_by(Event.id)).all()
        places = {stop.visit_id: (stop.route.technician_id, stop.start_at) for stop in stops}
        plans = session.scalars(select(Plan)).all()
    assert len(stops) == len(places)
    assert set(rows) == set(visits)
    assert {visit.id for visit in rows.values() if visit.status is VisitStatus.SCHEDULED} == set(places)
    assert {visit.status for visit in rows.values()} <= {VisitStatus.SCHEDULED, VisitStatus.CANCELLED}
    check_plans_are_told_once(plans, events)
    check_visits_are_told_once(places, visits, events)


def check_plans_are_told_once(plans: Sequence[Plan], events: Sequence[Event]) -> None:
    """Plans are in a final state, and the log says which, once."""
    ends = {PlanStatus.PUBLISHED: "plan_published", PlanStatus.DISCARDED: "plan_discarded"}
    told = Counter((event.kind, event.payload["plan_id"]) for event in events if event.kind.startswith("plan_"))
    expected = [(kind, plan.id) for plan in plans for kind in ("plan_requested", "plan_drafted", ends[plan.status])]
    assert told == Counter(expected)


def check_visits_are_told_once(
    places: dict[int, tuple[int, datetime]], visits: list[int], events: Sequence[Event]
) -> None:
    """Every visit was booked once, scheduled as often as the plans say, and last where it has its stop."""
    booked = [event.visit_id for event in events if event.kind == "visit_booked"]
    assert Counter(booked) == Counter(visits)
    published = [event.payload for event in events if event.kind == "plan_published"]
    scheduled = [event for event in events if event.kind == "visit_scheduled"]
    assert len(scheduled) == sum(payload["added"] + payload["moved"] for payload in published)
    last = {event.visit_id: event for event in scheduled}
    for visit_id, (technician_id, start_at) in places.items():
        event = last[visit_id]
        assert (event.technician_id, datetime.fromisoformat(event.payload["start_at"])) == (technician_id, start_at)
