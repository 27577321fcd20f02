"""A simulated week of the whole city for five seeds, planned by each engine: the tables of docs/benchmarks.md."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

import pytest

from optimizer.solve import FAST, REFERENCE
from web.city.city_size import CitySize
from web.city.simulation import Scenario, simulate
from web.city.simulation_report import ROWS, figure, in_words

#: fewer, smaller or shorter, where somebody is in a hurry: "seeds,days,technicians,orders a day"
SEEDS, DAYS, TECHNICIANS, ORDERS = map(int, os.environ.get("PUNCTUAL_CITY", "5,5,32,250").split(","))


def _week(seed: int, engine: str) -> tuple[float, dict[str, Any]]:
    began = time.process_time()
    size = CitySize(technicians=TECHNICIANS, orders_a_day=ORDERS, territories=min(3, max(1, TECHNICIANS // 6)))
    report = simulate(Scenario(seed=seed, days=DAYS, size=size, engine=engine))
    return time.process_time() - began, report


@pytest.mark.parametrize("engine", [FAST, REFERENCE])
def test_a_week_in_the_city(engine: str) -> None:
    seeds = range(1, SEEDS + 1)
    with ProcessPoolExecutor(min(SEEDS, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        weeks = list(pool.map(partial(_week, engine=engine), seeds))
    reports = [report for _, report in weeks]
    print(f"\n{TECHNICIANS} technicians, {ORDERS} orders a day, {DAYS} days, the {engine} engine\n")
    print(f"| seed | {' | '.join(map(str, seeds))} |")
    print(f"|---|{'---|' * SEEDS}")
    for path, is_share in ROWS:
        cells = [in_words(figure(report["figures"], path), is_share=is_share) for report in reports]
        print(f"| {path} | {' | '.join(cells)} |")
    print(f"| steps checked | {' | '.join(str(report['steps']) for report in reports)} |")
    print(f"| seconds of CPU | {' | '.join(f'{seconds:.0f}' for seconds, _ in weeks)} |")
    assert [report["violation"] for report in reports] == [None] * SEEDS
    assert [report["failures"] for report in reports] == [[]] * SEEDS
