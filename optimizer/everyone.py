"""How long a job takes each technician, and what sending each costs: over all of them at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Job, Problem
from optimizer.tables import sending_ms

Longs = NDArray[np.int64]


class Everyone:
    """The T technicians of a problem, in its order; what is asked of each is an array of shape (T,)."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._row = {technician.id: row for row, technician in enumerate(problem.technicians)}
        self._percent = np.array([technician.duration_percent for technician in problem.technicians], dtype=np.int64)

    def durations_s(self, job: Job) -> Longs:
        """How long each takes, in seconds: the job's own figure for them, else their usual share of the norm."""
        seconds: Longs = -(-job.duration_s * self._percent // 100)
        for technician, own_s in job.durations_s.items():
            seconds[self._row[technician]] = own_s
        return seconds

    def sending_ms(self, job: Job) -> Longs:
        """The price of sending each, in ms of travel; all whom nothing names have the same."""
        named = {*job.preferred_technicians, *job.regular_technicians}
        if job.announced is not None and job.announced.technician is not None:
            named.add(job.announced.technician)
        if job.id in self.problem.planned_technicians:
            named.add(self.problem.planned_technicians[job.id])
        price = np.full(len(self._row), sending_ms(self.problem, job, ""), dtype=np.int64)
        for technician in named:
            price[self._row[technician]] = sending_ms(self.problem, job, technician)
        return price
