"""Everything there is to say about one job of a plan: why not, and what would help; or why so."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.comparison import Comparison, compare_technicians
from optimizer.obstacles import Obstacle
from optimizer.problem import Problem
from optimizer.remedies.proof import Remedy
from optimizer.remedies.search import remedies
from optimizer.solution import Solution
from optimizer.start_reasons import StartReasons, start_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """A job left out: every obstacle, and the cheapest changes that would fit it, cheapest first."""

    job: str
    obstacles: tuple[Obstacle, ...]
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhySo:
    """A job in a route: why this technician, why this time."""

    job: str
    technician: Comparison
    start: StartReasons


def explain(problem: Problem, solution: Solution, job: str) -> WhyNot | WhySo:
    """Why a job is left out and what would help, or why its technician comes and why then.

    Raises KeyError for a job that the plan does not mention.
    """
    left_out = next((one for one in solution.unassigned if one.job == job), None)
    if left_out is None:
        comparison = compare_technicians(problem, solution, job)
        return WhySo(job=job, technician=comparison, start=start_reasons(problem, solution, job))
    return WhyNot(job=job, obstacles=left_out.obstacles, remedies=tuple(remedies(problem, solution, job)))
