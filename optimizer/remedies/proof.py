"""Are these changes enough? The changed problem is built, the job inserted, and the checker asked.

Only one route changes, so only that route is judged: everyone else is off, and the other
jobs are left aside. What the checker then says of the route it says of the whole plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.assembly import assemble
from optimizer.check import check
from optimizer.evaluation import Evaluator, Order
from optimizer.problem import Problem
from optimizer.remedies.changes import Change, InsteadOf
from optimizer.solution import Route
from optimizer.tables import Duty, Tables
from optimizer.travel_model import SpeedModel, TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A change (or two) with which a job left out would fit; the checker has accepted `route`.

    `price_ms` is what the changes are worth and what the job adds to the cost of the route, in
    ms of travel; what leaving the job out costs is not deducted, and unfairness is left aside.
    """

    job: str
    changes: tuple[Change, ...]
    price_ms: int
    start_s: int
    route: Route

    @property
    def technician(self) -> str:
        """Who would come."""
        return self.route.technician


def prove(
    problem: Problem, duty: Duty, job: str, changes: tuple[Change, ...], orders: Iterable[Order]
) -> Remedy | None:
    """The cheapest of these orders (of job indexes) once the changes are made; None if none of them passes.

    `price_ms` is that of the changes and of the whole route, as it would be.
    """
    orders = list(orders)
    jobs = {problem.jobs[index].id for order in orders for index in order}
    dropped = {change.dropped for change in changes if isinstance(change, InsteadOf)}
    small = one_route(problem, duty, jobs | dropped)
    for change in changes:
        small = change.applied(small, job)
    evaluator = Evaluator(Tables(small))
    index = evaluator.tables.job_index
    on = evaluator.tables.duty_index[duty.technician.id, duty.shift_index]
    named = [tuple(index[problem.jobs[one].id] for one in order) for order in orders]
    priced = [(cost, order) for order in named if (cost := evaluator.cost_ms(on, order)) is not None]
    if not priced:
        return None
    cost_ms, order = min(priced)
    plan = assemble(evaluator, {on: order}, "remedy")
    if not check(small, plan).passed:
        return None
    (route,) = plan.routes
    start_s = next(stop.start_s for stop in route.stops if stop.job == job)
    price_ms = cost_ms + sum(change.price_ms(small) for change in changes)
    return Remedy(job=job, changes=changes, price_ms=price_ms, start_s=start_s, route=route)


def one_route(problem: Problem, duty: Duty, jobs: Collection[str]) -> Problem:
    """The part of a problem that concerns one technician's shift and some jobs; everyone else is off."""
    technician = duty.technician
    own = next((b for b in problem.base_routes if (b.technician, b.shift) == (technician.id, duty.shift_index)), None)
    base_routes = () if own is None else (replace(own, stops=own.frozen),)
    kept = tuple(job for job in problem.jobs if job.id in jobs)
    needed = {job.place for job in kept}
    needed.update(place for shift in technician.shifts for place in (shift.start_place, shift.end_place) if place)
    rows = [row for row, place in enumerate(problem.places) if place.id in needed]
    return replace(
        problem,
        places=tuple(problem.places[row] for row in rows),
        technicians=tuple(one if one.id == technician.id else replace(one, shifts=()) for one in problem.technicians),
        jobs=tuple(
            job if job.pin is None or job.pin.technician in (None, technician.id) else replace(job, pin=None)
            for job in kept
        ),
        travel=_travel_between(problem.travel, rows),
        base_routes=base_routes,
    )


def _travel_between(travel: SpeedModel | TravelMatrix, rows: list[int]) -> SpeedModel | TravelMatrix:
    if not isinstance(travel, TravelMatrix):
        return travel
    cells = np.ix_(rows, rows)
    metres = None if travel.distance_m is None else travel.distance_m[cells]
    return TravelMatrix(travel_s=travel.travel_s[cells], distance_m=metres)
