"""Comparisons run every engine in a process of its own, judge each answer, and say what went wrong."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib import metadata
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from optimizer.benchmarks import race_commands
from optimizer.benchmarks.__main__ import main
from optimizer.benchmarks.engines import ENGINES, Clock, Engine, Terms
from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import Instance
from optimizer.benchmarks.judge import Judged, judge
from optimizer.benchmarks.race import Finished, Run, carry_out, runs_of
from optimizer.benchmarks.race_report import Report


def _terms(engine: str = "reference", seed: int = 1, seconds: float = 1.0) -> Terms:
    return Terms(engine=engine, seconds=seconds, seed=seed, cores=1, exchange_s=600)


def _run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize(("kind", "name"), [("vrptw", "vrptw-8-1"), ("technicians", "day-8-1")])
def test_a_comparison_writes_answers_that_pass(tmp_path: Path, kind: str, name: str) -> None:
    code, output = _run(
        kind, "--generated", "8", "--seconds", "0.2", "0.4", "--engines", "reference", "--solutions", str(tmp_path)
    )
    assert code == 0, output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{name}.reference.0.2.1.json",
        f"{name}.reference.0.4.1.json",
    ]
    routes = json.loads((tmp_path / f"{name}.reference.0.4.1.json").read_text())["routes"]
    instance: Instance = generated_vrptw(8) if kind == "vrptw" else generated_day(8)
    read = dict(enumerate(routes)) if kind == "vrptw" else {int(who): jobs for who, jobs in routes.items()}
    judged = judge(instance, read)
    assert judged.violations == ()
    assert judged.served > 0
    assert f"{judged.travel / 10:,.1f}" in output if kind == "vrptw" else f"served {judged.served}" in output


@pytest.mark.parametrize("name", list(ENGINES))
def test_every_installed_engine_gives_answers_that_pass(name: str) -> None:
    if ENGINES[name].version is None:
        pytest.skip(f"{ENGINES[name].package} is not installed: make peers")
    for instance in (generated_vrptw(12), generated_day(12)):
        one = carry_out(Run(instance=instance, terms=_terms(name)))
        assert one.fault is None
        assert one.judged is not None
        assert one.judged.served > 0
        costs = [cost for _, cost in one.points]
        assert costs == sorted(costs, reverse=True)
        assert costs[-1] == one.cost


def test_ours_runs_from_a_checkout_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make peers` alone leaves it: the packages are there, and no distribution called punctual."""

    def not_there(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata.Distribution, "from_name", not_there)
    assert ENGINES["ours"].version == "this checkout"
    assert ENGINES["pyvrp"].version is None


def test_a_plan_that_does_not_serve_every_customer_is_none() -> None:
    crowded = replace(generated_vrptw(8), vehicles=1, capacity=30)
    one = carry_out(Run(instance=crowded, terms=_terms(seconds=0.3)))
    assert one.judged is None
    assert one.cost is None
    assert not one.is_wrong
    assert one.fault is not None
    assert "customers are not served" in one.fault


class _Deadly:
    """An instance that kills the process that unpacks it."""

    name, size = "deadly", 1

    def __reduce__(self) -> tuple[Any, ...]:
        return (os._exit, (3,))


def test_a_dying_process_is_a_crash_of_that_run_alone() -> None:
    deadly: Any = _Deadly()
    one = carry_out(Run(instance=deadly, terms=_terms()))
    assert one.is_wrong
    assert one.fault is not None
    assert "BrokenProcessPool" in one.fault


def test_a_peer_that_is_not_installed_is_skipped_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = ENGINES
    monkeypatch.setitem(known, "absent", Engine("nowhere", "no-such-package"))
    code, output = _run("vrptw", "--generated", "6", "--seconds", "0.1", "--engines", "reference,absent")
    assert code == 0
    assert "absent is skipped: no-such-package is not installed" in output
    assert _run("vrptw", "--generated", "6", "--engines", "nobody")[0] == 2
    assert _run("vrptw")[0] == 2
    assert _run("vrptw", "--generated", "6", "6")[0] == 2


def test_answers_that_break_something_end_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def lazy(run: Run) -> Finished:
        judged = judge(run.instance, {0: (1,)})
        return Finished(run=run, judged=judged, routes={0: (1,)}, fault="; ".join(judged.violations))

    monkeypatch.setattr(race_commands, "carry_out", lazy)
    code, output = _run("vrptw", "--generated", "6", "--engines", "reference")
    assert code == 1
    assert "customer 2 is not served" in output
    assert "0 of 1" in output


def test_an_interrupted_comparison_tells_of_the_runs_that_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(run: Run) -> Finished:
        if run.terms.seed == 2:
            raise KeyboardInterrupt
        return Finished(run=run, judged=judge(run.instance, {0: (1, 2, 3, 4)}), elapsed_s=1.0, fault="as drawn")

    monkeypatch.setattr(race_commands, "carry_out", impatient)
    _, output = _run("vrptw", "--generated", "4", "--engines", "reference", "--seeds", "3")
    assert "Interrupted" in output
    assert "| vrptw-4-1 | 10 | reference | 1 " in output


def test_engines_without_seeds_run_once() -> None:
    runs = runs_of([generated_vrptw(6)], ["reference", "ortools"], [1.0, 2.0], 3, 1, 600)
    made = [(run.terms.engine, run.terms.seconds, run.terms.seed) for run in runs]
    assert made.count(("reference", 1.0, 3)) == 1
    assert [one for one in made if one[0] == "ortools"] == [("ortools", 1.0, 1), ("ortools", 2.0, 1)]


def test_the_tables_give_spread_gap_and_difference() -> None:
    instance = generated_vrptw(6)

    def finished(engine: str, seed: int, travel: int) -> Finished:
        judged = Judged(violations=(), travel=travel, served=6, unserved=0)
        return Finished(run=Run(instance=instance, terms=_terms(engine, seed)), elapsed_s=1.0, judged=judged)

    runs = [finished("ours", 1, 1100), finished("ours", 2, 1300), finished("ours", 3, 1110), finished("vroom", 1, 1300)]
    out = StringIO()
    for table in Report(runs, {instance.name: 100.0}).tables():
        Console(file=out, width=200).print(table)
    text = out.getvalue()
    assert "110.0 / 111.0 / 130.0" in text
    assert "10.00 / 11.00 / 30.00" in text
    assert "117.0" in text
    assert "17.00" in text
    assert "-10.00" in text


def test_a_plot_is_drawn_where_it_can_be(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: make peers")
    file = tmp_path / "quality.svg"
    code, output = _run(
        "technicians", "--generated", "8", "--seconds", "0.2", "--engines", "reference", "--plot", str(file)
    )
    assert code == 0, output
    assert "travel and weight left out" in file.read_text() or "<svg" in file.read_text()


def test_a_clock_never_leaves_less_than_nothing() -> None:
    assert 0 < Clock(0.0).left_s <= 0.01
