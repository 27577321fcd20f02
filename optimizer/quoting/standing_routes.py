"""The routes of many technicians over many days as they stand, to be asked about jobs that nobody has planned yet."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from optimizer.assembly import feasible_part
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator
from optimizer.problem import BaseRoute, Job, Place, Problem, Window
from optimizer.quoting.alone import day_alone
from optimizer.quoting.asking import asked_of
from optimizer.quoting.atlas import Atlas
from optimizer.quoting.board import Board, SavedRow
from optimizer.quoting.day_gaps import day_gaps
from optimizer.quoting.offer import Candidate, Offer, cheapest_offers
from optimizer.quoting.pricing import Pricing
from optimizer.quoting.time_costs import TimeCosts, has_prices, time_costs
from optimizer.solution import Route

RowName = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Day:
    """The jobs of a route in order, and what they cost."""

    jobs: tuple[Job, ...] = ()
    cost_ms: int = 0


@dataclass(frozen=True, slots=True)
class SavedDay:
    """A day as it was, to be put back."""

    row: int
    day: _Day
    arrays: SavedRow


@dataclass(frozen=True, slots=True)
class _Question:
    """A job, where it is, and the windows it is asked for."""

    job: Job
    place: Place
    windows: Sequence[Window]
    pricing: Pricing


class StandingRoutes:
    """The routes of a problem (its base routes, unless others are given), kept day by day.

    No travel matrix of the whole is made and no day holds more than its own, so that there may
    be thousands. What cannot be driven as it stands is left out, and named in `left_out`.
    Raises ValueError where unfairness has a price (that is a matter of whole crews: see
    Quoter), KeyError for routes that name what the problem does not know.
    """

    def __init__(self, problem: Problem, routes: Iterable[Route] | None = None) -> None:
        if problem.weights.unfairness_price_ms_per_s:
            raise ValueError("routes are kept one by one, but unfairness is between them")
        self.problem = problem
        members = [(technician, n) for technician in problem.technicians for n in range(len(technician.shifts))]
        self.board = Board(members, problem.weights, problem.planned_technicians)
        self.rows = {(technician.id, shift): row for row, (technician, shift) in enumerate(members)}
        self.left_out: set[str] = set()
        self._days = [_Day() for _ in members]
        self._atlas = Atlas(problem)
        self._base: dict[RowName, BaseRoute] = {(one.technician, one.shift): one for one in problem.base_routes}
        named = {(one.technician, one.shift): one.jobs for one in routes} if routes is not None else self._base_jobs()
        for name in self.rows:
            self.put(*name, [problem.jobs_by_id[job] for job in named.get(name, ())])

    def put(self, technician: str, shift: int, jobs: Sequence[Job], places: Iterable[Place] = ()) -> None:
        """Let a technician's day have these jobs, in this order, from now on; `places` are those not known yet."""
        self._atlas.add(places)
        row = self.rows[technician, shift]
        evaluator = self._alone(row, jobs)
        duty = evaluator.tables.duty_index[technician, shift]
        order = feasible_part(evaluator, {duty: tuple(range(len(jobs)))})[duty]
        kept = tuple(jobs[job] for job in order)
        self.left_out.update(job.id for job in jobs if job not in kept)
        day = day_gaps(evaluator, duty, order).renamed(self._atlas.numbers(evaluator.tables.problem.places))
        self.board.put(row, evaluator.tables.duties[duty], day, kept, evaluator.tables.percents[0])
        if day.is_calm and has_prices(evaluator, duty, order):
            self.board.keep(row, time_costs(evaluator, duty, order, day.first))
        self._days[row] = _Day(kept, evaluator.cost_ms(duty, order) or 0)

    def jobs_of(self, technician: str, shift: int) -> tuple[Job, ...]:
        """The jobs of a technician's day, in order."""
        return self._days[self.rows[technician, shift]].jobs

    def route_of(self, technician: str, shift: int) -> Route | None:
        """A technician's day in its cheapest times; None if nothing is to be done."""
        jobs = self.jobs_of(technician, shift)
        evaluator = self._alone(self.rows[technician, shift], jobs)
        timing = evaluator.timing(evaluator.tables.duty_index[technician, shift], tuple(range(len(jobs))))
        return None if timing is None or not jobs else timing.route

    def problem_with(self, offer: Offer, job: Job, place: Place | None = None) -> Problem:
        """The day of an offer as a problem of its own, with the job that was asked for: what check.py judges it by."""
        row = self.rows[offer.technician, offer.shift]
        more = () if place is None else (place,)
        return self._alone(row, (*self._days[row].jobs, job), *more).tables.problem

    def saved(self, technician: str, shift: int) -> SavedDay:
        """A day as it is now, for `restore`."""
        row = self.rows[technician, shift]
        return SavedDay(row, self._days[row], self.board.saved(row))

    def restore(self, before: SavedDay) -> None:
        """Let a day be as it was."""
        self._days[before.row] = before.day
        self.board.restore(before.row, before.arrays, before.day.jobs)

    def quote(self, job: Job, windows: Iterable[Window] | None = None, place: Place | None = None) -> list[Offer]:
        """The best way to serve a job that is in no route, in each window (default: its own) that can be kept.

        Cheapest first. `place` is the job's, if it is not known yet; with a travel matrix it
        must be one of the matrix's (KeyError).
        """
        at = place or self._atlas.places[job.place]
        wanted = list(windows) if windows is not None else list(job.windows) or [self._any_time()]
        asked, reach = asked_of(self.board.roster, job, wanted), self._atlas.reach(at)
        found = self.board.look(asked, reach)
        pricing = Pricing(self.board, self._time_costs, asked, reach)
        return cheapest_offers(found, wanted, partial(self._candidate, _Question(job, at, wanted, pricing)))

    def _base_jobs(self) -> dict[RowName, tuple[str, ...]]:
        return {name: tuple(stop.job for stop in route.stops) for name, route in self._base.items()}

    def _any_time(self) -> Window:
        slabs = self.board.slabs
        return Window(start_s=int(slabs.start_s.min(initial=0)), end_s=int(slabs.limit_s.max(initial=0)))

    def _alone(self, row: int, jobs: Sequence[Job], *more: Place) -> Evaluator:
        technician, shift = self.board.roster.members[row]
        base = self._base.get((technician.id, shift))
        places = ChainMap({place.id: place for place in more}, self._atlas.places)
        return day_alone(self.problem, places, self._atlas.index, technician, base, jobs)

    def _time_costs(self, row: int) -> TimeCosts:
        technician, shift = self.board.roster.members[row]
        jobs = self._days[row].jobs
        evaluator = self._alone(row, jobs)
        duty = evaluator.tables.duty_index[technician.id, shift]
        return time_costs(evaluator, duty, tuple(range(len(jobs))), int(self.board.slabs.first[row]))

    def _candidate(self, question: _Question, window: int, row: int, gap: int) -> Candidate:
        technician, shift = self.board.roster.members[row]
        day, position = self._days[row], int(self.board.slabs.first[row]) + gap

        def timed() -> Timing | None:
            evaluator, new = self._alone(row, (*day.jobs, question.job), question.place), len(day.jobs)
            order = (*range(position), new, *range(position, new))
            duty = evaluator.tables.duty_index[technician.id, shift]
            return evaluator.timing_within(duty, order, new, question.windows[window])

        def increase_ms() -> int | None:
            timing = timed()
            return None if timing is None else timing.cost.total_ms - day.cost_ms

        return Candidate(
            technician=technician.id,
            shift=shift,
            position=position,
            timed=timed,
            increase_ms=partial(question.pricing.increase_ms, window, row, gap, increase_ms),
        )
