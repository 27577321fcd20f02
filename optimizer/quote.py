"""Where would one more job fit? Every window that can be kept, what it costs, and who would come.

One compiled pass over the gaps of all routes finds the cheapest place of each window where
the drive is all that is added, and bounds the cost of the others from below; those that
might be cheaper still are timed exactly, cheapest bound first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from optimizer.assembly import base_orders, feasible_part, orders_of
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.insertion import unfairness_increase_ms
from optimizer.problem import Problem, Window
from optimizer.quoting.asking import asked_of
from optimizer.quoting.board import Board
from optimizer.quoting.day_gaps import day_gaps
from optimizer.quoting.offer import Candidate, Offer, cheapest_offers
from optimizer.quoting.pricing import Pricing
from optimizer.quoting.reach import known_reach
from optimizer.quoting.time_costs import TimeCosts, time_costs
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
        members = [(duty.technician, duty.shift_index) for duty in duties]
        self._board = Board(members, problem.weights, problem.planned_technicians)
        self._on_board: dict[int, Order] = {}

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
        asked = asked_of(self._board.roster, wanted_job, wanted, sorted(self._shut))
        reach = known_reach(tables.travel_s[:, place], tables.travel_s[place])
        found = self._board.look(asked, reach)
        pricing = Pricing(self._board, self._time_costs, asked, reach)
        return cheapest_offers(found, wanted, partial(self._candidate, index, wanted, pricing))

    def _bring_up_to_date(self) -> None:
        """Write the routes that have changed on the board."""
        tables = self.evaluator.tables
        for duty, jobs in self.arrays.orders.items():
            if self._on_board.get(duty) != jobs:
                day = day_gaps(self.evaluator, duty, jobs)
                on_route = [tables.problem.jobs[job] for job in jobs]
                self._board.put(duty, tables.duties[duty], day, on_route, tables.percents[0])
                self._on_board[duty] = jobs

    def _any_time(self) -> Window:
        duties = self.evaluator.tables.duties
        first = min((duty.shift.start_s for duty in duties), default=0)
        return Window(start_s=first, end_s=max((duty.limit_s for duty in duties), default=first))

    def _time_costs(self, duty: int) -> TimeCosts:
        return time_costs(self.evaluator, duty, self.arrays.orders[duty], int(self._board.slabs.first[duty]))

    def _candidate(
        self, job: int, windows: Sequence[Window], pricing: Pricing, window: int, duty: int, gap: int
    ) -> Candidate:
        position = int(self._board.slabs.first[duty]) + gap
        jobs = self.arrays.orders[duty]
        order = (*jobs[:position], job, *jobs[position:])
        technician, shift = self._board.roster.members[duty]
        timed = partial(self.evaluator.timing_within, duty, order, job, windows[window])
        return Candidate(
            technician=technician.id,
            shift=shift,
            position=position,
            timed=timed,
            increase_ms=partial(pricing.increase_ms, window, duty, gap, partial(self._increase_ms, duty, order, timed)),
        )

    def _increase_ms(self, duty: int, order: Order, timed: Callable[[], Timing | None]) -> int | None:
        """What a route in these times costs more than it does now, to the plan."""
        timing = timed()
        if timing is None:
            return None
        now_ms = self.evaluator.cost_ms(duty, self.arrays.orders[duty]) or 0
        return timing.cost.total_ms - now_ms + unfairness_increase_ms(self.arrays, duty, order)


def quote(
    problem: Problem, routes: Iterable[Route] | None, job: str, windows: Iterable[Window] | None = None
) -> list[Offer]:
    """Where one more job would fit these routes (None: the problem's base routes), cheapest window first.

    See `Quoter.quote`; to ask about many jobs, keep a Quoter.
    """
    return Quoter(problem, routes).quote(job, windows)
