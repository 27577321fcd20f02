"""`python -m optimizer`: plans, checks, reports, and says how it went by its exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result

import optimizer
from optimizer.__main__ import main

#: longer than it takes to start and to load what is compiled
SEARCHING_CPU_S = 6.0
EXAMPLES = Path(optimizer.__file__).parent / "specs" / "examples"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def planned(tmp_path: Path) -> Path:
    run(EXAMPLES / "two_technicians.json", "--seconds", 0.3, "--solution", tmp_path / "plan.json")
    return tmp_path / "plan.json"


def test_a_plan_that_serves_all_exits_with_zero() -> None:
    """And prints routes, cost and the sum of it."""
    result = run(EXAMPLES / "two_technicians.json", "--seconds", 0.3)
    assert result.exit_code == 0
    assert "3 of 3 jobs served by 2 routes" in result.output
    assert "no violation" in result.output


def test_why_a_technician_has_a_job(tmp_path: Path) -> None:
    """The plan that is given is explained, term by term."""
    plan = planned(tmp_path)
    document = json.loads(plan.read_text(encoding="utf-8"))
    route = document["routes"][0]
    result = run(EXAMPLES / "two_technicians.json", "--check", plan, "--why", route["stops"][0]["job"])
    assert f"Why {route['technician']} has {route['stops'][0]['job']}" in result.output
    explanation = result.output.partition("Why ")[2]
    assert "total" in explanation
    assert "bound by: " in explanation


def test_why_a_job_is_left_out_and_what_would_fit_it() -> None:
    """A skill at a level that nobody has: the technician who would need it, and when service would start."""
    result = run(EXAMPLES / "nothing_fits.json", "--seconds", 0, "--why", "too-hard")
    why_not = result.output.partition("too-hard is left out:")[2]
    assert "missing skill (skill fibre, level 3)" in why_not
    assert "one skill" in why_not


def test_why_wants_a_job_that_there_is() -> None:
    """Wrong usage, with its name."""
    result = run(EXAMPLES / "two_technicians.json", "--seconds", 0.1, "--why", "nothing")
    assert result.exit_code == 2
    assert "nothing" in result.output


def test_jobs_left_out_exit_with_one_and_their_reasons() -> None:
    """Every one of them."""
    result = run(EXAMPLES / "nothing_fits.json", "--seconds", 0.3)
    assert result.exit_code == 1
    for words in ("missing skill", "expired skill", "no shift covers", "missing part", "costs more"):
        assert words in result.output


def test_bad_input_exits_with_two_and_every_fault(tmp_path: Path) -> None:
    """On standard error, with paths."""
    document = json.loads((EXAMPLES / "two_technicians.json").read_text(encoding="utf-8"))
    document["jobs"][0]["place"] = "nowhere"
    document["jobs"][1]["duration_s"] = -1
    (tmp_path / "bad.json").write_text(json.dumps(document), encoding="utf-8")
    result = run(tmp_path / "bad.json")
    assert result.exit_code == 2
    assert "jobs[0].place: unknown" in result.stderr
    assert "jobs[1].duration_s: out_of_range" in result.stderr


def test_a_written_plan_can_be_checked(tmp_path: Path) -> None:
    """The same problem, the plan from before."""
    result = run(EXAMPLES / "two_technicians.json", "--check", planned(tmp_path))
    assert result.exit_code == 0


def test_a_spoilt_plan_is_found_out(tmp_path: Path) -> None:
    """A stop ten minutes early: the violations are named, as JSON if asked."""
    path = planned(tmp_path)
    document: Any = json.loads(path.read_text(encoding="utf-8"))
    document["routes"][0]["stops"][1]["start_s"] -= 600
    path.write_text(json.dumps(document), encoding="utf-8")
    result = run(EXAMPLES / "two_technicians.json", "--check", path, "--json")
    verdict = json.loads(result.output)
    assert result.exit_code == 1
    assert verdict["passed"] is False
    assert "wrong_duration" in {one["code"] for one in verdict["violations"]}


def test_a_seed_makes_the_same_plan_again() -> None:
    """As far as a wall clock allows: this one is found at once."""
    outputs = {run(EXAMPLES / "running_day.json", "--seconds", 0.3, "--seed", 5).output for _ in range(2)}
    assert len(outputs) == 1


@pytest.mark.parametrize("arguments", [("missing.json",), (EXAMPLES / "running_day.json", "--engine", "wishful")])
def test_wrong_arguments_exit_with_two(arguments: tuple[object, ...]) -> None:
    """As click does."""
    assert run(*arguments).exit_code == 2


def test_a_plan_can_be_asked_to_keep_its_windows_surely() -> None:
    """What is not is named; as JSON each stop has its forecast."""
    file = EXAMPLES / "two_technicians.json"
    result = run(file, "--seconds", 0.3, "--confidence", 95)
    assert "windows are kept with at least 95%" in result.output
    answer = json.loads(run(file, "--seconds", 0.3, "--confidence", 95, "--json").output)
    assert {one["job"] for one in answer["risks"]} == {stop["job"] for r in answer["routes"] for stop in r["stops"]}
    assert all(0 <= one["kept_probability"] <= 1 for one in answer["risks"] if one["kept_probability"] is not None)
    assert run(file, "--confidence", 100).exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_ctrl_c_ends_the_whole_search_for_a_level_with_a_plan() -> None:
    """Not one round of it: ten minutes are far from over."""
    file = EXAMPLES / "two_technicians.json"
    words = ["-m", "optimizer", str(file), "--seconds", "600", "--confidence", "95", "--json"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            busy = psutil.Process(process.pid)
            while process.poll() is None and busy.cpu_times().user < SEARCHING_CPU_S:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert json.loads(printed)["passed"]
