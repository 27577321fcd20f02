"""The nodes, travel and durations of the solver's model, and small facts about them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp

from optimizer.tables import Call, Duty, Tables
from optimizer.timing import time_route

MOST_MATRIX_CELLS = 40_000_000


class Layout:
    """A routing model with its time dimension; one solver vehicle is one duty."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.problem = tables, tables.problem
        self.begun = {job for duty in tables.duties for job in duty.frozen[: len(duty.begun_s)]}
        self.jobs = [job for job in range(len(self.problem.jobs)) if job not in self.begun]
        self.node_of = {job: node for node, job in enumerate(self.jobs)}
        self.factor = tables.percents[1]
        self.origin_s = min((ready_s(duty, tables) for duty in tables.duties), default=0)
        self._lay_out_nodes()
        self.routing = pywrapcp.RoutingModel(self.manager)
        self.solver = self.routing.solver()
        self.time = self._time()

    def _lay_out_nodes(self) -> None:
        """Jobs first, then the places where duties start and end, and one node that is no place at all."""
        calls = [int(self.tables.job_place[job]) for job in self.jobs]
        depots: dict[int | None, int] = {}
        starts: list[int] = []
        ends: list[int] = []
        for duty in self.tables.duties:
            for place, nodes in ((_start_place(duty, self.tables), starts), (duty.end_place, ends)):
                nodes.append(depots.setdefault(place, len(calls) + len(depots)))
        self.places: list[int | None] = [*calls, *depots]
        self.manager = pywrapcp.RoutingIndexManager(len(self.places), len(starts), starts, ends)
        self.travel_s = self._travel_s()

    def _travel_s(self) -> NDArray[np.int64]:
        """Seconds between nodes on the slowest factor; to no place at all it is no way."""
        known = np.array([0 if place is None else place for place in self.places], dtype=np.int64)
        usual = self.tables.travel_s[np.ix_(known, known)].astype(np.int64)
        travel = -(-usual * self.factor // 100)
        nowhere = np.array([place is None for place in self.places])
        travel[:, nowhere] = 0
        return travel

    def index(self, job: int) -> int:
        """The solver's index of a job."""
        return int(self.manager.NodeToIndex(self.node_of[job]))

    def call(self, job: int, duty: Duty) -> Call:
        """The job as this duty's technician would do it."""
        return self.tables.call(job, duty)

    def _time(self) -> Any:
        """Time runs: each stop takes its service and the way on, with any wait in between."""
        groups, group_of = self._duration_groups()
        transits = [
            self.routing.RegisterTransitMatrix((self.travel_s + service[:, None]).tolist()) for service in groups
        ]
        latest = max((self.limit_s(duty) for duty in self.tables.duties), default=0) - self.origin_s
        horizon = max(latest, 0) + 1
        self.service_of = [groups[group] for group in group_of]
        self.routing.AddDimensionWithVehicleTransits([transits[g] for g in group_of], horizon, horizon, False, "time")  # noqa: FBT003
        return self.routing.GetDimensionOrDie("time")

    def _duration_groups(self) -> tuple[list[NDArray[np.int64]], list[int]]:
        """The service times per node of each group of technicians, and the group of each duty.

        Technicians with equal durations share a group; should there be too many groups for
        the memory, the last takes the longest durations of all the others.
        """
        most = max(1, MOST_MATRIX_CELLS // max(1, len(self.places) ** 2))
        groups: list[NDArray[np.int64]] = []
        group_of = []
        for duty in self.tables.duties:
            service = np.zeros(len(self.places), dtype=np.int64)
            service[: len(self.jobs)] = [self.call(job, duty).duration_s for job in self.jobs]
            same = next((g for g, known in enumerate(groups) if np.array_equal(known, service)), None)
            if same is None and len(groups) < most:
                groups.append(service)
            elif same is None:
                groups[-1] = np.maximum(groups[-1], service)
            group_of.append(same if same is not None else len(groups) - 1)
        return groups, group_of

    def servers(self, job: int) -> list[Duty]:
        """The duties that may serve a job."""
        return [self.tables.duties[int(duty)] for duty in np.flatnonzero(self.tables.may_serve[job])]

    def present(self, index: int) -> Any:
        """1 if the job at a solver index is served, else 0."""
        return self.routing.ActiveVar(index)

    def absent(self, index: int) -> Any:
        """1 if the job at a solver index is left out, else 0."""
        return 1 - self.routing.ActiveVar(index)

    def overruns(self, duty: Duty) -> bool:
        """Whether what is frozen alone passes the shift's limit, so that nothing more may follow."""
        return self.limit_s(duty) > duty.limit_s

    def misses_a_break(self, duty: Duty) -> bool:
        """Whether a break is over before the duty can go on, so that nothing more may follow."""
        ready = ready_s(duty, self.tables)
        return any(pause.latest_start_s < ready for pause in duty.breaks)

    def limit_s(self, duty: Duty) -> int:
        """The latest end of a route: the shift's limit, or later if what is frozen ends later."""
        if not duty.frozen:
            return duty.limit_s
        alone = time_route(self.tables, duty, self.tables.calls(duty, duty.frozen))
        slow = 0 if alone is None else alone.route.end_s + alone.route.travel_s * max(0, self.factor - 100) // 100
        return max(duty.limit_s, slow)


def _start_place(duty: Duty, tables: Tables) -> int:
    """Where the duty goes on from: its start, or the last stop begun."""
    if not duty.begun_s:
        return duty.start_place
    return int(tables.job_place[duty.frozen[len(duty.begun_s) - 1]])


def ready_s(duty: Duty, tables: Tables) -> int:
    """From when the duty can go on: its shift's start, the end of the last stop begun, and now."""
    now = tables.problem.now_s
    begun = len(duty.begun_s)
    if begun:
        last = tables.call(duty.frozen[begun - 1], duty)
        ready = duty.begun_s[-1] + last.duration_s
    else:
        ready = duty.shift.start_s
    return ready if now is None or begun < len(duty.frozen) else max(ready, now)


def begun_work_s(duty: Duty, tables: Tables) -> int:
    """The work of the stops already begun, their travel included."""
    places = [duty.start_place, *[int(tables.job_place[job]) for job in duty.frozen[: len(duty.begun_s)]]]
    travel = sum(int(tables.travel_s[a, b]) for a, b in pairwise(places))
    return travel + sum(tables.call(job, duty).duration_s for job in duty.frozen[: len(duty.begun_s)])
