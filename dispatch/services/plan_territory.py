"""Making the plan that was asked for: snapshot, solve, check, draft. No transaction stays open meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal, error_code
from dispatch.models import Plan
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.queries.planning_words import REPAIR_WEIGHTS
from dispatch.rules.events import PlanDrafted, PlanFailed
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.append_event import append_event
from dispatch.services.foresee_plan import PlanForesight
from dispatch.solving import Solver
from dispatch.travel import TravelModel
from optimizer.budget import Budget, WallClock
from optimizer.check import check
from optimizer.obstacles import Obstacle
from optimizer.solution import Solution

#: who moves a plan while it is made
SOLVER = "worker"

#: what so many seconds of search mean: seconds, unless somebody wants the same plan again on another machine
Budgeting = Callable[[float], Budget]


class PlanNotChecked(Refusal):
    """The checker has found violations in the engine's plan; nobody gets to see it."""


class Hold(Protocol):
    """The right to make a plan, which may pass to somebody else while it is made."""

    def keep(self, session: Session) -> None:
        """Go on holding it; raises what the caller of `plan_territory` wants to hear if it is ours no more."""
        ...

    def settle(self, session: Session) -> bool:
        """The plan is made, or not wanted; False if it is ours no more."""
        ...

    def alive(self, elapsed_s: float) -> None:
        """The solver has worked for so long; raises to have it stopped."""
        ...


class NobodyElse:
    """The right to make a plan that nobody else will make."""

    def keep(self, _session: Session) -> None:
        """It stays ours."""

    def settle(self, _session: Session) -> bool:
        """It is ours."""
        return True

    def alive(self, _elapsed_s: float) -> None:
        """Nobody wants to know."""


def plan_territory(
    database: Database,
    plan_id: int,
    *,
    now: datetime,
    travel: TravelModel,
    pool: Solver,
    hold: Hold | None = None,
    budgeting: Budgeting = WallClock,
) -> PlanStatus:
    """Turn a requested plan into a draft; a plan that is not wanted any more, or made already, is left alone.

    A plan found *solving* belonged to a worker that was lost: it is taken over. `budgeting` says
    what the plan's seconds of search are. The draft is written and the hold settled in one
    transaction, or neither; a draft whose level or forecast failed says so. Raises why it did not come to a
    draft; the plan stays *solving*, to be tried again or given up (`fail_plan`).
    """
    hold = hold or NobodyElse()
    asked = run_use_case(database, lambda session: _begin(session, plan_id, hold, now))
    if asked.status is not PlanStatus.SOLVING:
        return asked.status
    weights = REPAIR_WEIGHTS if asked.is_repair else None
    with database.read_session() as session:
        snapshot = planning_snapshot(session, asked.territory_id, asked.days, now=now, travel=travel, weights=weights)
    foresight = PlanForesight(database, asked, snapshot, now=now)
    budget, wish = budgeting(asked.budget_s), foresight.confidence
    solution = pool.solve(snapshot.problem, budget, asked.seed, confidence=wish, alive=hold.alive)
    _check(snapshot, solution)
    proposal = _proposal(snapshot, solution) | foresight.of(solution)

    def draft(session: Session) -> PlanStatus:
        plan = session.get_one(Plan, plan_id, with_for_update=True)
        if hold.settle(session) and plan.status is PlanStatus.SOLVING:
            plan.read_versions = {str(shift_id): version for shift_id, version in snapshot.route_versions.items()}
            plan.proposal, plan.summary = proposal, _summary(snapshot, solution)
            plan.level_failed_code = foresight.level_failed_code
            plan.forecast_failed_code = foresight.forecast_failed_code
            plan.remedies_failed_code = foresight.remedies_failed_code
            plan.move_to(PlanStatus.DRAFT, at=now, by=SOLVER)
            fact = PlanDrafted(occurred_at=now, plan_id=plan.id, territory_id=plan.territory_id)
            append_event(session, fact, now=now)
        return plan.status

    return run_use_case(database, draft)


def hand_back_plan(session: Session, plan_id: int, *, now: datetime) -> None:
    """Whoever was at it stops: the plan waits for somebody else."""
    plan = session.get_one(Plan, plan_id, with_for_update=True)
    if plan.status is PlanStatus.SOLVING:
        plan.move_to(PlanStatus.REQUESTED, at=now, by=SOLVER)


def fail_plan(session: Session, plan_id: int, error: Exception, *, now: datetime) -> None:
    """Nobody tries any more: the plan has failed because of `error`."""
    plan = session.get_one(Plan, plan_id, with_for_update=True)
    if plan.status is PlanStatus.SOLVING:
        reason = error_code(error).lower()
        plan.move_to(PlanStatus.FAILED, at=now, by=SOLVER, reason=reason)
        fact = PlanFailed(occurred_at=now, plan_id=plan.id, territory_id=plan.territory_id, reason=reason)
        append_event(session, fact, now=now)


def _check(snapshot: Snapshot, solution: Solution) -> None:
    """Nobody sees a plan with violations; a booking that nothing can keep any more is shown as unassigned."""
    violations = check(snapshot.problem, solution).violations
    wrong = [one for one in violations if one.code != "mandatory_unassigned"]
    if wrong:
        raise PlanNotChecked("plan", violation=wrong[0].code, violations=len(wrong))


def _begin(session: Session, plan_id: int, hold: Hold, now: datetime) -> Plan:
    plan = session.get_one(Plan, plan_id, with_for_update=True)
    if plan.status not in (PlanStatus.REQUESTED, PlanStatus.SOLVING):
        hold.settle(session)
        return plan
    hold.keep(session)
    if plan.status is PlanStatus.SOLVING:
        plan.move_to(PlanStatus.REQUESTED, at=now, by=SOLVER)
    plan.move_to(PlanStatus.SOLVING, at=now, by=SOLVER)
    return plan


def _proposal(snapshot: Snapshot, solution: Solution) -> dict[str, Any]:
    """The routes wanted, as visits by shift, and what is left out with every obstacle."""
    return {
        "routes": {
            str(snapshot.shift_ids[route.technician, route.shift]): [
                {"visit_id": int(stop.job), "start_at": snapshot.at(stop.start_s).isoformat()} for stop in route.stops
            ]
            for route in solution.routes
        },
        "unassigned": [
            {"visit_id": int(one.job), "obstacles": [_obstacle(snapshot, why) for why in one.obstacles]}
            for one in solution.unassigned
        ]
        + [
            {"visit_id": visit_id, "obstacles": [{"code": "not_located", "detail": {}}]}
            for visit_id in snapshot.unlocated
        ],
    }


def _obstacle(snapshot: Snapshot, why: Obstacle) -> dict[str, Any]:
    """An obstacle in codes, ids and instants."""
    detail: dict[str, Any] = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(why).items()}
    window = detail.pop("window", None)
    if window is not None:
        detail["from_at"] = snapshot.at(window["start_s"]).isoformat()
        detail["until_at"] = snapshot.at(window["end_s"]).isoformat()
    return {"code": why.code, "detail": detail}


def _summary(snapshot: Snapshot, solution: Solution) -> dict[str, Any]:
    """The figures that people compare."""
    return {
        "served": solution.served,
        "unserved": len(solution.unassigned) + len(snapshot.unlocated),
        "travel_s": sum(route.travel_s for route in solution.routes),
        "technicians": len(solution.routes),
        "cost_ms": solution.cost.by_term(),
        "engine": solution.engine,
        "fallback_cells": snapshot.fallback_cells,
    }
