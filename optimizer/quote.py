"""Where would one more job fit? Every window that can be kept, what it costs, and who would come.

The first exact form: numpy arrays over the gaps of all routes say where the job is feasible
and bound the cost from below; the survivors are timed exactly, cheapest bound first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.assembly import base_orders, feasible_part, orders_of
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator
from optimizer.insertion import unfairness_increase_ms
from optimizer.problem import Problem, Window
from optimizer.route_arrays import Ints, RouteArrays
from optimizer.solution import Route
from optimizer.start_costs import allowed_starts
from optimizer.tables import Tables, service_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A window that can be kept: who comes, where in the route, when, and what it adds to the cost.

    `cost_ms` is what the plan costs more with the job than without it (what leaving it out
    would have cost is not deducted); `route` is the technician's route with the job in it.
    """

    window: Window
    technician: str
    shift: int
    position: int
    start_s: int
    cost_ms: int
    route: Route


class Quoter:
    """The routes of a problem as they stand, ready to be asked; `put` replaces one route.

    A route that cannot be driven as it stands is quoted with as little as needed left out;
    `incomplete` names those, `shut` lets a route take no more. Raises KeyError for routes
    that name what the problem does not know.
    """

    def __init__(self, problem: Problem, routes: Iterable[Route] | None = None) -> None:
        self.evaluator = Evaluator(Tables(problem))
        orders = base_orders(self.evaluator) if routes is None else orders_of(self.evaluator, routes)
        self.arrays = RouteArrays(self.evaluator, feasible_part(self.evaluator, orders))
        self._shut: set[int] = set()
        duties = self.evaluator.tables.duties
        self.incomplete = frozenset(
            (duty.technician.id, duty.shift_index)
            for duty in duties
            if set(orders.get(duty.index, ())) - set(self.arrays.orders[duty.index])
        )

    def shut(self, technician: str, shift: int) -> None:
        """Offer no more places in this technician's route."""
        self._shut.add(self.evaluator.tables.duty_index[technician, shift])

    def put(self, route: Route) -> None:
        """Let a technician's route be this one from now on."""
        duty = self.evaluator.tables.duty_index[route.technician, route.shift]
        self.arrays.put(duty, tuple(self.evaluator.tables.job_index[job] for job in route.jobs))

    def quote(self, job: str, windows: Iterable[Window] | None = None) -> list[Offer]:
        """The best way to serve a job in each window (default: its own) that can be kept, cheapest first.

        The job must be one of the problem's and in none of its routes (KeyError). Service
        starts inside the window, and inside the job's own windows, release and deadline.
        """
        index = self.evaluator.tables.job_index[job]
        if any(index in jobs for jobs in self.arrays.orders.values()):
            raise KeyError(f"{job} is in a route already")
        asked = self.evaluator.tables.problem.jobs[index]
        wanted = tuple(windows) if windows is not None else asked.windows or (self._any_time(),)
        offers = [self._best(index, window) for window in wanted]
        return sorted((offer for offer in offers if offer is not None), key=lambda one: (one.cost_ms, one.start_s))

    def _any_time(self) -> Window:
        duties = self.evaluator.tables.duties
        first = min((duty.shift.start_s for duty in duties), default=0)
        return Window(start_s=first, end_s=max((duty.limit_s for duty in duties), default=first))

    def _best(self, job: int, window: Window) -> Offer | None:
        """The cheapest exact insertion that starts inside a window."""
        arrays = self.arrays
        rows = self._rows(job, window)
        bounds = arrays.least_increase_ms(job, rows)
        bounded = self.evaluator.tables.problem.weights.unfairness_price_ms_per_s == 0
        best: tuple[int, int, Timing] | None = None
        for rank in bounds.argsort(kind="stable"):
            if bounded and best is not None and bounds[rank] >= best[0]:
                break
            duty, order = arrays.inserted(job, int(rows[rank]))
            timed = self.evaluator.timing_within(duty, order, job, window)
            if timed is None:
                continue
            increase = timed.cost.total_ms - (self.evaluator.cost_ms(duty, arrays.orders[duty]) or 0)
            increase += unfairness_increase_ms(arrays, duty, order)
            if best is None or increase < best[0]:
                best = (increase, int(rows[rank]), timed)
        return None if best is None else self._offer(window, *best)

    def _rows(self, job: int, window: Window) -> Ints:
        asked = self.evaluator.tables.problem.jobs[job]
        shortest = min((service_s(asked, duty.technician) for duty in self.evaluator.tables.duties), default=0)
        rows = self.arrays.feasible(job, self._spans(job, window, shortest))
        return rows[~np.isin(self.arrays.duty[rows], list(self._shut))] if self._shut else rows

    def _spans(self, job: int, window: Window, duration_s: int) -> list[tuple[int, int]]:
        spans = allowed_starts(self.evaluator.tables.problem.jobs[job], duration_s)
        both = [(max(opens, window.start_s), min(closes, window.end_s)) for opens, closes in spans]
        return [(opens, closes) for opens, closes in both if opens <= closes]

    def _offer(self, window: Window, increase: int, row: int, timed: Timing) -> Offer:
        position = int(self.arrays.position[row])
        return Offer(
            window=window,
            technician=timed.route.technician,
            shift=timed.route.shift,
            position=position,
            start_s=timed.route.stops[position].start_s,
            cost_ms=increase,
            route=timed.route,
        )


def quote(
    problem: Problem, routes: Iterable[Route] | None, job: str, windows: Iterable[Window] | None = None
) -> list[Offer]:
    """Where one more job would fit these routes (None: the problem's base routes), cheapest window first.

    See `Quoter.quote`; to ask about many jobs, keep a Quoter.
    """
    return Quoter(problem, routes).quote(job, windows)
