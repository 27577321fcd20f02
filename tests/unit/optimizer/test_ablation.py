"""Each part of the search is switched off alone, and what it earns is counted right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from itertools import groupby, pairwise
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from optimizer.benchmarks.__main__ import main
from optimizer.benchmarks.ablation import earned, family_of, runs_without, spread_percent, table_of
from optimizer.benchmarks.as_problem import problem_of
from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import Instance
from optimizer.benchmarks.judge import Judged
from optimizer.benchmarks.parts import PARTS, solve_without
from optimizer.benchmarks.race import Finished
from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.evaluation import Evaluator
from optimizer.fast import course as walk
from optimizer.fast.anneal import anneal
from optimizer.fast.build_layout import layout_of
from optimizer.fast.course import Course
from optimizer.fast.divided import is_divided
from optimizer.fast.fast_engine import search, settings_of
from optimizer.fast.recombine import recombine
from optimizer.fast.ruin import Settings
from optimizer.solve import solve
from optimizer.tables import Tables
from optimizer.watch import Watch

DAY = problem_of(generated_day(30, overload=1.5), 600)
MEASURES = {"removed"}  # how much of something, not whether
Seen = dict[str, Any]


def seen(monkeypatch: pytest.MonkeyPatch, part: str) -> Seen:
    """What a search does without a part ("": with all): its settings, its temperatures and how dear leaving out is."""
    did: Seen = {"met": 0, "heats": set(), "eases": set()}

    def annealed(
        layout: Any, chain: Any, settings: Settings, steps: int, warm: float, cool: float, ease: float
    ) -> None:
        did["settings"] = settings
        did["heats"] |= {round(warm), round(cool)}
        did["eases"].add(ease)
        anneal(layout, chain, settings, steps, warm, cool, ease)

    def recombined(*given: Any, **how: Any) -> Any:
        did["met"] += 1
        return recombine(*given, **how)

    monkeypatch.setattr(walk, "anneal", annealed)
    monkeypatch.setattr(walk, "recombine", recombined)
    budget = Iterations(600)
    plan = solve_without(part, DAY, budget, 1) if part else solve(DAY, budget, 1, engine="fast")
    assert check(DAY, plan).violations == ()
    did["settings"] = did["settings"]._asdict()
    monkeypatch.undo()
    return did


@pytest.mark.parametrize("part", [part for part in PARTS if part not in ("districts", "laps", "absence")])
def test_a_part_is_switched_off_and_nothing_else(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    whole, without = seen(monkeypatch, ""), seen(monkeypatch, part)
    assert whole["met"] > 1
    assert len(whole["heats"]) > 10
    assert min(whole["eases"]) < 0.1
    off = {"strings": ("longest", 1.0), "recombination": ("collected", 0.0)}
    if part == "annealing":
        assert without.pop("heats") == {min(whole.pop("heats"))}
    elif part == "ease":
        assert without.pop("eases") == {1.0}
        del whole["eases"]
    else:
        name, value = off.get(part, (part, 0.0))
        assert whole["settings"].pop(name) > value
        assert without["settings"].pop(name) == value
    if part == "recombination":
        assert without["met"] == 0
        whole["met"] = 0
    same = {"met", "settings"}
    assert {key: whole[key] for key in same} == {key: without[key] for key in same}
    assert part == "annealing" or max(whole["heats"]) == max(without["heats"])
    assert part == "ease" or min(whole["eases"]) == min(without["eases"])


def test_without_laps_a_search_goes_round_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """30 jobs and 150,000 steps are enough for several laps: only there a second plan begins as hot as the first."""
    assert lap_starts(monkeypatch, None) == 2
    assert lap_starts(monkeypatch, PARTS["laps"].course) == 1


def test_long_left_out_jobs_are_insisted_on_in_laps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no laps, and until they begin after a fiftieth of the steps, jobs are worth their price."""
    in_laps, without = insisted_on(monkeypatch, 150_000), insisted_on(monkeypatch, 150_000, PARTS["absence"].changed)
    assert [absence for absence, _turns in in_laps] == [0.0, Settings().absence]
    assert in_laps[1][1] > 10 * in_laps[0][1]
    assert [absence for absence, _turns in without] == [0.0]
    assert [absence for absence, _turns in insisted_on(monkeypatch, 60_000)] == [0.0]


def insisted_on(
    monkeypatch: pytest.MonkeyPatch, steps: int, changed: Mapping[str, float] | None = None
) -> list[tuple[float, int]]:
    """What was insisted on from turn to turn, and for how many turns."""
    seen: list[float] = []

    def annealed(layout: Any, chain: Any, settings: Settings, *how: Any) -> None:
        seen.append(settings.absence)
        anneal(layout, chain, settings, *how)

    monkeypatch.setattr(walk, "anneal", annealed)
    search(Watch(Evaluator(Tables(DAY)), Iterations(steps)), 1, changed=changed)
    return [(absence, len(list(turns))) for absence, turns in groupby(seen)]


def lap_starts(monkeypatch: pytest.MonkeyPatch, course: Course | None) -> int:
    """How often a search began anew from nothing."""
    heats: list[float] = []

    def annealed(layout: Any, chain: Any, settings: Any, steps: int, warm: float, cool: float, ease: float) -> None:
        heats.append(warm)
        anneal(layout, chain, settings, steps, warm, cool, ease)

    monkeypatch.setattr(walk, "anneal", annealed)
    search(Watch(Evaluator(Tables(DAY)), Iterations(150_000)), 1, course=course)
    hottest = [heat > 0.8 * max(heats) for heat in heats]
    return sum(is_hot and not was_hot for was_hot, is_hot in pairwise([False, *hottest]))


def test_without_districts_a_problem_is_searched_as_a_whole() -> None:
    layout, course = layout_of(Tables(problem_of(generated_day(1000), 600))), PARTS["districts"].course
    assert course is not None
    assert is_divided(layout, Course(), 1)
    assert not is_divided(layout, course, 1)


def test_places_are_overlooked_more_often_where_work_is_shared_out() -> None:
    """What is fair is seldom the cheapest place."""
    fair = technician_day(20)
    fair = replace(fair, weights=replace(fair.weights, unfairness_price_ms_per_s=1000))
    plain, shared = (settings_of(layout_of(Tables(problem))) for problem in (technician_day(20), fair))
    assert 0.0 < plain.blink < shared.blink
    assert plain._replace(blink=shared.blink) == shared


def test_every_setting_is_a_part_or_a_measure() -> None:
    changed = {
        name
        for part in PARTS.values()
        for name, value in (part.changed or {}).items()
        if value != getattr(Settings(), name)
    }
    assert changed | MEASURES == set(Settings._fields)


def test_what_a_part_earns_is_the_mean_over_instances_of_the_mean_over_seeds() -> None:
    first, second = generated_vrptw(6), generated_vrptw(6, seed=2)
    travels: dict[tuple[Instance, str], tuple[int | None, int | None]] = {
        (first, ""): (100, 300),
        (first, "ease"): (220, 200),
        (second, ""): (1000, 1000),
        (second, "ease"): (1300, 1100),
        (first, "blink"): (190, None),
        (second, "blink"): (None, None),
    }
    finished = [
        _finished(run, travels[key][run.terms.seed - 1])
        for run in runs_without([first, second], ["ease", "blink"], 1, 2, 1)
        for key in [(run.instance, run.terms.without)]
    ]
    group = ("VRPTW", 6)
    found = earned(finished)
    assert found["ease", group].percent == pytest.approx((5 + 20) / 2)
    assert found["blink", group].percent == pytest.approx(-5)
    assert found["blink", group].without_plan == 3
    assert spread_percent(finished) == {group: pytest.approx((100 * 20000**0.5 / 200 + 0) / 2)}
    out = StringIO()
    Console(file=out, width=200).print(table_of(finished, "1 s"))
    for cell in ("+12.50", "-5.00 (3 with no plan)", "±35.36"):
        assert cell in out.getvalue()


def _finished(run: Any, travel: int | None) -> Finished:
    judged = None if travel is None else Judged(violations=(), travel=travel, served=6, unserved=0)
    return Finished(run=run, elapsed_s=1.0, judged=judged)


def test_families_are_told_apart() -> None:
    day = generated_day(40)
    short = replace(day, jobs=tuple(replace(job, duration_s=job.duration_s // 2) for job in day.jobs))
    assert [family_of(one) for one in (day, short, generated_day(40, overload=1.35))] == [
        "day",
        "day of short jobs",
        "overfull day",
    ]
    names = ("R108", "RC2_2_7", "C1_10_2", "vrptw-6-1")
    assert [family_of(replace(generated_vrptw(6), name=name)) for name in names] == ["R1", "RC2", "C1", "VRPTW"]


def test_the_command_tells_of_both_kinds() -> None:
    result = CliRunner().invoke(
        main, ["ablation", "--generated", "8", "--seconds", "0.2", "--seeds", "1", "--parts", "ease"]
    )
    assert result.exit_code == 0, result.output
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in result.output.splitlines() if "|" in line]
    assert rows[0][2:] == ["VRPTW 8", "day 8"]
    assert [row[0] for row in rows[2:]] == ["ease", "nothing"]
    assert all(re.fullmatch(r"[+-]\d+\.\d\d", cell) for cell in rows[2][2:])
    assert CliRunner().invoke(main, ["ablation", "--generated", "8", "--parts", "luck"]).exit_code == 2
