"""PyVRP: iterated local search with late acceptance, one thread.

It has no breaks: a technician's day is made shorter by the lunch, and afterwards (outside its
time) the lightest jobs are dropped until the lunch finds a place. Of all its plans the one
that is cheapest after that is its answer; its figures for days are pessimistic in so far.
Skills are a matrix for each set of skills, windows of one job are clients that exclude each
other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyvrp import Client, ClientGroup, Depot, Location, ProblemData, Solution, SolveParams, VehicleType, solve
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams
from pyvrp.stop import MaxRuntime

from optimizer.benchmarks.engines import Answer, Clock, Routes, Terms
from optimizer.benchmarks.instances import DayInstance, Matrix, VrptwInstance
from optimizer.benchmarks.judge import can_be_driven, judge

TOO_FAR = 1_000_000

_Plan = list[tuple[int, list[int]]]


class _Noted(IteratedLocalSearchCallbacks):  # type: ignore[misc]
    """Every better plan that can be driven, with its time: (vehicle type, clients in order)."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.plans: list[tuple[float, _Plan]] = []

    def on_best(self, best: Solution) -> None:
        """Note a new best plan."""
        if best.is_feasible():
            routes = [
                (route.vehicle_type(), [stop.idx for stop in route if stop.is_client()]) for route in best.routes()
            ]
            self.plans.append((self.clock.elapsed_s, routes))


def vrptw(instance: VrptwInstance, terms: Terms, clock: Clock) -> Answer:
    """One type of vehicle, times in tenths; clients are counted from 0."""
    depot = instance.customers[0]
    data = ProblemData(
        [Location(x, y) for x, y in instance.at],
        [
            Client(
                location=number,
                delivery=[customer.demand],
                service_duration=customer.service,
                tw_early=customer.ready,
                tw_late=customer.due,
            )
            for number, customer in enumerate(instance.customers)
            if number
        ],
        [Depot(location=0, tw_early=depot.ready, tw_late=depot.due)],
        [VehicleType(num_available=instance.vehicles, capacity=[instance.capacity])],
        [instance.travel],
        [instance.travel],
    )
    plans, elapsed_s = _plans(data, terms, clock)
    found = [(at_s, _numbered(plan)) for at_s, plan in plans]
    points = tuple((at_s, float(judge(instance, routes).travel)) for at_s, routes in found)
    return Answer(routes=found[-1][1] if found else None, elapsed_s=elapsed_s, points=points)


def _numbered(plan: _Plan) -> Routes:
    return {number: tuple(client + 1 for client in clients) for number, (_, clients) in enumerate(plan)}


def technicians(instance: DayInstance, terms: Terms, clock: Clock) -> Answer:
    """A type of vehicle for each technician; jobs are optional at a prize."""
    data, job_of = _day(instance, terms)
    plans, elapsed_s = _plans(data, terms, clock)
    found = [
        (at_s, {who: _with_lunch(instance, who, [job_of[client] for client in clients]) for who, clients in plan})
        for at_s, plan in plans
    ]
    best: Routes | None = None
    points: list[tuple[float, float]] = []
    for at_s, routes in found:
        cost = float(judge(instance, routes).cost(terms.exchange_s))
        if not points or cost < points[-1][1]:
            best = routes
            points.append((at_s, cost))
    return Answer(routes=best, elapsed_s=elapsed_s, points=tuple(points))


def _day(instance: DayInstance, terms: Terms) -> tuple[ProblemData, list[int]]:
    """The model of a day, and the job of each client."""
    clients: list[Client] = []
    groups: list[ClientGroup] = []
    job_of: list[int] = []
    for number, job in enumerate(instance.jobs):
        several = len(job.windows) > 1
        if several:
            members = range(len(clients), len(clients) + len(job.windows))
            groups.append(ClientGroup(list(members), required=False))
        for start, end in job.windows:
            clients.append(
                Client(
                    location=number,
                    service_duration=job.duration_s,
                    tw_early=start,
                    tw_late=end,
                    prize=job.weight * terms.exchange_s,
                    required=False,
                    group=len(groups) - 1 if several else None,
                )
            )
            job_of.append(number)
    start, end = instance.shift
    profiles = sorted(set(instance.skills), key=sorted)
    matrices = [_travel_for(instance, skills) for skills in profiles]
    vehicles = [
        VehicleType(
            num_available=1,
            start_depot=number,
            end_depot=number,
            tw_early=start,
            tw_late=end,
            shift_duration=end - start - instance.lunch[2],
            profile=profiles.index(skills),
        )
        for number, skills in enumerate(instance.skills)
    ]
    depots = [
        Depot(location=instance.size + number, tw_early=start, tw_late=end) for number in range(len(instance.skills))
    ]
    places = [Location(x, y) for x, y in instance.at]
    return ProblemData(places, clients, depots, vehicles, matrices, matrices, groups), job_of


def _travel_for(instance: DayInstance, skills: frozenset[int]) -> Matrix:
    """Travel with every job out of reach that these skills do not serve."""
    travel = instance.travel.copy()
    beyond = [number for number, job in enumerate(instance.jobs) if job.skill not in skills]
    travel[beyond, :] = TOO_FAR
    travel[:, beyond] = TOO_FAR
    np.fill_diagonal(travel, 0)
    return travel


def _with_lunch(instance: DayInstance, technician: int, jobs: list[int]) -> tuple[int, ...]:
    """Drop the lightest job whose going makes the route possible, else the lightest, until it is."""
    while jobs and not can_be_driven(instance, technician, jobs):
        shorter = {job: [other for other in jobs if other != job] for job in jobs}
        enough = [job for job, rest in shorter.items() if can_be_driven(instance, technician, rest)]
        jobs = shorter[min(enough or jobs, key=lambda job: instance.jobs[job].weight)]
    return tuple(jobs)


def _plans(data: ProblemData, terms: Terms, clock: Clock) -> tuple[list[tuple[float, _Plan]], float]:
    """Every better plan with its time, the best last, and the seconds taken."""
    noted = _Noted(clock)
    parameters: Any = SolveParams(ils=IteratedLocalSearchParams(callbacks=noted))
    result = solve(
        data, MaxRuntime(clock.left_s), seed=terms.seed, collect_stats=False, display=False, params=parameters
    )
    noted.on_best(result.best)
    return noted.plans, clock.elapsed_s
