"""One technician's day as a problem of its own: small enough to be made whenever it must be timed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from optimizer.evaluation import Evaluator
from optimizer.problem import BaseRoute, Job, Place, Problem, Technician
from optimizer.tables import Tables
from optimizer.travel_model import TravelMatrix


def day_alone(
    whole: Problem,
    places: Mapping[str, Place],
    index: Mapping[str, int],
    technician: Technician,
    base: BaseRoute | None,
    jobs: Sequence[Job],
) -> Evaluator:
    """The exact costs of one technician's routes with these jobs; job n of the tables is jobs[n].

    `places` are those known by name, `index` their rows in a travel matrix. Colleagues whom
    the jobs name are there, and work on no shift. Raises KeyError for a place without travel
    times.
    """
    ends = {name for shift in technician.shifts for name in (shift.start_place, shift.end_place) if name is not None}
    names = sorted(ends | {job.place for job in jobs})
    travel = whole.travel
    if isinstance(travel, TravelMatrix):
        rows = np.array([index[name] for name in names], dtype=np.int64)
        travel = TravelMatrix(travel_s=travel.travel_s[np.ix_(rows, rows)])
    problem = replace(
        whole,
        places=tuple(places[name] for name in names),
        technicians=(technician, *colleagues(technician.id, jobs)),
        jobs=tuple(jobs),
        travel=travel,
        base_routes=() if base is None else (_with_known_stops(base, jobs),),
    )
    return Evaluator(Tables(problem))


def _with_known_stops(base: BaseRoute, jobs: Iterable[Job]) -> BaseRoute:
    known = {job.id for job in jobs}
    return replace(base, stops=tuple(stop for stop in base.stops if stop.job in known))


def colleagues(technician: str, jobs: Iterable[Job]) -> list[Technician]:
    """Everybody else whom the jobs name, working on no shift."""
    named: set[str] = set()
    for job in jobs:
        named.update(job.preferred_technicians, job.regular_technicians, job.forbidden_technicians, job.durations_s)
        if job.announced is not None and job.announced.technician is not None:
            named.add(job.announced.technician)
        if job.pin is not None and job.pin.technician is not None:
            named.add(job.pin.technician)
    return [Technician(id=name, shifts=()) for name in sorted(named - {technician})]
