"""Solving a plan that was claimed as due work, keeping it ours while the solver works."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.clocks import Clock
from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.claim_due_work import Claim
from dispatch.services.perform_due_work import renew_lease, settle_due_work
from dispatch.services.plan_territory import fail_plan, plan_territory
from dispatch.solving import Alive, Solver, silent
from dispatch.travel import TravelModel
from optimizer.faults import InvalidProblem


@dataclass(frozen=True)
class Tenure:
    """How claimed work is kept: a machine clock, how long a lease lasts, how often work is tried."""

    machine: Clock
    lease: timedelta
    attempts: int


def solve_claimed_plan(
    database: Database,
    claim: Claim,
    tenure: Tenure,
    *,
    now: datetime,
    travel: TravelModel,
    pool: Solver,
    alive: Alive = silent,
) -> PlanStatus:
    """Solve the claimed plan and settle the work; its lease is renewed meanwhile.

    Raises why the plan did not come to a draft. It has failed if trying again is useless, or
    has been tried often enough; else the work is the caller's to put back.
    """
    keeper = _LeaseKeeper(database, claim, tenure, alive)
    try:
        status = plan_territory(database, int(claim.key), now=now, travel=travel, pool=pool, alive=keeper.alive)
    except Exception as error:
        if _is_useless_again(error) or claim.attempts >= tenure.attempts:
            _give_up(database, claim, error, now)
        raise
    run_use_case(database, lambda session: settle_due_work(session, claim))
    return status


def _is_useless_again(error: Exception) -> bool:
    """Whether the same plan would fail for the same reason."""
    return isinstance(error, InvalidProblem) or (isinstance(error, Refusal) and not error.again)


def _give_up(database: Database, claim: Claim, error: Exception, now: datetime) -> None:
    """The plan has failed, unless somebody else is at it by now."""

    def give_up(session: Session) -> None:
        if settle_due_work(session, claim):
            fail_plan(session, int(claim.key), error, now=now)

    run_use_case(database, give_up)


class _LeaseKeeper:
    """Renews a lease three times as often as needed."""

    def __init__(self, database: Database, claim: Claim, tenure: Tenure, alive: Alive) -> None:
        self._database, self._claim, self._tenure, self._tell = database, claim, tenure, alive
        self._renewed_at = time.monotonic()

    def alive(self, elapsed_s: float) -> None:
        """The solver still works; a database that is in the way for a moment is no reason to stop it."""
        self._tell(elapsed_s)
        if time.monotonic() - self._renewed_at > self._tenure.lease.total_seconds() / 3:
            try:
                run_use_case(self._database, self._renew)
            except DBAPIError:
                return
            self._renewed_at = time.monotonic()

    def _renew(self, session: Session) -> bool:
        machine_now = self._tenure.machine.now()
        return renew_lease(session, self._claim, machine_now=machine_now, lease=self._tenure.lease)
