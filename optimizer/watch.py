"""The best plan so far, and whether to go on: what an engine reports to while it searches."""

from __future__ import annotations

import time
from collections.abc import Callable

from optimizer.budget import Budget, SoFar
from optimizer.evaluation import Evaluator, Order, Orders

Progress = Callable[[SoFar], bool | None]
REPORT_EVERY_S = 0.1
LOOK_EVERY = 64


class Watch:
    """Counts, keeps the best orders, reports progress, and says when a phase is over.

    `progress` is called at most every 0.1 s and for every better plan; returning False ends
    the search with the best so far, as `KeyboardInterrupt` does. `started` is when the time of
    the budget began to run (time.monotonic), now if not given.
    """

    def __init__(
        self, evaluator: Evaluator, budget: Budget, progress: Progress | None = None, started: float | None = None
    ) -> None:
        self.evaluator, self.budget, self.progress = evaluator, budget, progress
        self.stopped = False
        self.orders: dict[int, Order] = {}
        self.cost_ms: int | None = None
        self._started = self._reported = time.monotonic() if started is None else started
        self._so_far = SoFar()
        self.iterations = 0

    def tick(self, share: float = 1.0) -> bool:
        """Count one candidate; True when this share of the budget is spent or the search is stopped."""
        self.iterations += 1
        if self.iterations % LOOK_EVERY:
            return self.stopped
        return self.over(share)

    def over(self, share: float = 1.0) -> bool:
        """Whether this share of the budget is spent or the search is stopped."""
        so_far = self.so_far()
        if so_far.elapsed_s - (self._reported - self._started) >= REPORT_EVERY_S:
            self._report(so_far)
        return self.stopped or self.budget.share(so_far) >= share

    def is_wanted(self) -> bool:
        """Whether there ever was a budget, spent by now or not, and nobody has stopped the search."""
        return not self.stopped and self.budget.share(SoFar()) < 1.0

    def count(self, candidates: int) -> None:
        """Count candidates that the engine has looked at by itself."""
        self.iterations += candidates

    def share(self) -> float:
        """How much of the budget is spent."""
        return self.budget.share(self.so_far())

    def offer(self, orders: Orders) -> bool:
        """Keep these routes if they are possible and cheaper than the best; returns whether they were."""
        cost = self.evaluator.total_ms(orders)
        if cost is None or (self.cost_ms is not None and cost >= self.cost_ms):
            return False
        self.orders, self.cost_ms = {duty: tuple(jobs) for duty, jobs in orders.items()}, cost
        self._report(self.so_far())
        return True

    def so_far(self) -> SoFar:
        """How far the search has come."""
        return SoFar(
            elapsed_s=time.monotonic() - self._started,
            iterations=self.iterations,
            cost_ms=self.cost_ms,
            served=sum(map(len, self.orders.values())),
        )

    def stop(self) -> None:
        """End the search at the next look."""
        self.stopped = True

    def _report(self, so_far: SoFar) -> None:
        self._reported = time.monotonic()
        if self.progress is not None and self.progress(so_far) is False:
            self.stop()
