"""Where would one more job fit? Every window that can be kept, what it costs, and who would come.

One compiled pass over the gaps of all routes finds the cheapest place of each window where
the drive is all that is added, and bounds the cost of the others from below; those that
might be cheaper still are timed exactly, cheapest bound first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.assembly import base_orders, feasible_part, orders_of
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator
from optimizer.insertion import unfairness_increase_ms
from optimizer.problem import Job, Problem, Window
from optimizer.quoting.board import Board
from optimizer.quoting.offer import Offer
from optimizer.quoting.reach import Reach, known_reach
from optimizer.quoting.standing_duty import StandingDuty
from optimizer.route_arrays import RouteArrays
from optimizer.solution import Route
from optimizer.tables import Tables

__all__ = ["Offer", "Quoter", "quote"]


class Quoter:
    """The routes of a problem as they stand, ready to be asked; `put` replaces one route.

    A route that cannot be driven as it stands is quoted with as little as needed left out;
    `incomplete` names those, `shut` lets a route take no more. Raises KeyError for routes
    that name what the problem does not know. An `evaluator` of the problem, if there is one
    already, saves making another.
    """

    def __init__(
        self, problem: Problem, routes: Iterable[Route] | None = None, evaluator: Evaluator | None = None
    ) -> None:
        self.evaluator = evaluator or Evaluator(Tables(problem))
        orders = base_orders(self.evaluator) if routes is None else orders_of(self.evaluator, routes)
        self.arrays = RouteArrays(self.evaluator, feasible_part(self.evaluator, orders))
        self._shut: set[int] = set()
        duties = self.evaluator.tables.duties
        self.incomplete = frozenset(
            (duty.technician.id, duty.shift_index)
            for duty in duties
            if set(orders.get(duty.index, ())) - set(self.arrays.orders[duty.index])
        )
        self._places = np.arange(len(problem.places), dtype=np.int32)
        standing = [self._standing(duty.index) for duty in duties]
        self._board = Board(standing, problem.weights, problem.planned_technicians)

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
        tables = self.evaluator.tables
        index = tables.job_index[job]
        if any(index in jobs for jobs in self.arrays.orders.values()):
            raise KeyError(f"{job} is in a route already")
        self._bring_up_to_date()
        wanted_job = tables.problem.jobs[index]
        wanted = list(windows) if windows is not None else list(wanted_job.windows) or [self._any_time()]
        place = tables.job_place[index]
        reach = known_reach(tables.travel_s[:, place], tables.travel_s[place])
        return self._board.quote(_Question(wanted_job, wanted, reach, index, self.arrays), sorted(self._shut))

    def _bring_up_to_date(self) -> None:
        """Write the routes that have changed on the board."""
        for duty, jobs in self.arrays.orders.items():
            if self._board.standing[duty].order != jobs:
                self._board.put(duty, self._standing(duty))

    def _standing(self, duty: int) -> StandingDuty:
        return StandingDuty(self.evaluator, duty, self.arrays.orders[duty], self._places)

    def _any_time(self) -> Window:
        duties = self.evaluator.tables.duties
        first = min((duty.shift.start_s for duty in duties), default=0)
        return Window(start_s=first, end_s=max((duty.limit_s for duty in duties), default=first))


@dataclass(frozen=True, slots=True)
class _Question:
    """A job of the problem and the windows it is asked for."""

    job: Job
    windows: Sequence[Window]
    reach: Reach
    index: int
    arrays: RouteArrays

    def timed(self, window: Window, one: StandingDuty, position: int) -> Timing | None:
        """A route in its cheapest times with the job at a position, starting in a window."""
        order = (*one.order[:position], self.index, *one.order[position:])
        return one.evaluator.timing_within(one.index, order, self.index, window)

    def increase_ms(self, window: Window, one: StandingDuty, position: int) -> int | None:
        """What the plan costs more then."""
        timing = self.timed(window, one, position)
        if timing is None:
            return None
        order = (*one.order[:position], self.index, *one.order[position:])
        return timing.cost.total_ms - one.cost_ms + unfairness_increase_ms(self.arrays, one.index, order)


def quote(
    problem: Problem, routes: Iterable[Route] | None, job: str, windows: Iterable[Window] | None = None
) -> list[Offer]:
    """Where one more job would fit these routes (None: the problem's base routes), cheapest window first.

    See `Quoter.quote`; to ask about many jobs, keep a Quoter.
    """
    return Quoter(problem, routes).quote(job, windows)
