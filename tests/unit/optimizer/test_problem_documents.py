"""The documents in and out: schema, examples, and a path for everything refused."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

import optimizer
from optimizer import problem as model
from optimizer import solution as plans
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.faults import InvalidProblem, InvalidSolution
from optimizer.obstacles import Obstacle
from optimizer.problem_json import problem_from_json, problem_to_json, read_problem
from optimizer.solution_json import read_solution, solution_from_json, solution_to_json
from optimizer.solve import solve

SPECS = Path(optimizer.__file__).parent / "specs"
EXAMPLES = sorted((SPECS / "examples").glob("*.json"))


def schema(name: str) -> Any:
    return json.loads((SPECS / f"{name}.schema.json").read_text(encoding="utf-8"))


def example(name: str = "two_technicians") -> Any:
    return json.loads((SPECS / "examples" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
class TestExamples:
    def test_it_follows_the_schema(self, path: Path) -> None:
        """As a reader without our code would check it."""
        jsonschema.Draft202012Validator(schema("problem")).validate(json.loads(path.read_text(encoding="utf-8")))

    def test_it_survives_the_way_in_and_out(self, path: Path) -> None:
        """Written again and read again it is the same problem."""
        problem = read_problem(path)
        assert problem_from_json(json.loads(json.dumps(problem_to_json(problem)))) == problem

    def test_its_plan_passes_and_follows_the_schema(self, path: Path) -> None:
        """And survives the way out and in."""
        problem = read_problem(path)
        solution = solve(problem, Iterations(500))
        document = json.loads(json.dumps(solution_to_json(solution)))
        jsonschema.Draft202012Validator(schema("solution")).validate(document)
        assert check(problem, solution).passed
        assert solution_from_json(document, problem) == solution


@pytest.mark.parametrize("name", ["problem", "solution"])
def test_the_schemas_are_schemas(name: str) -> None:
    """Draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_the_schema_knows_every_field_of_every_class() -> None:
    """Nothing can be said in one and not in the other."""
    known = schema("problem")["$defs"]
    names = ["Place", "Skill", "Shift", "Break", "Technician", "Window", "Promise", "Announcement", "Pin", "Job"]
    for name in [*names, "Weights"]:
        assert set(known[name.lower()]["properties"]) == {one.name for one in fields(getattr(model, name))}, name
    assert set(schema("problem")["properties"]) - {"format"} == {one.name for one in fields(model.Problem)}
    stop = schema("solution")["$defs"]["stop"]["properties"]
    assert set(stop) == {one.name for one in fields(plans.Stop)}


def test_the_schema_states_the_defaults_of_the_weights() -> None:
    """As the code has them."""
    stated = {name: one["default"] for name, one in schema("problem")["$defs"]["weights"]["properties"].items()}
    assert stated == {one.name: one.default for one in fields(model.Weights)}


def test_the_schema_knows_every_obstacle() -> None:
    """By its code."""
    codes = schema("solution")["$defs"]["obstacle"]["properties"]["code"]["enum"]
    assert set(codes) == {kind.code for kind in Obstacle.__subclasses__()}


def refused(change: Any) -> set[tuple[str, str]]:
    document = deepcopy(example())
    change(document)
    with pytest.raises(InvalidProblem) as error:
        problem_from_json(document)
    return {(fault.path, fault.code) for fault in error.value.faults}


def test_unknown_fields_are_refused_with_their_path() -> None:
    """A misspelt constraint is never silently dropped."""

    def misspell(document: Any) -> None:
        document["jobs"][1]["pinned"] = True
        document["speed"] = 3

    assert refused(misspell) == {("jobs[1].pinned", "unknown_field"), ("speed", "unknown_field")}


def test_wrong_types_and_missing_fields_are_named_together() -> None:
    """All at once, so that a document is mended in one go."""

    def spoil(document: Any) -> None:
        document["jobs"][0]["duration_s"] = 12.5
        document["jobs"][1]["windows"] = "always"
        document["jobs"][2]["mandatory"] = 1
        document["horizon_start_at"] = "tomorrow"
        document["travel"] = {"kind": "teleport"}
        del document["technicians"][0]["id"]
        document["technicians"][1] = []

    assert refused(spoil) == {
        ("jobs[0].duration_s", "wrong_type"),
        ("jobs[1].windows", "wrong_type"),
        ("jobs[2].mandatory", "wrong_type"),
        ("horizon_start_at", "wrong_type"),
        ("travel.kind", "unknown"),
        ("technicians[0].id", "missing_field"),
        ("technicians[1]", "wrong_type"),
    }


def test_rules_are_applied_to_documents_too() -> None:
    """A window that ends before it starts."""

    def turn(document: Any) -> None:
        document["jobs"][0]["windows"][0]["end_s"] = 0

    assert refused(turn) == {("jobs[0].windows[0]", "ends_before_start")}


@pytest.mark.parametrize(
    ("matrix", "code"),
    [([[0, 1]], "wrong_shape"), ([[0, "1"], [1, 0]], "wrong_type"), (None, "wrong_shape")],
)
def test_a_matrix_is_square_and_whole(matrix: Any, code: str) -> None:
    """Before anything is computed with it."""

    def give(document: Any) -> None:
        document["travel"] = {"kind": "matrix", "travel_s": matrix}

    assert refused(give) == {("travel.travel_s", code)}


def test_another_format_is_refused(tmp_path: Path) -> None:
    """As is what is not JSON at all."""
    with pytest.raises(InvalidProblem):
        problem_from_json({"format": "punctual-problem/9"})
    (tmp_path / "noise.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidProblem) as error:
        read_problem(tmp_path / "noise.json")
    assert error.value.code == "not_json"


def test_an_order_without_times_is_timed() -> None:
    """The cheapest times for the given order, the cost counted, the rest left out."""
    problem = problem_from_json(example())
    document = {"format": "punctual-solution/1", "routes": [{"technician": "T001", "jobs": ["repair-2", "install-1"]}]}
    solution = solution_from_json(document, problem)
    assert [one.job for one in solution.unassigned] == ["repair-1"]
    assert solution.routes[0].stops[0].start_s < solution.routes[0].stops[1].start_s
    assert {violation.code for violation in check(problem, solution).violations} == set()


def test_an_impossible_order_is_timed_as_soon_as_possible_and_named() -> None:
    """The wrong technician, in an order that misses a window."""
    problem = problem_from_json(example())
    late = [{"technician": "T002", "jobs": ["repair-1", "repair-2", "install-1"]}]
    early = [{"technician": "T001", "jobs": ["install-1", "repair-1"]}]
    document = {"format": "punctual-solution/1", "routes": late}
    found = {one.code for one in check(problem, solution_from_json(document, problem)).violations}
    assert {"missing_skill", "missing_part"} <= found
    document = {"format": "punctual-solution/1", "routes": early}
    found = {one.code for one in check(problem, solution_from_json(document, problem)).violations}
    assert found == {"missing_skill"}


def test_an_order_that_cannot_be_kept_names_the_window() -> None:
    """Eight hours of service before a morning window."""
    document = example()
    document["jobs"][1] |= {"duration_s": 30_000, "skills": []}
    document["jobs"][0]["windows"] = document["jobs"][0]["windows"][:1]
    problem = problem_from_json(document)
    given = {"format": "punctual-solution/1", "routes": [{"technician": "T001", "jobs": ["repair-1", "install-1"]}]}
    found = {one.code for one in check(problem, solution_from_json(given, problem)).violations}
    assert {"outside_window", "shift_overrun"} <= found


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"routes": [{"technician": "Z", "jobs": []}]}, "routes[0]"),
        ({"routes": [{"technician": "T001", "jobs": ["ghost"]}]}, "routes[0]"),
        ({"routes": "none"}, "routes"),
        ({"routes": [], "cost_ms": {"fuel": 1}}, "cost_ms.fuel_ms"),
        (
            {"routes": [], "unassigned": [{"job": "j", "obstacles": [{"code": "mood"}]}]},
            "unassigned[0].obstacles",
        ),
        ({"routes": [], "mood": 1}, "mood"),
    ],
)
def test_a_solution_document_is_refused_by_path(fields: dict[str, Any], path: str) -> None:
    """What names nothing of the problem, or nothing at all."""
    with pytest.raises(InvalidSolution) as error:
        solution_from_json({"format": "punctual-solution/1", **fields}, problem_from_json(example()))
    assert error.value.path == path


def test_a_solution_of_another_format_is_refused(tmp_path: Path) -> None:
    """As is what is not JSON."""
    problem = problem_from_json(example())
    with pytest.raises(InvalidSolution):
        solution_from_json({}, problem)
    (tmp_path / "noise.json").write_text("[", encoding="utf-8")
    with pytest.raises(InvalidSolution):
        read_solution(tmp_path / "noise.json", problem)
