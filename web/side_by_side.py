"""Plans of many territories, made side by side: as many at a time as the solver can solve."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.queries.plan_scope import PlanScope
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.discard_plan import discard_plan
from dispatch.services.request_plan import PLAN_TERRITORY, request_plan
from dispatch.services.solve_claimed_plan import Tenure, solve_claimed_plan
from dispatch.settings import Settings
from dispatch.solving import Alive, Solver, SolverLost
from dispatch.travel import build_travel_model
from web.solving_bar import SolvingBar, SolvingBars


@dataclass(frozen=True)
class Asked:
    """What is wanted of every plan: days in order, seconds of search, and how surely windows are to be kept."""

    days: Sequence[date]
    seconds: int
    seed: int
    confidence_permille: int | None


@dataclass(frozen=True)
class Made:
    """What has become of one territory's plan: its id (0: none could be asked for), and why it is not made."""

    scope: PlanScope
    plan_id: int
    why_not: Exception | None = None


@dataclass
class SideBySide:
    """Makes plans as a worker would; who leaves it by an exception, such as Ctrl-C, wants none that is not made."""

    database: Database
    settings: Settings
    at: datetime
    by: str
    tenure: Tenure
    pool: Solver
    asked: Asked
    _stopped: threading.Event = field(default_factory=threading.Event)

    def plans(self, scopes: Sequence[PlanScope], at_once: int, bars: SolvingBars) -> Generator[Made]:
        """One after the other in the order of `scopes`, each as soon as it and those before it are made.

        A process that dies takes with it what is solved beside it: what was lost so is tried once more,
        by itself, and comes last.
        """
        lost: list[tuple[PlanScope, Claim]] = []
        with ThreadPoolExecutor(at_once, thread_name_prefix="planning") as threads:
            try:
                for making in [threads.submit(self._make, scope, bars.of(scope.territory)) for scope in scopes]:
                    claim, made = making.result()
                    if isinstance(made.why_not, SolverLost) and claim is not None and at_once > 1:
                        lost.append((made.scope, claim))
                    else:
                        yield made
                for scope, claim in lost:
                    yield threads.submit(self._solve, scope, claim, bars.of(scope.territory)).result()
            except BaseException:
                self._stopped.set()
                threads.shutdown(cancel_futures=True)
                raise

    def _make(self, scope: PlanScope, bar: SolvingBar) -> tuple[Claim | None, Made]:
        """Ask for a plan and make it here; why it could not be made is no reason to leave the others out."""
        try:
            claim = run_use_case(self.database, lambda session: self._request(session, scope.territory_id))
        except Exception as error:  # noqa: BLE001 - see above; the caller says it
            return None, Made(scope, 0, error)
        return claim, self._solve(scope, claim, bar)

    def _solve(self, scope: PlanScope, claim: Claim, bar: SolvingBar) -> Made:
        plan_id, travel = int(claim.key), build_travel_model(self.settings)
        try:
            with bar as tell:
                solve_claimed_plan(
                    self.database,
                    claim,
                    self.tenure,
                    now=self.at,
                    travel=travel,
                    pool=self.pool,
                    alive=lambda elapsed_s: self._unless_stopped(tell, elapsed_s),
                )
        except (KeyboardInterrupt, SolverLost) as stopped:
            if self._stopped.is_set():
                run_use_case(self.database, lambda s: discard_plan(s, plan_id, now=self.at, by=self.by))
            if isinstance(stopped, KeyboardInterrupt):
                raise
            return Made(scope, plan_id, stopped)
        except Exception as error:  # noqa: BLE001 - the caller says it
            return Made(scope, plan_id, error)
        return Made(scope, plan_id)

    def _unless_stopped(self, tell: Alive, elapsed_s: float) -> None:
        if self._stopped.is_set():
            raise KeyboardInterrupt
        tell(elapsed_s)

    def _request(self, session: Session, territory_id: int) -> Claim:
        """Ask for the plan and claim it at once, so that no worker begins it too."""
        made = request_plan(
            session,
            territory_id,
            self.asked.days[0],
            self.asked.days[-1],
            budget_s=self.asked.seconds,
            seed=self.asked.seed,
            confidence_permille=self.asked.confidence_permille,
            request_key=f"{self.by}:{uuid4()}",
            now=self.at,
            by=self.by,
        )
        (claim,) = claim_due_work(
            session,
            business_now=self.at,
            machine_now=self.tenure.machine.now(),
            lease=self.tenure.lease,
            kinds=[PLAN_TERRITORY],
            keys=[str(made.id)],
        )
        return claim
