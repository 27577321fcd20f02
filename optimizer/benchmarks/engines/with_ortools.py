"""OR-Tools routing: parallel cheapest insertion, then guided local search, one thread; transit matrices throughout."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from optimizer.benchmarks.engines import Answer, Clock, Routes, Terms
from optimizer.benchmarks.instances import DayInstance, VrptwInstance


def vrptw(instance: VrptwInstance, terms: Terms, clock: Clock) -> Answer:  # noqa: ARG001 - all engines are called alike
    """Node numbers are those of the customers, times in tenths."""
    depot = instance.customers[0]
    manager = pywrapcp.RoutingIndexManager(len(instance.customers), instance.vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    service = np.array([customer.service for customer in instance.customers])
    time = _add_time(routing, instance.travel, service, depot.due)
    load = routing.RegisterUnaryTransitVector([customer.demand for customer in instance.customers])
    routing.AddDimensionWithVehicleCapacity(load, 0, [instance.capacity] * instance.vehicles, True, "load")  # noqa: FBT003
    for number, customer in enumerate(instance.customers):
        if number:
            time.CumulVar(manager.NodeToIndex(number)).SetRange(customer.ready, customer.due)
    return _search(manager, routing, instance.vehicles, clock)


def technicians(instance: DayInstance, terms: Terms, clock: Clock) -> Answer:
    """Jobs are the first nodes, homes the rest; time counts from the start of the shift."""
    size, people = instance.size, len(instance.skills)
    homes = list(range(size, size + people))
    manager = pywrapcp.RoutingIndexManager(size + people, people, homes, homes)
    routing = pywrapcp.RoutingModel(manager)
    service = np.array([job.duration_s for job in instance.jobs] + [0] * people)
    time = _add_time(routing, instance.travel, service, instance.shift[1] - instance.shift[0])
    for number in range(size):
        _add_job(instance, number, manager, routing, time, terms)
    _add_lunches(instance, manager, routing, time)
    return _search(manager, routing, people, clock)


def _add_time(routing: Any, travel: Any, service: Any, horizon: int) -> Any:
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(travel.tolist()))
    leave_to_start = routing.RegisterTransitMatrix((travel + service[:, None]).tolist())
    routing.AddDimension(leave_to_start, horizon, horizon, False, "time")  # noqa: FBT003
    return routing.GetDimensionOrDie("time")


def _add_job(instance: DayInstance, number: int, manager: Any, routing: Any, time: Any, terms: Terms) -> None:
    """The job's windows, who may serve it, and the price of leaving it out."""
    job, origin = instance.jobs[number], instance.shift[0]
    index = manager.NodeToIndex(number)
    start = time.CumulVar(index)
    windows = sorted(job.windows)
    start.SetRange(max(0, windows[0][0] - origin), max(0, windows[-1][1] - origin))
    for (_, closes), (opens, _) in pairwise(windows):
        if opens - closes > 1:
            start.RemoveInterval(closes + 1 - origin, opens - 1 - origin)
    able = [who for who, skills in enumerate(instance.skills) if job.skill in skills]
    routing.VehicleVar(index).SetValues([-1, *able])
    routing.AddDisjunction([index], job.weight * terms.exchange_s)


def _add_lunches(instance: DayInstance, manager: Any, routing: Any, time: Any) -> None:
    """A lunch may interrupt travel, never a visit."""
    earliest, latest, length = instance.lunch
    origin = instance.shift[0]
    at_visit = [0] * routing.Size()
    for number, job in enumerate(instance.jobs):
        at_visit[manager.NodeToIndex(number)] = job.duration_s
    for who in range(len(instance.skills)):
        lunch = routing.solver().FixedDurationIntervalVar(
            earliest - origin,
            latest - origin,
            length,
            False,  # noqa: FBT003
            f"lunch {who}",
        )
        time.SetBreakIntervalsOfVehicle([lunch], who, at_visit)


def _search(manager: Any, routing: Any, vehicles: int, clock: Clock) -> Answer:
    """Search for the time left; the cost of every better plan is noted on the way, its routes are read at the end."""
    points: list[tuple[float, float]] = []

    def note() -> None:
        cost = float(routing.CostVar().Max())
        if not points or cost < points[-1][1]:
            points.append((clock.elapsed_s, cost))

    routing.AddAtSolutionCallback(note)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromSeconds(max(1, round(clock.seconds)))
    routing.CloseModelWithParameters(parameters)
    parameters.time_limit.FromMilliseconds(max(1, round(1000 * clock.left_s)))
    plan = routing.SolveWithParameters(parameters)
    elapsed_s = clock.elapsed_s
    routes = None if plan is None else _routes(manager, routing, vehicles, plan)
    return Answer(routes=routes, elapsed_s=elapsed_s, points=tuple(points))


def _routes(manager: Any, routing: Any, vehicles: int, plan: Any) -> Routes:
    routes: Routes = {}
    for who in range(vehicles):
        index, nodes = plan.Value(routing.NextVar(routing.Start(who))), []
        while not routing.IsEnd(index):
            nodes.append(manager.IndexToNode(index))
            index = plan.Value(routing.NextVar(index))
        if nodes:
            routes[who] = tuple(nodes)
    return routes
