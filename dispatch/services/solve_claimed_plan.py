"""Solving a plan that was claimed as due work, keeping it ours while the solver works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dispatch.clocks import Clock
from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.models import Plan
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.claim_due_work import Claim
from dispatch.services.perform_due_work import hand_back_due_work, renew_lease, settle_due_work
from dispatch.services.plan_territory import Budgeting, fail_plan, hand_back_plan, plan_territory
from dispatch.solving import Alive, Solver, SolverLost, silent
from dispatch.travel import TravelModel
from optimizer.budget import WallClock
from optimizer.faults import InvalidProblem

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tenure:
    """How claimed work is kept: a machine clock, how long a lease lasts, how often work is tried, when to stop."""

    machine: Clock
    lease: timedelta
    attempts: int
    is_over: Callable[[], bool] = lambda: False


class _LeaseLost(Exception):
    """Somebody else may be at the plan by now, or nobody wants it any more."""


class _ToldToStop(Exception):
    """Whoever solves is to end now."""


def solve_claimed_plan(
    database: Database,
    claim: Claim,
    tenure: Tenure,
    *,
    now: datetime,
    travel: TravelModel,
    pool: Solver,
    alive: Alive = silent,
    budgeting: Budgeting = WallClock,
) -> PlanStatus:
    """Solve the claimed plan and settle the work; its lease is renewed meanwhile. What the plan is now.

    A worker that has lost its lease stops solving and writes nothing. One whose tenure is
    over, or who is stopped by Ctrl-C, hands the plan back: it is requested again, and
    anybody's at once. Raises why the plan did not come to a draft. It has failed if trying
    again is useless, or has been tried often enough; else the work is the caller's to put back.
    """
    plan_id = int(claim.key)
    lease = _Lease(database, claim, tenure, alive)
    try:
        return plan_territory(database, plan_id, now=now, travel=travel, pool=pool, hold=lease, budgeting=budgeting)
    except _LeaseLost:
        _log.warning("plan_lease_lost", plan_id=plan_id)
        return _status(database, plan_id)
    except (_ToldToStop, KeyboardInterrupt) as stopped:
        _hand_back(database, claim, now)
        if isinstance(stopped, KeyboardInterrupt):
            raise
        return _status(database, plan_id)
    except Exception as error:
        if isinstance(error, SolverLost) and tenure.is_over():  # closed, by who is told to stop, before we looked
            _hand_back(database, claim, now)
            return _status(database, plan_id)
        if _is_useless_again(error) or claim.attempts >= tenure.attempts:
            _give_up(database, claim, error, now)
        raise


def _status(database: Database, plan_id: int) -> PlanStatus:
    with database.read_session() as session:
        return session.get_one(Plan, plan_id).status


def _is_useless_again(error: Exception) -> bool:
    """Whether the same plan would fail for the same reason."""
    return isinstance(error, InvalidProblem) or (isinstance(error, Refusal) and not error.again)


def _hand_back(database: Database, claim: Claim, now: datetime) -> None:
    """The plan is requested again."""
    _leave(database, claim, hand_back_due_work, lambda session: hand_back_plan(session, int(claim.key), now=now))


def _give_up(database: Database, claim: Claim, error: Exception, now: datetime) -> None:
    """The plan has failed."""
    _leave(database, claim, settle_due_work, lambda session: fail_plan(session, int(claim.key), error, now=now))


def _leave(
    database: Database, claim: Claim, let_go: Callable[[Session, Claim], bool], then: Callable[[Session], None]
) -> None:
    """Let go of the work and do what follows, unless somebody else is at it by now."""

    def leave(session: Session) -> None:
        session.get_one(Plan, int(claim.key), with_for_update=True)  # first, as whoever discards it does
        if let_go(session, claim):
            then(session)

    run_use_case(database, leave)


class _Lease:
    """The right to make a plan while a lease stands, renewed three times as often as needed."""

    def __init__(self, database: Database, claim: Claim, tenure: Tenure, tell: Alive) -> None:
        self._database, self._claim, self._tenure, self._tell = database, claim, tenure, tell
        self._renewed_at = time.monotonic()

    def keep(self, session: Session) -> None:
        """Renew the lease; raises _LeaseLost if it is ours no more."""
        machine_now = self._tenure.machine.now()
        if not renew_lease(session, self._claim, machine_now=machine_now, lease=self._tenure.lease):
            raise _LeaseLost

    def settle(self, session: Session) -> bool:
        """Take the work away; False if it is ours no more."""
        return settle_due_work(session, self._claim)

    def alive(self, elapsed_s: float) -> None:
        """The solver still works; raises _ToldToStop or _LeaseLost if it must not.

        A database that is in the way is no reason to stop it while the lease stands.
        """
        self._tell(elapsed_s)
        if self._tenure.is_over():
            raise _ToldToStop
        seconds, asked_at = self._tenure.lease.total_seconds(), time.monotonic()
        if asked_at - self._renewed_at <= seconds / 3:
            return
        try:
            run_use_case(self._database, self.keep)
            self._renewed_at = asked_at
        except DBAPIError as error:
            if time.monotonic() - self._renewed_at > seconds:
                raise _LeaseLost from error
