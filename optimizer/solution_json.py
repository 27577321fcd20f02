"""Solutions as `punctual-solution/1` documents (specs/solution.schema.json, docs/problem-format.md)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optimizer.as_given import OrderTimer
from optimizer.documents import Faults, decode_object
from optimizer.faults import Fault, InvalidSolution
from optimizer.obstacles import Obstacle
from optimizer.problem import Problem
from optimizer.recount import recount
from optimizer.solution import Cost, Route, Solution, Unassigned

FORMAT = "punctual-solution/1"
KNOWN = ("format", "engine", "cost_ms", "routes", "unassigned")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A route of which only the order of jobs is given."""

    technician: str
    jobs: tuple[str, ...]
    shift: int = 0


def solution_to_json(solution: Solution) -> dict[str, Any]:
    """The document of a solution."""
    return {
        "format": FORMAT,
        "engine": solution.engine,
        "cost_ms": {**solution.cost.by_term(), "total": solution.cost.total_ms},
        "routes": [_plain(asdict(route)) for route in solution.routes],
        "unassigned": [
            {"job": one.job, "obstacles": [{"code": o.code, "detail": _plain(asdict(o))} for o in one.obstacles]}
            for one in solution.unassigned
        ],
    }


def read_solution(path: Path, problem: Problem) -> Solution:
    """The solution in a file; raises InvalidSolution with every fault, OSError if it cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidSolution([Fault("$", "not_json", str(error))]) from error
    return solution_from_json(document, problem)


def solution_from_json(document: Any, problem: Problem) -> Solution:
    """The solution a document describes; raises InvalidSolution with every fault.

    A route may list only its `jobs`: it is then timed, at the least cost where it can be done
    and as soon as possible where it cannot, so that check.py can name what is wrong. Without
    `cost_ms` the cost is counted; without `unassigned`, every job in no route is left out.
    """
    faults: Faults = []
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidSolution([Fault("format", "unknown", f"{FORMAT} is needed")])
    strange = sorted(document.keys() - set(KNOWN))
    faults.extend(Fault(name, "unknown_field", f"known: {', '.join(KNOWN)}") for name in strange)
    routes = _routes(document.get("routes"), problem, faults)
    unassigned = _unassigned(document.get("unassigned"), problem, routes, faults)
    cost = _cost(document["cost_ms"], faults) if "cost_ms" in document else None
    if faults:
        raise InvalidSolution(faults)
    engine = str(document.get("engine", "given"))
    return Solution(routes=routes, unassigned=unassigned, cost=cost or recount(problem, routes), engine=engine)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _routes(value: Any, problem: Problem, faults: Faults) -> tuple[Route, ...]:
    if not isinstance(value, list):
        faults.append(Fault("routes", "wrong_type", "an array is needed"))
        return ()
    timer = OrderTimer(problem)
    read = [_route(one, f"routes[{index}]", timer, faults) for index, one in enumerate(value)]
    return tuple(route for route in read if route is not None)


def _route(value: Any, path: str, timer: OrderTimer, faults: Faults) -> Route | None:
    """A route as the document times it, or timed here if it lists only its jobs."""
    before = len(faults)
    cls = _Order if isinstance(value, dict) and "jobs" in value else Route
    read: Route | _Order | None = decode_object(cls, value, path, faults)
    if read is None:
        return None
    technician = timer.problem.technicians_by_id.get(read.technician)
    if technician is None or not 0 <= read.shift < len(technician.shifts):
        faults.append(Fault(path, "unknown", f"no shift {read.shift} of technician {read.technician!r}"))
    strange = [job for job in read.jobs if job not in timer.problem.jobs_by_id]
    faults.extend(Fault(path, "unknown", f"no job {job!r}") for job in strange)
    if len(faults) > before or isinstance(read, Route):
        return read if isinstance(read, Route) else None
    return timer.route(read.technician, read.shift, read.jobs)


def _unassigned(value: Any, problem: Problem, routes: tuple[Route, ...], faults: Faults) -> tuple[Unassigned, ...]:
    if value is None:
        served = {job for route in routes for job in route.jobs}
        return tuple(Unassigned(job=job.id) for job in problem.jobs if job.id not in served)
    if not isinstance(value, list):
        faults.append(Fault("unassigned", "wrong_type", "an array is needed"))
        return ()
    read = []
    for index, one in enumerate(value):
        path = f"unassigned[{index}]"
        if not isinstance(one, dict) or not isinstance(one.get("job"), str):
            faults.append(Fault(path, "wrong_type", "an object with a job is needed"))
            continue
        obstacles = [_obstacle(o, f"{path}.obstacles", faults) for o in one.get("obstacles", [])]
        read.append(Unassigned(job=one["job"], obstacles=tuple(o for o in obstacles if o is not None)))
    return tuple(read)


def _obstacle(value: Any, path: str, faults: Faults) -> Obstacle | None:
    kinds = {kind.code: kind for kind in Obstacle.__subclasses__()}
    code = value.get("code") if isinstance(value, dict) else None
    if code not in kinds:
        faults.append(Fault(path, "unknown", f"code is one of {', '.join(kinds)}"))
        return None
    read: Obstacle | None = decode_object(kinds[code], value.get("detail", {}), f"{path}.detail", faults)
    return read


def _cost(value: Any, faults: Faults) -> Cost | None:
    """The terms; the total is their sum and not read."""
    if not isinstance(value, dict):
        faults.append(Fault("cost_ms", "wrong_type", "an object is needed"))
        return None
    terms = {f"{name}_ms": ms for name, ms in value.items() if name != "total"}
    read: Cost | None = decode_object(Cost, terms, "cost_ms", faults)
    return read
