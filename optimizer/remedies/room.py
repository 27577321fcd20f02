"""Where jobs left out would find room if their own limits, or everyone's working hours, did not bind."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.assembly import orders_of
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.problem import Job, Problem, SkillNeed, Window
from optimizer.remedies.changes import AllowedTechnician, Change, OnePart, OneSkill
from optimizer.route_arrays import Ints, RouteArrays
from optimizer.solution import Route
from optimizer.start_costs import allowed_starts
from optimizer.tables import Duty, Tables, has_skills, pin_allows, service_s
from optimizer.travel_model import TravelMatrix

Mask = NDArray[np.bool_]
#: what a technician would need to be sent: no change, one, several; None if the pin names somebody else
Needs = tuple[Change, ...] | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a route for the job, with the route's times and what it adds to the route's cost."""

    duty: int
    order: Order
    timing: Timing
    increase_ms: int


class Room:
    """The routes of a plan, and the jobs left out freed of windows, release, deadline, skills, parts and refusals."""

    def __init__(self, problem: Problem, free: Problem, routes: Iterable[Route]) -> None:
        evaluator, routes = Evaluator(Tables(free)), list(routes)
        self.problem = problem
        self.arrays = RouteArrays(evaluator, orders_of(evaluator, routes))
        self.tables, self.evaluator = evaluator.tables, evaluator
        self._used = {duty: self._parts_of(order) for duty, order in self.arrays.orders.items()}
        self._over_s = np.array([self._over_by_s(duty) for duty in self.tables.duties], dtype=np.int64)
        self._over_ms = np.zeros(len(self.tables.duties), dtype=np.int64)
        for route in routes:
            duty = self.tables.duties[self.tables.duty_index[route.technician, route.shift]]
            over_s = max(0, route.end_s - duty.shift.end_s)
            self._over_ms[duty.index] = over_s * problem.weights.overtime_price_ms_per_s

    def needs(self, job: Job) -> list[Needs]:
        """What would have to change for each duty to be sent, times left aside."""
        alone = [(need, replace(job, skills=(need,))) for need in job.skills]
        return [
            tuple(self._lacking(job, alone, duty)) if pin_allows(job, duty.technician, duty.shift_index) else None
            for duty in self.tables.duties
        ]

    def _lacking(self, job: Job, alone: list[tuple[SkillNeed, Job]], duty: Duty) -> Iterator[Change]:
        """Each skill, part and leave that the technician lacks."""
        technician = duty.technician
        for need, asking in alone:
            if not has_skills(asking, technician, duty.shift):
                yield OneSkill(technician.id, need.code, need.level)
        for part, quantity in job.parts.items():
            missing = self._used[duty.index][part] + quantity - duty.shift.parts.get(part, 0)
            if missing > 0:
                yield OnePart(technician.id, duty.shift_index, part, missing)
        if technician.id in job.forbidden_technicians:
            yield AllowedTechnician(technician.id)

    def rows(self, job: Job, duties: Mask) -> Ints:
        """The rows of the arrays where the job fits as it is (skills, parts and refusals aside), on these duties."""
        index = self.tables.job_index[job.id]
        shortest = min((service_s(job, duty.technician) for duty in self.tables.duties), default=0)
        rows = self.arrays.feasible(index, allowed_starts(job, shortest))
        return rows[duties[self.arrays.duty[rows]]]

    def cheapest(self, job: Job, rows: Ints) -> Spot | None:
        """The exact cheapest of these rows, the job's own times kept."""
        index = self.tables.job_index[job.id]
        bounds = self._least_increase_ms(job, rows)
        best: Spot | None = None
        for rank in np.argsort(bounds, kind="stable"):
            if best is not None and bounds[rank] >= best.increase_ms:
                break
            duty, order = self.arrays.inserted(index, int(rows[rank]))
            spot = self.spot(job, duty, order)
            if spot is not None and (best is None or spot.increase_ms < best.increase_ms):
                best = spot
        return best

    def spot(self, job: Job, duty: int, order: Order) -> Spot | None:
        """This order of the duty's route, with the job in it, in its cheapest times."""
        index = self.tables.job_index[job.id]
        spans = allowed_starts(job, service_s(job, self.tables.duties[duty].technician))
        timings = [
            self.evaluator.timing_within(duty, order, index, Window(start_s=opens, end_s=closes))
            for opens, closes in spans
        ]
        found = [timing for timing in timings if timing is not None]
        if not found:
            return None
        timing = min(found, key=lambda one: one.cost.total_ms)
        return Spot(duty, order, timing, timing.cost.total_ms - self.cost_ms(duty))

    def places_on(self, job: Job, duty: int) -> list[Order]:
        """The duty's route with the job at each place where nothing frozen or pinned forbids it."""
        index, order = self.tables.job_index[job.id], self.arrays.orders[duty]
        head = len(self.tables.duties[duty].frozen)
        placed = [(*order[:at], index, *order[at:]) for at in range(head, len(order) + 1)]
        return [one for one in placed if self.evaluator.may_stand(self.tables.duties[duty], one)]

    def cost_ms(self, duty: int) -> int:
        """What the duty's route costs as it stands."""
        return self.evaluator.cost_ms(duty, self.arrays.orders[duty]) or 0

    def _least_increase_ms(self, job: Job, rows: Ints) -> Ints:
        """A lower bound on what the job adds to the cost of each row's route, the overtime it must bring included."""
        index, duties = self.tables.job_index[job.id], self.tables.duties
        bounds = self.arrays.least_increase_ms(index, rows)
        calls = [self.tables.call(index, duties[duty]) for duty in self.arrays.duty[rows]]
        travel_s = (bounds - np.array([call.price_ms for call in calls], dtype=np.int64)) // 1000
        served_s = np.array([call.duration_s for call in calls], dtype=np.int64)
        over_s = np.maximum(0, self._over_s[self.arrays.duty[rows]] + travel_s + served_s)
        price = self.problem.weights.overtime_price_ms_per_s
        increase: Ints = bounds + np.maximum(0, price * over_s - self._over_ms[self.arrays.duty[rows]])
        return increase

    def _over_by_s(self, duty: Duty) -> int:
        """By how much the work not frozen, driven at its fastest, is longer than the shift; below 0 if shorter."""
        order = self.arrays.orders[duty.index]
        calls = self.tables.calls(duty, order)[len(duty.frozen) :]
        places = [duty.start_place] if not duty.frozen else [int(self.tables.job_place[duty.frozen[-1]])]
        places += [call.place for call in calls]
        places += [duty.end_place] if calls and duty.end_place is not None else []
        legs_s = sum(int(self.arrays.fast_s(a, b)) for a, b in itertools.pairwise(places))
        work_s = legs_s + sum(call.duration_s for call in calls) + sum(one.duration_s for one in duty.breaks)
        return duty.shift.start_s + work_s - duty.shift.end_s

    def _parts_of(self, order: Order) -> Counter[str]:
        used: Counter[str] = Counter()
        for job in order:
            used.update(self.problem.jobs[job].parts)
        return used


def freed(problem: Problem, left_out: Collection[str]) -> Problem:
    """The problem with every job free of skills, parts and refusals, and those left out of limits in time too.

    Who may serve what is then said by `Room.needs`; jobs that have a place keep it anyway.
    """
    anyone: dict[str, Any] = {"skills": (), "parts": {}, "forbidden_technicians": ()}
    any_time: dict[str, Any] = {"windows": (), "release_s": None, "deadline_s": None}
    return replace(
        problem,
        jobs=tuple(replace(job, **anyone, **(any_time if job.id in left_out else {})) for job in problem.jobs),
        travel=TravelMatrix(travel_s=problem.travel.travels_s(problem.places)),
    )


def with_longer_days(problem: Problem, longer_s: int) -> Problem:
    """The problem with every overtime limit so many seconds higher."""
    return replace(
        problem,
        technicians=tuple(
            replace(one, shifts=tuple(replace(s, overtime_limit_s=s.overtime_limit_s + longer_s) for s in one.shifts))
            for one in problem.technicians
        ),
    )
