"""The smallest world that matters: one long street, where places are seconds of travel apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from optimizer.budget import Iterations
from optimizer.problem import Job, Place, Problem, Shift, Skill, Technician
from optimizer.solution import Route, Solution, Stop
from optimizer.solve import solve
from optimizer.travel_model import TravelMatrix

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = 3600
DAY = 24 * HOUR


def job(name: str, at: int = 600, duration_s: int = 1800, **more: Any) -> Job:
    return Job(id=name, place=str(at), duration_s=duration_s, **more)


def shift(at: int = 0, start_s: int = 0, end_s: int = 8 * HOUR, **more: Any) -> Shift:
    more.setdefault("end_place", str(at))
    return Shift(start_s=start_s, end_s=end_s, start_place=str(at), **more)


def technician(name: str = "A", *shifts: Shift, **more: Any) -> Technician:
    return Technician(id=name, shifts=shifts or (shift(),), **more)


def fibre(level: int = 1, expires_s: int | None = None) -> tuple[Skill, ...]:
    return (Skill(code="fibre", level=level, expires_s=expires_s),)


def street(jobs: list[Job], technicians: list[Technician] | None = None, **more: Any) -> Problem:
    people = technicians if technicians is not None else [technician()]
    ends = [place for one in people for s in one.shifts for place in (s.start_place, s.end_place) if place is not None]
    names = sorted({*ends, *(one.place for one in jobs)}, key=int)
    at = np.array([int(name) for name in names])
    return Problem(
        horizon_start_at=MONDAY,
        places=tuple(Place(id=name) for name in names),
        technicians=tuple(people),
        jobs=tuple(jobs),
        travel=TravelMatrix(travel_s=np.abs(at[:, None] - at[None, :])),
        **more,
    )


def plan(problem: Problem, iterations: int = 400, **more: Any) -> Solution:
    return solve(problem, Iterations(iterations), **more)


def orders(solution: Solution) -> dict[str, tuple[str, ...]]:
    """The jobs of each technician, all shifts one after the other."""
    found: dict[str, tuple[str, ...]] = {}
    for route in solution.routes:
        found[route.technician] = found.get(route.technician, ()) + route.jobs
    return found


def stop_of(solution: Solution, name: str) -> Stop:
    return next(stop for route in solution.routes for stop in route.stops if stop.job == name)


def route_of(solution: Solution, name: str) -> Route:
    return next(route for route in solution.routes if name in route.jobs)


def left_out(solution: Solution) -> set[str]:
    return {one.job for one in solution.unassigned}
