"""Technician-days that know nothing of each other, each a problem of its own, asked about one more job together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from optimizer.assembly import base_orders, feasible_part
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator
from optimizer.problem import BaseRoute, BaseStop, Job, Place, Problem, Weights, Window
from optimizer.quoting.alone import colleagues
from optimizer.quoting.board import Board
from optimizer.quoting.offer import Offer
from optimizer.quoting.reach import Ints, Reach, work_out
from optimizer.quoting.roster import Member
from optimizer.quoting.standing_duty import StandingDuty
from optimizer.tables import Tables
from optimizer.travel_model import TravelMatrix


@dataclass(frozen=True)
class LoneDay(StandingDuty):
    """One duty of a problem of its own, as its base route stands."""

    @classmethod
    def of(cls, evaluator: Evaluator, member: Member, numbers: Ints) -> LoneDay:
        """The day of a technician and shift, what cannot be driven as it stands left out."""
        technician, shift = member
        index = evaluator.tables.duty_index[technician.id, shift]
        order = feasible_part(evaluator, {index: base_orders(evaluator)[index]})[index]
        return cls(evaluator, index, order, numbers)

    @property
    def problem(self) -> Problem:
        """The problem that it is."""
        return self.evaluator.tables.problem

    @cached_property
    def is_whole(self) -> bool:
        """Whether all of its base route can be done."""
        return set(self.order) == set(base_orders(self.evaluator)[self.index])

    def without(self, job_id: str) -> LoneDay:
        """The same day without one of its jobs."""
        routes = tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.job != job_id))
            for route in self.problem.base_routes
        )
        jobs = tuple(job for job in self.problem.jobs if job.id != job_id)
        alone = Evaluator(Tables(replace(self.problem, jobs=jobs, base_routes=routes)))
        return LoneDay.of(alone, self.member, self.numbers)

    def with_job(self, job: Job, reach: Reach) -> Problem:
        """The problem of the day with one job more, the last; `reach` says how far it is from its places."""
        known = len(self.problem.places)
        travel_s = np.zeros((known + 1, known + 1), dtype=np.int32)
        travel_s[:known, :known] = self.evaluator.tables.travel_s
        for place in self.numbers:
            work_out(reach, place)
        travel_s[:known, known], travel_s[known, :known] = reach.to_s[self.numbers], reach.from_s[self.numbers]
        there = f"where {job.id} is"
        people = {person.id for person in self.problem.technicians}
        strangers = [one for one in colleagues(self.duty.technician.id, [job]) if one.id not in people]
        return replace(
            self.problem,
            places=(*self.problem.places, Place(id=there)),
            travel=TravelMatrix(travel_s=travel_s),
            technicians=(*self.problem.technicians, *strangers),
            jobs=(*self.problem.jobs, replace(job, place=there)),
        )

    def carrying(self, job: Job, reach: Reach, number: int, offer: Offer) -> LoneDay:
        """The day with a job where it was offered, keeping that window; `number` is its place among all."""
        own = job.windows or (offer.window,)
        both = [(max(one.start_s, offer.window.start_s), min(one.end_s, offer.window.end_s)) for one in own]
        kept = tuple(Window(start_s=first, end_s=last) for first, last in both if first <= last)
        larger = self.with_job(replace(job, windows=kept), reach)
        base = next(iter(self.problem.base_routes), BaseRoute(technician=offer.technician, shift=offer.shift))
        known = {stop.job: stop for stop in base.stops}
        loose = offer.route.stops[len(self.duty.frozen) :]
        stops = [known[self.problem.jobs[job].id] for job in self.duty.frozen]
        stops.extend(BaseStop(job=stop.job, start_s=stop.start_s) for stop in loose)
        problem = replace(larger, base_routes=(replace(base, stops=tuple(stops)),))
        return LoneDay.of(Evaluator(Tables(problem)), self.member, np.append(self.numbers, np.int32(number)))


@dataclass(frozen=True)
class _Question:
    """A job, the windows it is asked for, and the days that were timed with it."""

    job: Job
    windows: Sequence[Window]
    reach: Reach
    larger: dict[int, Evaluator] = field(default_factory=dict)

    def timed(self, window: Window, one: StandingDuty, position: int) -> Timing | None:
        """A day in its cheapest times with the job at a position, starting in a window."""
        if not isinstance(one, LoneDay):
            raise TypeError("only days of their own are asked")
        if id(one) not in self.larger:
            self.larger[id(one)] = Evaluator(Tables(one.with_job(self.job, self.reach)))
        new = len(one.problem.jobs)
        order = (*one.order[:position], new, *one.order[position:])
        return self.larger[id(one)].timing_within(one.index, order, new, window)

    def increase_ms(self, window: Window, one: StandingDuty, position: int) -> int | None:
        """What the day costs more then."""
        timing = self.timed(window, one, position)
        return None if timing is None else timing.cost.total_ms - one.cost_ms


class LoneDays:
    """The days of many technicians by a name that the caller gives each; `put` replaces one.

    Offers name a day by its technician and shift. Unfairness is a matter of whole crews and no
    day's own: quotes leave its price out. Raises ValueError for days with different travel
    periods. Not safe between threads.
    """

    def __init__(self, days: Mapping[int, LoneDay], weights: Weights) -> None:
        self.days: dict[int, LoneDay] = dict(days)
        self._rows = {name: row for row, name in enumerate(days)}
        self.board = Board(list(days.values()), replace(weights, unfairness_price_ms_per_s=0), planned={})
        self._names = {(day.duty.technician.id, day.duty.shift_index): name for name, day in days.items()}

    def put(self, name: int, day: LoneDay) -> None:
        """Let a day be this one from now on, of the same technician and shift (KeyError if it is not known)."""
        if self.days[name] is not day:
            self.board.put(self._rows[name], day)
            self.days[name] = day

    def has_members_of(self, days: Mapping[int, LoneDay]) -> bool:
        """Whether `put` is enough to make these the days that are asked."""
        return list(days) == list(self.days) and all(
            day is self.days[name] or day.member == self.days[name].member for name, day in days.items()
        )

    def quote(
        self, job: Job, windows: Sequence[Window], reach: Reach, shut: Collection[int] = ()
    ) -> list[tuple[int, Offer]]:
        """The best way to serve a job that is on no day, in each window that can be kept, with the name of its day.

        Cheapest first. `reach` says how far the job's place (whatever the job calls it) is from
        all numbered places; days named in `shut` take no more.
        """
        offers = self.board.quote(_Question(job, windows, reach), sorted(self._rows[name] for name in shut))
        return [(self._names[offer.technician, offer.shift], offer) for offer in offers]
