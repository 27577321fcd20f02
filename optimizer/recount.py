"""What does a plan cost? Counted from its routes for check.py, sharing no code with the engines."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.problem import Job, Problem
from optimizer.solution import Cost, Route, Stop


def recount(problem: Problem, routes: Iterable[Route]) -> Cost:
    """The cost by term of routes whose technicians and jobs the problem knows; the other jobs are left out."""
    routes = list(routes)
    stops = [(route, stop, problem.jobs_by_id[stop.job]) for route in routes for stop in route.stops]
    served = {job.id for _, _, job in stops}
    given = {(stop.job, base.technician) for base in problem.base_routes for stop in base.stops}
    planned = {job for job, _ in given}
    moved = sum(stop.job in planned and (stop.job, route.technician) not in given for route, stop, _ in stops)
    noticed_s = sum(_noticed_s(problem, route, stop, job) for route, stop, job in stops)
    weights = problem.weights
    return Cost(
        unserved_ms=sum(_left_out_ms(problem, job) for job in problem.jobs if job.id not in served),
        lateness_ms=sum(_late_ms(stop, job) for _, stop, job in stops),
        changes_ms=1000 * (moved * weights.reassigned_price_s + noticed_s),
        overtime_ms=weights.overtime_price_ms_per_s * sum(_overtime_s(problem, route) for route in routes),
        target_ms=weights.target_price_ms_per_s
        * sum(abs(stop.start_s - job.target_s) for _, stop, job in stops if job.target_s is not None),
        preference_ms=1000 * sum(_unwished_s(problem, route, job) for route, _, job in stops),
        unfairness_ms=weights.unfairness_price_ms_per_s * _spread_s(problem, routes),
        travel_ms=1000 * sum(route.return_travel_s + sum(stop.travel_s for stop in route.stops) for route in routes),
    )


def _left_out_ms(problem: Problem, job: Job) -> int:
    weights = problem.weights
    told = job.announced is not None and job.announced.window is not None
    must = problem.is_mandatory(job)
    price_s = job.value * weights.travel_s_per_value
    return 1000 * (price_s + must * weights.mandatory_price_s + told * weights.window_missed_price_s)


def _late_ms(stop: Stop, job: Job) -> int:
    cost = 0
    for promise in job.promises:
        late_s = (stop.start_s if promise.measure == "start" else stop.finish_s) - promise.due_s
        if late_s > 0:
            cost += 1000 * promise.broken_price_s + late_s * promise.late_price_ms_per_s
    return cost


def _noticed_s(problem: Problem, route: Route, stop: Stop, job: Job) -> int:
    if job.announced is None:
        return 0
    told, window = job.announced.technician, job.announced.window
    other = told is not None and told != route.technician
    missed = window is not None and not window.start_s <= stop.start_s <= window.end_s
    return other * problem.weights.technician_changed_price_s + missed * problem.weights.window_missed_price_s


def _overtime_s(problem: Problem, route: Route) -> int:
    return max(0, route.end_s - problem.technicians_by_id[route.technician].shifts[route.shift].end_s)


def _unwished_s(problem: Problem, route: Route, job: Job) -> int:
    stranger = bool(job.preferred_technicians) and route.technician not in job.preferred_technicians
    not_regular = bool(job.regular_technicians) and route.technician not in job.regular_technicians
    return stranger * problem.weights.not_preferred_price_s + not_regular * problem.weights.not_regular_price_s


def _spread_s(problem: Problem, routes: list[Route]) -> int:
    """Over the crews, the most spare time of a member less the least, all shifts of each together."""
    work_s: dict[str, int] = {}
    for route in routes:
        service_s = sum(stop.finish_s - stop.start_s for stop in route.stops)
        travel_s = sum(stop.travel_s for stop in route.stops) + route.return_travel_s
        work_s[route.technician] = work_s.get(route.technician, 0) + service_s + travel_s
    crews: dict[str, list[int]] = {}
    for technician in problem.technicians:
        if technician.crew is not None and technician.shifts:
            length_s = sum(shift.end_s - shift.start_s for shift in technician.shifts)
            crews.setdefault(technician.crew, []).append(length_s - work_s.get(technician.id, 0))
    return sum(max(spare) - min(spare) for spare in crews.values())
