"""What is foreseen of a plan while it is made; a plan is as good without, so what fails is noted and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog

from dispatch.db import Database
from dispatch.errors import error_code
from dispatch.models import Plan
from dispatch.queries.plan_forecast import Outlook, plan_forecast, plan_outlook
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.services.find_remedies import find_remedies
from optimizer.failure import Failure
from optimizer.risk.keep import Confidence
from optimizer.solution import Solution

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class PlanForesight:
    """Looks ahead before a plan is solved, and at the plan once it is.

    `level_failed_code`, `forecast_failed_code` and `remedies_failed_code` are codes of what went wrong, None if
    nothing did.
    """

    def __init__(self, database: Database, plan: Plan, snapshot: Snapshot, *, now: datetime) -> None:
        self._plan_id, self._seed, self._snapshot = plan.id, plan.seed, snapshot
        self._level = None if plan.confidence_permille is None else plan.confidence_permille / 1000
        self.forecast_failed_code: str | None = None
        self.remedies_failed_code: str | None = None
        self.level_failed_code: str | None = None

        def look() -> Outlook:
            with database.read_session() as session:
                return plan_outlook(session, snapshot, now=now)

        self._outlook, self.forecast_failed_code = self._tried("forecast", look)

    @property
    def confidence(self) -> Confidence | None:
        """What the solver is asked for; None if nobody asked, or nothing is known."""
        if self._level is None or self._outlook is None:
            return None
        return self._outlook.confidence(self._level)

    def of(self, solution: Solution) -> dict[str, Any]:
        """What a proposal says of the days to come, as far as it could be found out."""
        if solution.level_failure is not None:
            self.level_failed_code, where = solution.level_failure.code, solution.level_failure.where
            _log.error("plan_level_failed", plan_id=self._plan_id, code=self.level_failed_code, where=where)
        outlook, foreseen = self._outlook, None
        if outlook is not None:
            foreseen, self.forecast_failed_code = self._tried("forecast", lambda: self._forecast(outlook, solution))
        remedies, self.remedies_failed_code = self._tried("remedies", lambda: find_remedies(self._snapshot, solution))
        return (foreseen or {}) | ({} if remedies is None else {"remedies": remedies})

    def _forecast(self, outlook: Outlook, solution: Solution) -> dict[str, Any]:
        found = plan_forecast(outlook, self._snapshot, solution, level=self._level, seed=self._seed)
        return {
            "kept": {str(visit_id): round(kept, 3) for visit_id, kept in found.kept.items()},
            "late_s": {str(visit_id): late_s for visit_id, late_s in found.late_s.items()},
        }

    def _tried(self, what: str, find: Callable[[], T]) -> tuple[T | None, str | None]:
        """What is found, or the code of why it is not; the log says where, never the error's text (R84)."""
        try:
            return find(), None
        except Exception as error:  # noqa: BLE001 - see above
            code = error_code(error)
            _log.error(f"plan_{what}_failed", plan_id=self._plan_id, code=code, where=Failure.of(error).where)
            return None, code
