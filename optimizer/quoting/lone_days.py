"""Technician-days that know nothing of each other, each a problem of its own, asked about one more job together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from optimizer.assembly import base_orders, feasible_part
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.problem import Job, Place, Weights, Window
from optimizer.quoting.alone import colleagues
from optimizer.quoting.asking import asked_of
from optimizer.quoting.board import Board
from optimizer.quoting.day_gaps import DayGaps, day_gaps
from optimizer.quoting.offer import Candidate, Offer, cheapest_offers
from optimizer.quoting.pricing import Pricing
from optimizer.quoting.reach import Ints, Reach, work_out
from optimizer.quoting.roster import Member
from optimizer.quoting.time_costs import TimeCosts, time_costs
from optimizer.tables import Duty, Tables
from optimizer.travel_model import TravelMatrix

#: the place of a job that is asked for, in the problem of a day
_THERE = "asked for"


@dataclass(frozen=True)
class LoneDay:
    """One duty of a problem of its own, as its base route stands; nothing in it ever changes.

    `numbers` names the problem's places as everybody does who is asked together. What cannot
    be driven as it stands is left out of `order`, and the day is not `is_whole` then.
    """

    evaluator: Evaluator
    member: Member
    numbers: Ints

    @cached_property
    def duty(self) -> Duty:
        """The duty that it is."""
        tables = self.evaluator.tables
        technician, shift = self.member
        return tables.duties[tables.duty_index[technician.id, shift]]

    @cached_property
    def order(self) -> Order:
        """Its jobs in order, as far as they can be done."""
        standing = base_orders(self.evaluator)[self.duty.index]
        return feasible_part(self.evaluator, {self.duty.index: standing})[self.duty.index]

    @property
    def jobs(self) -> list[Job]:
        """The jobs of its order."""
        return [self.evaluator.tables.problem.jobs[job] for job in self.order]

    @cached_property
    def is_whole(self) -> bool:
        """Whether all of its base route can be done."""
        return set(self.order) == set(base_orders(self.evaluator)[self.duty.index])

    @cached_property
    def cost_ms(self) -> int:
        """What its order costs now."""
        return self.evaluator.cost_ms(self.duty.index, self.order) or 0

    @cached_property
    def gaps(self) -> DayGaps:
        """The gaps of its order."""
        return day_gaps(self.evaluator, self.duty.index, self.order).renamed(self.numbers)

    @cached_property
    def time_costs(self) -> TimeCosts:
        """What time costs around its gaps; with one travel factor."""
        return time_costs(self.evaluator, self.duty.index, self.order, self.gaps.first)

    def without(self, job_id: str) -> LoneDay:
        """The same day without one of its jobs."""
        problem = self.evaluator.tables.problem
        routes = tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.job != job_id))
            for route in problem.base_routes
        )
        jobs = tuple(job for job in problem.jobs if job.id != job_id)
        alone = Evaluator(Tables(replace(problem, jobs=jobs, base_routes=routes)))
        return LoneDay(alone, self.member, self.numbers)

    def with_job(self, job: Job, reach: Reach) -> Evaluator:
        """The costs of the day with one job more, the last; `reach` says how far it is from its places."""
        tables = self.evaluator.tables
        problem, known = tables.problem, len(tables.problem.places)
        travel_s = np.zeros((known + 1, known + 1), dtype=np.int32)
        travel_s[:known, :known] = tables.travel_s
        for place in self.numbers:
            work_out(reach, place)
        travel_s[:known, known], travel_s[known, :known] = reach.to_s[self.numbers], reach.from_s[self.numbers]
        there = replace(job, place=_THERE)
        people = {person.id for person in problem.technicians}
        strangers = [one for one in colleagues(self.member[0].id, [job]) if one.id not in people]
        larger = replace(
            problem,
            places=(*problem.places, Place(id=_THERE)),
            travel=TravelMatrix(travel_s=travel_s),
            technicians=(*problem.technicians, *strangers),
            jobs=(*problem.jobs, there),
        )
        return Evaluator(Tables(larger))


@dataclass(frozen=True, slots=True)
class _Question:
    """A job, the windows it is asked for, and the days that were timed with it."""

    job: Job
    windows: Sequence[Window]
    reach: Reach
    pricing: Pricing
    larger: dict[tuple[str, int], Evaluator] = field(default_factory=dict)

    def timed(self, window: int, day: LoneDay, gap: int) -> Timing | None:
        """A day in its cheapest times with the job in one of its gaps, starting in a window."""
        name = day.member[0].id, day.member[1]
        if name not in self.larger:
            self.larger[name] = day.with_job(self.job, self.reach)
        position, new = day.gaps.first + gap, len(day.evaluator.tables.problem.jobs)
        order = (*day.order[:position], new, *day.order[position:])
        return self.larger[name].timing_within(day.duty.index, order, new, self.windows[window])


class LoneDays:
    """The days of many technicians by a name that the caller gives each; `put` replaces one.

    Offers name a day by its technician and shift. Unfairness is a matter of whole crews and no
    day's own: quotes leave its price out. Not safe between threads.
    """

    def __init__(self, days: Mapping[int, LoneDay], weights: Weights) -> None:
        self.days: dict[int, LoneDay] = dict(days)
        self.names = list(days)
        self._rows = {name: row for row, name in enumerate(self.names)}
        weights = replace(weights, unfairness_price_ms_per_s=0)
        self._board = Board([day.member for day in days.values()], weights, planned={})
        for name, day in days.items():
            self._write(name, day)

    def put(self, name: int, day: LoneDay) -> None:
        """Let a day be this one from now on, of the same technician and shift (KeyError if it is not known)."""
        if self.days[name] is not day:
            self._write(name, day)
            self.days[name] = day

    def has_members_of(self, days: Mapping[int, LoneDay]) -> bool:
        """Whether `put` is enough to make these the days that are asked."""
        return list(days) == self.names and all(
            day is self.days[name] or day.member == self.days[name].member for name, day in days.items()
        )

    def quote(
        self, job: Job, windows: Sequence[Window], reach: Reach, shut: Collection[int] = ()
    ) -> list[tuple[int, Offer]]:
        """The best way to serve a job that is on no day, in each window that can be kept, with the name of its day.

        Cheapest first. `reach` says how far the job's place (whatever the job calls it) is from
        all numbered places; days named in `shut` take no more.
        """
        asked = asked_of(self._board.roster, job, windows, sorted(self._rows[name] for name in shut))
        found = self._board.look(asked, reach)
        question = _Question(job, windows, reach, Pricing(self._board, self._time_costs, asked, reach))
        offers = cheapest_offers(found, windows, partial(self._candidate, question))
        return [(self._named[offer.technician, offer.shift], offer) for offer in offers]

    @cached_property
    def _named(self) -> dict[tuple[str, int], int]:
        return {(day.member[0].id, day.member[1]): name for name, day in self.days.items()}

    def _write(self, name: int, day: LoneDay) -> None:
        percent = day.evaluator.tables.percents[0]
        self._board.put(self._rows[name], day.duty, day.gaps, day.jobs, percent)

    def _time_costs(self, row: int) -> TimeCosts:
        return self.days[self.names[row]].time_costs

    def _candidate(self, question: _Question, window: int, row: int, gap: int) -> Candidate:
        day = self.days[self.names[row]]
        technician, shift = day.member
        timed = partial(question.timed, window, day, gap)

        def increase_ms() -> int | None:
            timing = timed()
            return None if timing is None else timing.cost.total_ms - day.cost_ms

        return Candidate(
            technician=technician.id,
            shift=shift,
            position=day.gaps.first + gap,
            timed=timed,
            increase_ms=partial(question.pricing.increase_ms, window, row, gap, increase_ms),
        )
