"""Which stop of a plan could make way for a job that is worth more?

The stops are looked at all at once, with the times of the plan, and the cheapest that look
possible are timed exactly. The job takes the place of the stop; the others stay in order.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from optimizer.problem import Job
from optimizer.remedies.room import Mask, Room, Spot
from optimizer.route_arrays import Ints
from optimizer.solution import Route
from optimizer.start_costs import allowed_starts
from optimizer.tables import Duty, leave_out_ms, service_s

#: so many of the stops that look possible are timed exactly
MOST_TIMED = 40
NOWHERE = -1


class Replaceable:
    """All stops that may make way: not frozen, not pinned, not mandatory."""

    def __init__(self, room: Room, routes: Iterable[Route]) -> None:
        self.room = room
        found = [row for route in routes for row in self._rows(route)]
        columns = np.array(found, dtype=np.int64).reshape(-1, 9).T
        self.duty, self.position, self.job = columns[:3]
        self.before, self.own, self.after = columns[3:6]
        self.free_s, self.next_s, self.worth_ms = columns[6:]

    def cheapest(self, job: Job, able: Mask) -> tuple[str, Spot] | None:
        """The stop whose job, left out for this one, costs the plan least, and the route then; None if there is none.

        The job left out is worth less than the one that comes.
        """
        tables, arrays = self.room.tables, self.room.arrays
        index = tables.job_index[job.id]
        rows = np.flatnonzero(able[self.duty] & (self.worth_ms < leave_out_ms(self.room.problem, job)))
        rows = rows[self._look_possible(job, rows)]
        bounds = self.worth_ms[rows] + 1000 * self._more_travel_s(int(tables.job_place[index]), rows)
        best: tuple[int, str, Spot] | None = None
        for rank in np.argsort(bounds, kind="stable")[:MOST_TIMED]:
            row = int(rows[rank])
            if best is not None and bounds[rank] >= best[0]:
                break
            duty, position = int(self.duty[row]), int(self.position[row])
            order = arrays.orders[duty]
            spot = self.room.spot(job, duty, (*order[:position], index, *order[position + 1 :]))
            if spot is not None and (best is None or spot.increase_ms + self.worth_ms[row] < best[0]):
                price_ms = spot.increase_ms + int(self.worth_ms[row])
                best = (price_ms, self.room.problem.jobs[int(self.job[row])].id, spot)
        return None if best is None else best[1:]

    def _more_travel_s(self, place: int, rows: Ints) -> Ints:
        """The seconds of travel more, at the usual speed, that serving this place instead takes."""
        travel_s = self.room.tables.travel_s.astype(np.int64)
        before, own, after = self.before[rows], self.own[rows], self.after[rows]
        is_last = after == NOWHERE
        there = travel_s[before, place] + np.where(is_last, 0, travel_s[place, after])
        now = travel_s[before, own] + np.where(is_last, 0, travel_s[own, after])
        more: Ints = there - now
        return more

    def _look_possible(self, job: Job, rows: Ints) -> Mask:
        """Whether the job could start in time after the stop before, and the rest follow, by the times of the plan."""
        tables = self.room.tables
        place = int(tables.job_place[tables.job_index[job.id]])
        travel_s = tables.travel_s
        durations = np.array([service_s(job, duty.technician) for duty in tables.duties], dtype=np.int64)
        served_s = durations[self.duty[rows]]
        arrive_s = self.free_s[rows] + travel_s[self.before[rows], place]
        onward_s = np.where(self.after[rows] == NOWHERE, 0, travel_s[place, self.after[rows]])
        possible = np.zeros(len(rows), dtype=np.bool_)
        for opens, closes in allowed_starts(job, int(durations.min(initial=0))):
            start_s = np.maximum(arrive_s, opens)
            possible |= (start_s <= closes) & (start_s + served_s + onward_s <= self.next_s[rows])
        return possible

    def _rows(self, route: Route) -> Iterable[tuple[int, ...]]:
        """Each stop that may make way: where it is, when the technician is free before, and must be on after."""
        tables, problem = self.room.tables, self.room.problem
        duty = tables.duties[tables.duty_index[route.technician, route.shift]]
        jobs = [tables.job_index[stop.job] for stop in route.stops]
        places = [duty.start_place, *(int(tables.job_place[job]) for job in jobs), _end(duty)]
        frees = [duty.shift.start_s, *(stop.finish_s for stop in route.stops)]
        for position, stop in enumerate(route.stops):
            job = problem.jobs_by_id[stop.job]
            if problem.is_mandatory(job):
                continue
            rest = route.stops[position + 1 :]
            slack_s = sum(one.start_s - one.arrive_s for one in rest) + duty.limit_s - route.end_s
            next_s = (rest[0].start_s if rest else route.end_s) + slack_s
            spot = (duty.index, position, jobs[position], *places[position : position + 3])
            yield (*spot, frees[position], next_s, leave_out_ms(problem, job))


def _end(duty: Duty) -> int:
    return NOWHERE if duty.end_place is None else duty.end_place
