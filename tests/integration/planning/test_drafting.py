"""From a request to a draft: what is proposed, what is left out and why, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import DueWork
from dispatch.queries.plan_difference import Place
from dispatch.rules.lifecycles import PlanStatus, VisitStatus
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.discard_plan import discard_plan
from dispatch.services.plan_territory import PlanNotChecked
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.solve_claimed_plan import Tenure, solve_claimed_plan
from dispatch.solving import Alive, SolverLost, silent
from optimizer.budget import Budget
from optimizer.faults import Fault, InvalidProblem
from optimizer.problem import Problem
from optimizer.solution import Solution
from tests.planning import PlanningDay, SolvesHere


@pytest.fixture
def day(database: Database) -> PlanningDay:
    return PlanningDay.begin(database)


# --- what is proposed -------------------------------------------------------------------


def test_a_draft_holds_a_proposal_and_its_figures(day: PlanningDay) -> None:
    technician = day.technician(north=0.05)
    visits = day.customers(3)
    plan = day.draft()
    row = day.plan(plan)
    assert sorted(day.proposed(plan)[technician]) == visits
    assert row.summary["served"] == 3
    assert row.summary["technicians"] == 1
    assert row.summary["travel_s"] > 0
    assert set(row.read_versions.values()) == {0}
    assert day.world.log("plan_requested", "plan_drafted") == ["plan_requested", "plan_drafted"]


def test_what_is_left_out_has_every_obstacle(day: PlanningDay) -> None:
    """In codes, ids and instants: no seconds from a midnight that nobody knows."""
    technician = day.technician("08:00-10:00", skills=["copper"])
    unskilled = day.customer(skills=["fibre"])
    day.customers(2, minutes=60)
    crowded = day.customer(minutes=60)
    nowhere = day.customer(located=False)
    long = day.customer(minutes=600)
    plan = day.draft()
    found = {one["visit_id"]: one["obstacles"] for one in day.plan(plan).proposal["unassigned"]}
    assert found[unskilled] == [{"code": "missing_skill", "detail": {"skill": "fibre", "level": 1}}]
    assert found[nowhere] == [{"code": "not_located", "detail": {}}]
    (full,) = next(found[visit] for visit in found if visit not in (unskilled, nowhere, long))
    assert (full["code"], full["detail"]) == ("no_room_in_routes", {"technicians": [str(technician)]})
    assert crowded
    (too_long,) = found[long]
    assert too_long["code"] == "no_shift_covers"
    assert datetime.fromisoformat(too_long["detail"]["from_at"]) == day.world.at("2026-11-24 08:00")


def test_the_difference_is_told_in_words_and_numbers(day: PlanningDay) -> None:
    """One moves, one comes later, one is new, one is left out; what has begun is none of it."""
    near, far = day.technician(), day.technician(north=0.4)
    moves, later, begun, new = day.customers(4)
    left = day.customer(minutes=600)
    day.clock("09:00")
    day.place(far, [(moves, "11:00")])
    day.place(near, [(begun, "09:00"), (later, "14:00")])
    plan = day.draft()
    day.reach(begun, VisitStatus.ON_SITE)
    at = day.world.at("2026-11-24 10:00").isoformat()
    wanted = [{"visit_id": visit, "start_at": at} for visit in (begun, later, moves, new)]
    day.propose(plan, {near: wanted})
    difference = day.difference(plan)
    places = {change.visit_id: (change.what, told(change.before), told(change.after)) for change in difference.changes}
    assert places == {
        moves: ("moved", "T2 11:00", "T1 10:00"),
        later: ("retimed", "T1 14:00", "T1 10:00"),
        new: ("added", None, "T1 10:00"),
    }
    assert (difference.added, difference.moved, difference.retimed, difference.removed) == (1, 1, 1, 0)
    assert (difference.visits, difference.unserved) == (4, 1)
    assert [one.visit_id for one in difference.unassigned] == [left]
    assert difference.unassigned[0].order not in {change.order for change in difference.changes}


def told(place: Place | None) -> str | None:
    """Who and when, in local time."""
    return None if place is None else f"{place.badge} {place.start_at.astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}"


def test_the_proposal_starts_from_the_routes_as_they_are(day: PlanningDay) -> None:
    day.technician()
    day.customers(2)
    day.planned()
    assert day.difference(day.draft()).changes == ()


# --- what can go wrong ------------------------------------------------------------------


@dataclass
class Spoils(SolvesHere):
    """Does something to the world or to the solution before it answers."""

    spoil: Callable[[Solution], Solution] = lambda solution: solution

    def solve(self, problem: Problem, budget: Budget, seed: int, *, alive: Alive = silent, **asked: Any) -> Solution:
        return self.spoil(super().solve(problem, budget, seed, alive=alive, **asked))


def raising(error: Exception) -> Callable[[Solution], Solution]:
    def spoil(_solution: Solution) -> Solution:
        raise error

    return spoil


def claimed(day: PlanningDay, plan: int, *, attempts: int = 1) -> Claim:
    """The plan's work, claimed so many times."""
    for attempt in range(attempts):
        machine_now = day.machine + timedelta(hours=attempt)
        found = day.world.do(
            lambda s, at=machine_now: claim_due_work(  # type: ignore[misc]
                s,
                business_now=day.now,
                machine_now=at,
                lease=timedelta(minutes=1),
                kinds=[PLAN_TERRITORY],
                keys=[str(plan)],
            )
        )
    return found[0]


def work(day: PlanningDay, claim: Claim) -> PlanStatus:
    tenure = Tenure(FixedClock(day.machine), timedelta(minutes=1), attempts=3)
    return solve_claimed_plan(day.database, claim, tenure, now=day.now, travel=day.travel, pool=day.solver)


def left(day: PlanningDay) -> int:
    with day.database.read_session() as session:
        return len(session.scalars(select(DueWork).where(DueWork.kind == PLAN_TERRITORY)).all())


def test_a_plan_with_violations_is_seen_by_nobody(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.request()
    day.solver = Spoils(spoil=lambda solution: replace(solution, unassigned=(), routes=()))
    with pytest.raises(PlanNotChecked) as refused:
        work(day, claimed(day, plan))
    assert refused.value.values["violation"] == "job_lost"
    row = day.plan(plan)
    assert (row.status, row.status_reason, row.proposal) == (PlanStatus.FAILED, "plan_not_checked", {})
    assert [fact.payload["reason"] for fact in day.facts("plan_failed")] == ["plan_not_checked"]
    assert left(day) == 0  # trying again would end the same way


def test_a_problem_that_cannot_be_planned_fails_at_once(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.request()
    day.solver = Spoils(spoil=raising(InvalidProblem([Fault("jobs", "empty", "")])))
    with pytest.raises(InvalidProblem):
        work(day, claimed(day, plan))
    assert day.plan(plan).status_reason == "invalidproblem"


def test_a_lost_solver_is_tried_again_and_given_up_in_the_end(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.request()
    day.solver = Spoils(spoil=raising(SolverLost("solver")))
    with pytest.raises(SolverLost):
        work(day, claimed(day, plan))
    assert (day.plan(plan).status, left(day)) == (PlanStatus.SOLVING, 1)
    with pytest.raises(SolverLost):
        work(day, claimed(day, plan, attempts=3))
    assert (day.plan(plan).status, left(day)) == (PlanStatus.FAILED, 0)


def test_a_plan_in_the_hands_of_a_lost_worker_is_taken_over(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.request()
    good, day.solver = day.solver, Spoils(spoil=raising(SolverLost("solver")))
    with pytest.raises(SolverLost):
        day.solve(plan)
    assert day.plan(plan).status is PlanStatus.SOLVING
    day.solver = good
    assert day.solve(plan) is PlanStatus.DRAFT


def test_the_first_of_two_who_solve_the_same_plan_wins(day: PlanningDay) -> None:
    """One was thought lost and was only slow."""
    day.technician()
    day.customer()
    plan = day.request()
    quick = SolvesHere()

    def meanwhile(solution: Solution) -> Solution:
        slow, day.solver = day.solver, quick
        assert day.solve(plan) is PlanStatus.DRAFT
        day.solver = slow
        return solution

    day.solver = Spoils(spoil=meanwhile)
    assert day.solve(plan) is PlanStatus.DRAFT
    assert day.world.log("plan_drafted") == ["plan_drafted"]


def test_a_slow_worker_that_fails_does_not_take_the_plan_from_who_has_it_now(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.request()

    def meanwhile(_solution: Solution) -> Solution:
        claimed(day, plan, attempts=2)  # somebody else, an hour later
        raise InvalidProblem([Fault("jobs", "empty", "")])

    day.solver = Spoils(spoil=meanwhile)
    with pytest.raises(InvalidProblem):
        work(day, claimed(day, plan))
    assert (day.plan(plan).status, left(day)) == (PlanStatus.SOLVING, 1)


def test_a_plan_discarded_while_it_is_solved_comes_to_nothing(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.request()

    def meanwhile(solution: Solution) -> Solution:
        day.world.do(lambda s: discard_plan(s, plan, now=day.now, by="dispatcher:1"))
        return solution

    day.solver = Spoils(spoil=meanwhile)
    assert work(day, claimed(day, plan)) is PlanStatus.DISCARDED
    assert day.plan(plan).proposal == {}
    assert day.world.log("plan_drafted") == []


def test_a_settled_plan_is_left_alone(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.draft()
    assert day.solve(plan) is PlanStatus.DRAFT
    assert len(day.solver.asked) == 1
