"""Search with OR-Tools routing: a first plan by insertion, guided local search, an exact finish.

Every plan the solver reports is re-timed exactly and kept if its exact cost is the best so
far, so what the model approximates (model.py) never decides.
"""

from __future__ import annotations

from random import Random
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from optimizer.assembly import feasible_part
from optimizer.evaluation import Order
from optimizer.reference.construct import construct
from optimizer.reference.mend import mended
from optimizer.reference.model import ReferenceModel
from optimizer.reference.polish import FEW_JOBS, polish
from optimizer.watch import Watch

CONSTRUCTION_SHARE = 0.5
SOLVER_SHARE = 0.85
SOLVER_SHARE_OF_MANY = 0.3  # with breaks and so many jobs the solver looks at too few plans
MANY_JOBS = 500
FROM_NOTHING = 200  # beyond, the solver's own first plan takes longer than anybody waits
ENOUGH_LOOKS = 40_000
ROUNDS_PER_JOB = 20
LEAST_ROUNDS = 500


def search(watch: Watch, seed: int, _cores: int = 1) -> None:
    """Improve the watch's best plan until its budget is spent; on one core, whatever is given."""
    random = Random(seed)
    tables = watch.evaluator.tables
    if not tables.problem.jobs or not tables.duties or watch.over():
        return
    mending = mended(watch.evaluator, watch.orders)
    if mending is not None:
        watch.offer(mending)
    construct(watch, random, CONSTRUCTION_SHARE)
    share = SOLVER_SHARE if len(tables.problem.jobs) < MANY_JOBS else SOLVER_SHARE_OF_MANY
    if not watch.over(share):
        _run_solver(ReferenceModel(tables), watch, share)
    polish(watch, random, max(LEAST_ROUNDS, ROUNDS_PER_JOB * len(tables.problem.jobs)))


def _run_solver(model: ReferenceModel, watch: Watch, share: float) -> None:
    """Guided local search from the best plan so far, or from the solver's own first plan."""
    listener = _Listener(model, watch, share)
    routing = model.routing
    routing.AddSearchMonitor(model.solver.CustomLimit(listener.enough))
    routing.AddAtSolutionCallback(listener.look)
    try:
        _search_from(routing, model.to_solver(watch.orders), watch, share)
    finally:
        listener.let_go()
    if listener.error is not None:
        raise listener.error


def _search_from(routing: Any, start: list[list[int]], watch: Watch, share: float) -> None:
    """Improve a start; where the solver refuses it (rush hours), begin from nothing if that is quick."""
    parameters = _parameters()
    routing.CloseModelWithParameters(parameters)
    assignment = routing.ReadAssignmentFromRoutes(start, True)  # noqa: FBT003
    if assignment is not None and routing.SolveFromAssignmentWithParameters(assignment, parameters) is not None:
        return
    if sum(map(len, start)) <= FROM_NOTHING and not watch.over(share):
        routing.SolveWithParameters(parameters)


class _Listener:
    """Hears the solver: ends it when the budget is spent, offers each of its plans to the watch.

    The solver keeps its callbacks where Python cannot see them, so they let go of the model
    when the search is over; otherwise neither would ever be freed. What is raised in them
    waits until the solver is done, since it cannot pass through it.
    """

    def __init__(self, model: ReferenceModel, watch: Watch, share: float) -> None:
        self._model: ReferenceModel | None = model
        self._watch, self._share = watch, share
        self._last = watch.iterations + ENOUGH_LOOKS if len(model.jobs) <= FEW_JOBS else None
        self.error: BaseException | None = None

    def enough(self) -> bool:
        """Whether the solver should stop."""
        try:
            over = self._watch.tick(self._share)
        except BaseException as error:  # noqa: BLE001 - Ctrl-C too must wait
            self.error = error
        return self.error is not None or over or (self._last is not None and self._watch.iterations > self._last)

    def look(self) -> None:
        """Offer the solver's current plan, or as much of it as the exact timing allows."""
        try:
            if self._model is not None and self.error is None:
                self._offer(self._model.read())
        except BaseException as error:  # noqa: BLE001 - Ctrl-C too must wait
            self.error = error

    def let_go(self) -> None:
        """Forget the model, so that it can be freed."""
        self._model = None

    def _offer(self, orders: dict[int, Order]) -> None:
        watch = self._watch
        if not watch.offer(orders) and watch.evaluator.total_ms(orders) is None:
            watch.offer(feasible_part(watch.evaluator, orders))


def _parameters() -> Any:
    """Guided local search without linear programs inside: plans are re-timed exactly anyway."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    strategy = routing_enums_pb2.FirstSolutionStrategy
    parameters.first_solution_strategy = strategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.disable_scheduling_beware_this_may_degrade_performance = True
    parameters.lns_time_limit.seconds = 60  # with the default of 0.1 s a large start is not even restored
    parameters.time_limit.seconds = 7 * 86_400
    return parameters
