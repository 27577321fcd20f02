"""Due work, claimed and done piece by piece: one that fails is kept, shown and tried again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import structlog

from dispatch.db import Database, run_use_case
from dispatch.errors import error_code
from dispatch.services.claim_due_work import Claim, claim_due_work
from dispatch.services.perform_due_work import put_back_due_work
from dispatch.services.solve_claimed_plan import Tenure

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ClaimedWork:
    """Claims what is due, to keep as the tenure says."""

    database: Database
    tenure: Tenure

    def each(self, kinds: Collection[str], work: Callable[[Claim], None], *, now: datetime, limit: int = 20) -> int:
        """Claim up to `limit` pieces of these kinds due `now`, do one after the other; how many were claimed."""
        claims = run_use_case(
            self.database,
            lambda session: claim_due_work(
                session,
                business_now=now,
                machine_now=self.tenure.machine.now(),
                lease=self.tenure.lease,
                kinds=list(kinds),
                limit=limit,
            ),
        )
        for claim in claims:
            self._guard(claim, work)
        return len(claims)

    def _guard(self, claim: Claim, work: Callable[[Claim], None]) -> None:
        """One piece of work must not stop the others."""
        try:
            work(claim)
        except Exception as error:  # noqa: BLE001 - see above
            failure = error
            _log.exception("due_work_failed", kind=claim.kind, key=claim.key, code=error_code(failure))
            run_use_case(
                self.database,
                lambda session: put_back_due_work(
                    session,
                    claim,
                    failure,
                    machine_now=self.tenure.machine.now(),
                    attempts_before_parking=self.tenure.attempts,
                ),
            )
