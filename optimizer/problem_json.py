"""Problems as `punctual-problem/1` documents (specs/problem.schema.json, docs/problem-format.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from optimizer.documents import Faults, decode_fields, decode_object, encode
from optimizer.faults import Fault, InvalidProblem
from optimizer.problem import Problem
from optimizer.travel_model import SpeedModel, TravelMatrix

FORMAT = "punctual-problem/1"


def read_problem(path: Path) -> Problem:
    """The problem in a file; raises InvalidProblem with every fault, OSError if it cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidProblem([Fault("$", "not_json", str(error))]) from error
    return problem_from_json(document)


def problem_from_json(document: Any) -> Problem:
    """The problem a document describes; raises InvalidProblem with every fault."""
    faults: Faults = []
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidProblem([Fault("format", "unknown", f"{FORMAT} is needed")])
    body = {name: value for name, value in document.items() if name not in ("format", "travel")}
    found = decode_fields(Problem, body, "", faults)
    travel = _travel(document.get("travel", {"kind": "speed"}), faults)
    if faults or travel is None:
        raise InvalidProblem(faults)
    return Problem(**{**found, "travel": travel})


def problem_to_json(problem: Problem) -> dict[str, Any]:
    """The document of a problem; fields at their defaults are left out."""
    return {"format": FORMAT, **encode(problem, _travel_to_json)}


def _travel(value: Any, faults: Faults) -> SpeedModel | TravelMatrix | None:
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "matrix":
        return _matrix(value, faults)
    if kind != "speed":
        faults.append(Fault("travel.kind", "unknown", "speed or matrix"))
        return None
    body = {name: one for name, one in value.items() if name != "kind"}
    model: SpeedModel | None = decode_object(SpeedModel, body, "travel", faults)
    return model


def _matrix(value: dict[str, Any], faults: Faults) -> TravelMatrix | None:
    before = len(faults)
    faults.extend(
        Fault(f"travel.{name}", "unknown_field", "known: kind, travel_s, distance_m")
        for name in value.keys() - {"kind", "travel_s", "distance_m"}
    )
    travel_s = _square("travel.travel_s", value.get("travel_s"), faults)
    distance_m = value.get("distance_m")
    if distance_m is not None:
        distance_m = _square("travel.distance_m", distance_m, faults)
    return TravelMatrix(travel_s=travel_s, distance_m=distance_m) if len(faults) == before else None


def _square(path: str, rows: Any, faults: Faults) -> Any:
    """Rows of whole numbers, as many as there are in each."""
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == len(rows) for row in rows):
        faults.append(Fault(path, "wrong_shape", "as many rows as places, each with a cell per place"))
    elif not all(isinstance(cell, int) and abs(cell) < 2**31 for row in rows for cell in row):
        faults.append(Fault(path, "wrong_type", "whole seconds or metres are needed"))
    return rows


def _travel_to_json(value: Any) -> dict[str, Any] | None:
    if isinstance(value, SpeedModel):
        return {"kind": "speed", "speed_km_per_h": value.speed_km_per_h, "detour_factor": value.detour_factor}
    if isinstance(value, TravelMatrix):
        matrices = {"travel_s": value.travel_s, "distance_m": value.distance_m}
        return {"kind": "matrix", **{name: one.tolist() for name, one in matrices.items() if one is not None}}
    return None
