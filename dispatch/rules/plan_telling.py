"""A plan as its customers would know it: everybody has been told an arrival window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.rules.announcing import Span, window_to_tell
from optimizer.problem import Announcement, Job, Problem, Window
from optimizer.solution import Solution

#: more than anybody is ever late: what is told reaches to the end of what is booked
WIDEST = timedelta(days=1)


@dataclass(frozen=True)
class PlanTelling:
    """Tells everybody in a plan their window; who was told one keeps it.

    `booked` and `late` (how long after its planned start a stop may begin, `window_to_tell`) are
    by job; `otherwise` is said of jobs without, None: the usual width.
    """

    zone: ZoneInfo
    booked: Mapping[str, Span]
    late: Mapping[str, timedelta] = field(default_factory=dict)
    otherwise: timedelta | None = None

    def __call__(self, problem: Problem, solution: Solution) -> Problem:
        """The problem once everybody in the plan has been told."""
        starts = {stop.job: stop.start_s for route in solution.routes for stop in route.stops}
        jobs = tuple(self._told(problem, job, starts[job.id]) if job.id in starts else job for job in problem.jobs)
        return replace(problem, jobs=jobs)

    def _told(self, problem: Problem, job: Job, start_s: int) -> Job:
        if was_told(job):
            return job
        begins_at, late = problem.horizon_start_at, self.late.get(job.id, self.otherwise)
        span = window_to_tell(begins_at + timedelta(seconds=start_s), self.booked.get(job.id), None, self.zone, late)
        from_s, until_s = (_seconds(begins_at, at) for at in span)
        return replace(job, announced=Announcement(window=Window(start_s=from_s, end_s=until_s)))


def was_told(job: Job) -> bool:
    """Whether a customer has been told a window that binds us."""
    return job.announced is not None and job.announced.window is not None


def _seconds(begins_at: datetime, at: datetime) -> int:
    """Whole seconds from the horizon's start, rounded up."""
    return -int((begins_at - at) // timedelta(seconds=1))
