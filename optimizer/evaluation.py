"""What an order of jobs on a duty costs, and whether it may stand; remembered, since engines ask again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from optimizer.driven_route import Timing
from optimizer.piecewise import cut
from optimizer.problem import Window
from optimizer.tables import Duty, Tables
from optimizer.timing import time_route
from optimizer.waived_breaks import waive_breaks

Order = tuple[int, ...]
Orders = Mapping[int, Order]
REMEMBERED = 60_000


class Evaluator:
    """Exact costs of routes, in ms of travel, by duty index and order of job indexes."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        tables.duties = [waive_breaks(tables, duty) for duty in tables.duties]
        self.timing = lru_cache(maxsize=REMEMBERED)(self._timing)
        self._position = {
            index: job.pin.position
            for index, job in enumerate(tables.problem.jobs)
            if job.pin is not None and job.pin.position is not None and index not in tables.frozen_duty
        }

    def _timing(self, duty: int, jobs: Order) -> Timing | None:
        on = self.tables.duties[duty]
        if not self.may_stand(on, jobs):
            return None
        return time_route(self.tables, on, self.tables.calls(on, jobs))

    def timing_within(self, duty: int, jobs: Order, job: int, window: Window) -> Timing | None:
        """The cheapest times in which one of the jobs starts inside a window of its own."""
        on = self.tables.duties[duty]
        if not self.may_stand(on, jobs):
            return None
        narrowed = [
            replace(call, profile=cut(call.profile, window.start_s, window.end_s)) if call.job == job else call
            for call in self.tables.calls(on, jobs)
        ]
        return time_route(self.tables, on, narrowed)

    def cost_ms(self, duty: int, jobs: Order) -> int | None:
        """What the route costs in its cheapest times; None if it cannot be."""
        if not jobs:
            return None if self.tables.duties[duty].frozen else 0
        timing = self.timing(duty, jobs)
        return None if timing is None else timing.cost.total_ms

    def may_stand(self, duty: Duty, jobs: Order) -> bool:
        """Whether the order keeps skills, pins, freeze and parts, times left aside."""
        return (
            jobs[: len(duty.frozen)] == duty.frozen
            and all(self.tables.may_serve[job, duty.index] for job in jobs)
            and all(self._position.get(job, position) == position for position, job in enumerate(jobs))
            and self._parts_suffice(duty, jobs)
        )

    def shifts_a_pin(self, jobs: Order, position: int) -> bool:
        """Whether inserting a stop here would move one that is pinned to its position."""
        return any(job in self._position for job in jobs[position:])

    def pinned_position(self, job: int) -> int | None:
        """The position a job is pinned to, if it is."""
        return self._position.get(job)

    def _parts_suffice(self, duty: Duty, jobs: Order) -> bool:
        """The van carries what all its jobs need; frozen jobs alone are not judged."""
        problem = self.tables.problem
        asked = {part for job in jobs[len(duty.frozen) :] for part in problem.jobs[job].parts}
        if not asked:
            return True
        needed: Counter[str] = Counter()
        for job in jobs:
            needed.update(problem.jobs[job].parts)
        return all(needed[part] <= duty.shift.parts.get(part, 0) for part in asked)

    def total_ms(self, orders: Orders) -> int | None:
        """The cost of a whole plan, jobs left out and unfairness included; None if a route cannot be."""
        costs = [self.cost_ms(duty, jobs) for duty, jobs in orders.items() if jobs]
        if None in costs:
            return None
        served = {job for jobs in orders.values() for job in jobs}
        left_out = sum(price for job, price in enumerate(self.tables.leave_out_ms) if job not in served)
        return sum(cost for cost in costs if cost is not None) + left_out + self.unfairness_ms(orders)

    def unfairness_ms(self, orders: Orders) -> int:
        """The price of the spread of spare time inside each crew, over all shifts of its members."""
        price = self.tables.problem.weights.unfairness_price_ms_per_s
        if price == 0:
            return 0
        spare_s: dict[str, int] = {}
        for duty in self.tables.duties:
            length_s = duty.shift.end_s - duty.shift.start_s
            spare_s[duty.technician.id] = spare_s.get(duty.technician.id, 0) + length_s - self._work_s(duty, orders)
        crews: dict[str, list[int]] = {}
        for technician in self.tables.problem.technicians:
            if technician.crew is not None and technician.id in spare_s:
                crews.setdefault(technician.crew, []).append(spare_s[technician.id])
        return price * sum(max(spares) - min(spares) for spares in crews.values())

    def _work_s(self, duty: Duty, orders: Orders) -> int:
        jobs = orders.get(duty.index, ())
        timing = self.timing(duty.index, jobs) if jobs else None
        return 0 if timing is None else timing.work_s
