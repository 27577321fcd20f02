"""A given order of jobs with times: the cheapest that keep every limit, else as soon as possible."""

from __future__ import annotations

from functools import cached_property

from optimizer.evaluation import Evaluator
from optimizer.problem import Break, Job, Problem
from optimizer.solution import Pause, Route, Stop
from optimizer.tables import Duty, Tables, service_s
from optimizer.timing import time_route


class OrderTimer:
    """Gives times to orders of jobs; builds what it needs of the problem once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @cached_property
    def tables(self) -> Tables:
        """The problem as indexes."""
        return Evaluator(Tables(self.problem)).tables

    def route(self, technician: str, shift: int, jobs: tuple[str, ...]) -> Route:
        """The route of these jobs in this order, whatever limits it breaks (check.py will name them).

        Raises KeyError for a technician, shift or job the problem does not know.
        """
        duty = self.tables.duties[self.tables.duty_index[technician, shift]]
        calls = [self.tables.call(self.tables.job_index[job], duty) for job in jobs]
        timing = time_route(self.tables, duty, calls) if calls else None
        if timing is not None:
            return timing.route
        return _Hurry(self.tables, duty).route([self.problem.jobs_by_id[job] for job in jobs])


class _Hurry:
    """Everything as soon as it can be, and late if it must be."""

    def __init__(self, tables: Tables, duty: Duty) -> None:
        self.tables, self.duty = tables, duty
        self.place, self.free_s = duty.start_place, duty.shift.start_s
        self.due: list[Break] = list(duty.breaks)
        self.pauses: list[Pause] = []

    def route(self, jobs: list[Job]) -> Route:
        """The route in these times."""
        stops = [self._stop(job) for job in jobs]
        leave_s, travel_s = self.free_s, 0
        if self.duty.end_place is not None:
            travel_s = self._travel_s(self.duty.end_place)
        end_s = leave_s + travel_s
        self.free_s = end_s
        while self.due:
            self._pause()
        return Route(
            technician=self.duty.technician.id,
            shift=self.duty.shift_index,
            stops=tuple(stops),
            pauses=tuple(self.pauses),
            return_leave_s=leave_s,
            return_travel_s=travel_s,
            end_s=end_s,
        )

    def _stop(self, job: Job) -> Stop:
        """Drive and serve; a break that could not start after this job is taken before leaving."""
        place = self.tables.place_index[job.place]
        duration_s = service_s(job, self.duty.technician)
        while self.due and self._start_s(job, place) + duration_s > self.due[0].latest_start_s:
            self._pause()
        leave_s, travel_s, start_s = self.free_s, self._travel_s(place), self._start_s(job, place)
        self.place, self.free_s = place, start_s + duration_s
        return Stop(
            job=job.id,
            leave_s=leave_s,
            travel_s=travel_s,
            arrive_s=leave_s + travel_s,
            start_s=start_s,
            finish_s=self.free_s,
        )

    def _start_s(self, job: Job, place: int) -> int:
        """On arrival, or when the next window opens; on arrival if the last has closed."""
        arrive_s = max(self.free_s + self._travel_s(place), job.release_s or -(10**12))
        return next((max(arrive_s, w.start_s) for w in job.windows if arrive_s <= w.end_s), arrive_s)

    def _pause(self) -> None:
        due = self.due.pop(0)
        start_s = max(self.free_s, due.earliest_start_s)
        self.free_s = start_s + due.duration_s
        self.pauses.append(Pause(start_s=start_s, end_s=self.free_s))

    def _travel_s(self, place: int) -> int:
        usual_s = int(self.tables.travel_s[self.place, place])
        percent = next(percent for first, last, percent in self.tables.periods if first <= self.free_s <= last)
        return -(-usual_s * percent // 100)
