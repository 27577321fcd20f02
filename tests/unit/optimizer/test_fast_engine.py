"""The compiled search: repeatable, interruptible, each of its ideas optional; and where it cannot compile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from optimizer import compiled
from optimizer.assembly import assemble
from optimizer.budget import Iterations, SoFar, WallClock
from optimizer.check import check
from optimizer.compiled import folder_of, sources_of
from optimizer.evaluation import Evaluator
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import NOW, new_chain
from optimizer.fast.drives import SIZE, kept_at
from optimizer.fast.fast_engine import search
from optimizer.fast.increase import increase_ms
from optimizer.fast.layout import END_NODE
from optimizer.fast.pieces import FULL
from optimizer.fast.pool import collect
from optimizer.fast.recombine import recombine
from optimizer.fast.route_cost import route_cost
from optimizer.fast.route_functions import REST, standing
from optimizer.fast.ruin import Settings
from optimizer.problem import Problem, Promise, Window
from optimizer.solve import FAST, solve
from optimizer.tables import Tables
from optimizer.warm_up import tiny_day
from optimizer.watch import Watch
from tests.unit.optimizer.one_street import HOUR, job, street, technician

OPTIMIZER = Path(compiled.__file__).parent


def long_street(jobs: int = 30) -> Problem:
    random = Random(11)
    open_at = [random.randrange(0, 6 * HOUR) for _ in range(jobs)]
    asked = [
        job(f"j{n}", at=random.randrange(6000), duration_s=1800, windows=(Window(start_s=at, end_s=at + 2 * HOUR),))
        for n, at in enumerate(open_at)
    ]
    return street(asked, [technician("A"), technician("B"), technician("C")])


def test_two_searches_side_by_side_find_the_same_again() -> None:
    """The same seed, steps and cores: the same plan, recombinations included."""
    first, again = (solve(long_street(), Iterations(4000), seed=5, engine=FAST, cores=2) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("is_raised", [True, False])
def test_an_end_at_any_moment_leaves_a_plan_that_passes(seed: int, *, is_raised: bool) -> None:
    """Ctrl-C, or progress that says no, at a report drawn by lot; the reports end there."""
    last, seen = Random(seed).randint(1, 5), []

    def enough(so_far: SoFar) -> bool:
        seen.append(so_far)
        if len(seen) >= last and is_raised:
            raise KeyboardInterrupt
        return len(seen) < last

    solution = solve(long_street(), WallClock(60), seed=seed, progress=enough, engine=FAST)
    assert seen[-1].elapsed_s < 60
    assert check(long_street(), solution).passed


@pytest.mark.parametrize("option", Settings._fields)
def test_each_option_can_be_switched_off(option: str) -> None:
    """The plan still passes, and nothing is lost on the way."""
    problem = long_street()
    watch = Watch(Evaluator(Tables(problem)), Iterations(500))
    watch.offer({})
    nothing_ms = watch.cost_ms
    search(watch, 1, changed={option: 0.0})
    assert nothing_ms is not None
    assert watch.cost_ms is not None
    assert watch.cost_ms < nothing_ms
    assert check(problem, assemble(watch.evaluator, watch.orders, FAST)).passed


def test_recombining_finds_the_mix_that_is_better_than_either_plan() -> None:
    """One search has the west right, another the east; the best plan is in neither."""
    jobs_at = {"near 1": 100, "near 2": 101, "far 1": 5000, "far 2": 5001}
    problem = street([job(name, at, value=1000) for name, at in jobs_at.items()], [technician("A"), technician("B")])
    layout = layout_of(Tables(problem))
    one, other = (new_chain(layout, {}, seed) for seed in (1, 2))
    crossed, apart = {0: (0, 2), 1: (1, 3)}, {0: (0, 1), 1: (2, 3)}
    costs_ms = {}
    for chain, duty, jobs in ((one, 0, apart[0]), (other, 1, apart[1]), (one, 0, crossed[0]), (one, 1, crossed[1])):
        nodes = chain.nodes[NOW, duty]
        nodes[1:4] = *jobs, layout.clock.duties[duty, END_NODE]
        cost_ms = costs_ms[jobs] = int(route_cost(layout.clock, duty, nodes, 2, chain.work))
        collect(layout, chain.pool, duty, nodes, 2, cost_ms)
    assert sum(costs_ms[jobs] for jobs in apart.values()) < sum(costs_ms[jobs] for jobs in crossed.values())
    best_costs_ms = {duty: costs_ms[jobs] for duty, jobs in crossed.items()}
    found = recombine(layout, [one.pool, other.pool], crossed, best_costs_ms, effort=1.0)
    assert {frozenset(jobs) for jobs in found.values()} == {frozenset(jobs) for jobs in apart.values()}
    only_one = recombine(layout, [one.pool], crossed, best_costs_ms, effort=1.0)
    assert only_one == crossed


def test_a_route_with_more_prices_than_there_is_room_for_is_priced_as_a_whole() -> None:
    """Twelve stops with three promises each: what the rest costs has more steps than are kept."""
    random = Random(3)
    problem = street(
        [
            job(
                f"j{n}",
                at=random.randrange(900),
                duration_s=900,
                promises=tuple(
                    Promise(due_s=random.randrange(8 * HOUR), broken_price_s=random.randrange(300)) for _ in range(3)
                ),
            )
            for n in range(13)
        ]
    )
    evaluator = Evaluator(Tables(problem))
    layout = layout_of(evaluator.tables)
    clock, chain = layout.clock, new_chain(layout, {0: tuple(range(12))}, 1)
    first = standing(chain.made, kept_at(clock.pauses, clock.periods), clock.pauses.shape[1], REST, 0)
    assert chain.work[first, SIZE] == FULL
    cost_ms = evaluator.cost_ms(0, tuple(range(12)))
    assert chain.cost_ms[NOW, 0] == cost_ms
    for at in range(1, 14):
        more_ms = increase_ms(clock, chain, 0, at, 12)
        assert chain.cost_ms[NOW, 0] + more_ms == evaluator.cost_ms(0, (*range(at - 1), 12, *range(at - 1, 12)))


WITHOUT_NUMBA = """
import sys, warnings
sys.modules["numba"] = None
from optimizer.budget import Iterations
from optimizer.check import check
from optimizer.solve import solve
from optimizer.warm_up import tiny_day
day = tiny_day()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    usual = solve(day, Iterations(300))
assert [one.category for one in caught] == [RuntimeWarning], caught
asked = solve(day, Iterations(100), engine="fast")
for plan in (usual, asked):
    assert not check(day, plan).violations
print(usual.cost.total_ms, asked.cost.total_ms)
"""


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=OPTIMIZER.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_numba_the_reference_engine_plans_and_the_same_search_runs_slowly() -> None:
    """With a warning, where nothing was asked for; the fast engine in plain Python finds its very plan."""
    _usual, asked = run(WITHOUT_NUMBA).split()
    assert int(asked) == solve(tiny_day(), Iterations(100), engine=FAST).cost.total_ms


UNWRITABLE = """
import pathlib, sys
from numba.core import caching
def refuse(self):
    raise PermissionError("no folder can be written")
caching._CacheLocator.ensure_cache_path = refuse
from optimizer.compiled import compiled
@compiled
def double(number):
    return 2 * number
assert double.signatures == []
print(double(21), len(double.signatures))
"""


def test_where_no_folder_can_be_written_functions_are_compiled_all_the_same(tmp_path: Path) -> None:
    """numba finds no place to keep anything: it refuses, and is asked again without."""
    program = tmp_path / "program.py"
    program.write_text(UNWRITABLE)
    assert run(f"import runpy, sys; sys.path.insert(0, '.'); runpy.run_path({str(program)!r})").split() == ["42", "1"]


def test_compiled_code_is_kept_for_what_all_its_sources_say() -> None:
    """What is called counts, not only the own file; what is not called does not."""
    fast = OPTIMIZER / "fast"
    of_steps = sources_of(fast / "anneal.py")
    assert {fast / "recreate.py", fast / "ruin.py", fast / "timed_cost.py", OPTIMIZER / "piecewise.py"} <= of_steps
    assert fast / "fast_engine.py" not in of_steps
    assert fast / "anneal.py" not in sources_of(fast / "ruin.py")
    assert folder_of(fast / "anneal.py") != folder_of(fast / "ruin.py")
