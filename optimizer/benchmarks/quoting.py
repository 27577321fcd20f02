"""How long does a quote take over many technicians and days, and what does one changed day cost?"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from optimizer.benchmarks.technician_weeks import Week, new_job, slots, technician_week
from optimizer.check import check
from optimizer.compiled import IS_COMPILED
from optimizer.evaluation import Evaluator
from optimizer.problem import Job, Place, Window
from optimizer.quoting.atlas import Atlas, lone_days
from optimizer.quoting.lone_days import LoneDay, LoneDays
from optimizer.quoting.offer import Offer
from optimizer.quoting.reach import Reach
from optimizer.quoting.together import Wanted, quote_together
from optimizer.recount import recount
from optimizer.solution import Solution, Unassigned
from optimizer.tables import Tables

WARMING = 20
CHECKED = 40
Asked = tuple[Job, Place]
Named = list[tuple[int, Offer]]
CLOCKS = {"wall": time.perf_counter, "cpu": time.thread_time}
COLUMNS = ("what", "times", "p50 ms", "p90 ms", "p99 ms", "max ms")


@click.command()
@click.option("--technicians", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--days", type=click.IntRange(1, 14), default=5, show_default=True)
@click.option("--stops", type=click.IntRange(min=0), default=11, show_default=True)
@click.option("--late", "late_percent", type=click.IntRange(0, 100), default=0, show_default=True)
@click.option("--rush", is_flag=True, help="Travel takes longer by day, and longest before and after work.")
@click.option("--quotes", type=click.IntRange(min=1), default=500, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--clock", type=click.Choice(sorted(CLOCKS)), default="wall", show_default=True)
def quoting(
    *, technicians: int, days: int, stops: int, late_percent: int, rush: bool, quotes: int, seed: int, clock: str
) -> None:
    """Ask for jobs that nobody has heard of, in five windows of two hours a day.

    With `--late`, so many hundredths of the stops cost more with every second they start later.
    What stands is kept out of the garbage collector's rounds, as a process that keeps it should.
    `--clock cpu` counts this thread's own time, for a machine that has other things to do.
    """
    week = Week(technicians=technicians, days=days, stops=stops, late_percent=late_percent, seed=seed, rush=rush)
    spent = Stopwatch(CLOCKS[clock])
    started = time.perf_counter()
    problem = technician_week(week)
    atlas = Atlas(problem)
    standing = lone_days(problem, atlas)
    building_s = time.perf_counter() - started
    gc.collect()
    gc.freeze()
    asked = [new_job(Random(f"{seed} {number}"), number) for number in range(WARMING + quotes)]
    windows = slots(days)
    table = Table(
        *COLUMNS,
        title=f"{technicians} technicians, {days} days, {stops} stops, {late_percent} % late{', rush hours' * rush}",
    )
    offers = _quotes(spent, table, standing, atlas, asked, windows)
    _plain_passes(spent, table, standing, atlas, asked)
    _rebuilds(spent, table, standing, Random(seed), min(quotes, 100))
    _together(spent, table, standing, atlas, asked, windows)
    console = Console(width=100)
    console.print(table)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    left_out = len(problem.jobs) - sum(len(day.order) for day in standing.days.values())
    console.print(
        f"{'compiled' if IS_COMPILED else 'not compiled'}; {standing.board.gaps} gaps,"
        f" {left_out} stops left out as they would not fit; built in {building_s:.1f} s;"
        f" arrays {standing.board.size / 1e6:.1f} MB, process {megabytes} MB at its peak"
    )
    console.print(_judged(standing, atlas, asked, offers))


def _row(table: Table, what: str, spent_ms: list[float]) -> None:
    figures = (f"{np.percentile(spent_ms, share):.2f}" for share in (50, 90, 99, 100))
    table.add_row(what, str(len(spent_ms)), *figures)


class Stopwatch:
    """Milliseconds by one clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock

    def of(self, act: Callable[..., object], *args: object) -> float:
        """What an act takes."""
        started = self.clock()
        act(*args)
        return 1000 * (self.clock() - started)


def _quotes(
    spent: Stopwatch, table: Table, standing: LoneDays, atlas: Atlas, asked: list[Asked], windows: list[Window]
) -> list[Named]:
    """All windows that can be kept, with cost, technician and place in the route; then the times of the best route."""
    offers: list[Named] = []

    def ask(job: Job, place: Place) -> None:
        found = standing.quote(job, windows, atlas.reach(place))
        if len(offers) < CHECKED:
            offers.append(found)

    spent_ms = [spent.of(ask, *one) for one in asked]
    _row(table, f"a quote, {len(windows)} windows", spent_ms[WARMING:])
    best = [found[0][1] for found in offers if found]
    _row(table, "the best one's route, timed", [spent.of(getattr, one, "route") for one in best])
    return offers


def _plain_passes(spent: Stopwatch, table: Table, standing: LoneDays, atlas: Atlas, asked: list[Asked]) -> None:
    """For comparison: numpy computes nothing but the detour at every gap, and takes the least."""
    slabs = standing.board.slabs

    def least_detour(reach: Reach) -> None:
        (reach.to_s[slabs.before] + reach.from_s[slabs.after] - slabs.direct_s).argmin()

    reaches = [atlas.reach(place) for _, place in asked[WARMING:]]
    _row(table, "numpy, detours alone", [spent.of(least_detour, one) for one in reaches])


def _rebuilds(spent: Stopwatch, table: Table, standing: LoneDays, random: Random, times: int) -> None:
    """One technician-day written anew, as after a booking."""

    def change(name: int, day: LoneDay) -> None:
        standing.put(name, LoneDay.of(Evaluator(Tables(day.problem)), day.member, day.numbers))

    names = [random.choice(list(standing.days)) for _ in range(times)]
    _row(table, "one changed day", [spent.of(change, name, standing.days[name]) for name in names])


def _together(
    spent: Stopwatch, table: Table, standing: LoneDays, atlas: Atlas, asked: list[Asked], windows: list[Window]
) -> None:
    """Two jobs that must both be kept."""

    def ask(pair: list[Asked]) -> None:
        atlas.add(place for _, place in pair)
        wanted = [
            Wanted(
                job=replace(job, id=place.id), windows=windows, place=atlas.index[place.id], reach=atlas.reach(place)
            )
            for job, place in pair
        ]
        quote_together(standing, wanted)

    pairs = [asked[n : n + 2] for n in range(WARMING, min(len(asked) - 1, WARMING + 40), 2)]
    if pairs:
        _row(table, "two jobs together", [spent.of(ask, pair) for pair in pairs])


def _judged(standing: LoneDays, atlas: Atlas, asked: list[Asked], offers: list[Named]) -> str:
    """Carry some offers out and let the checker say what it finds."""
    violations = dearer = carried_out = 0
    for (job, place), found in zip(asked, offers, strict=False):
        for name, offer in found:
            day = standing.days[name]
            problem = day.with_job(job, atlas.reach(place))
            left_out = {one.id for one in problem.jobs}.difference(offer.route.jobs)
            plan = Solution(
                routes=(offer.route,),
                unassigned=tuple(Unassigned(job=one) for one in sorted(left_out)),
                cost=recount(problem, (offer.route,)),
                engine="quote",
            )
            carried_out += 1
            violations += len(check(problem, plan).violations)
            dearer += plan.cost.total_ms - plan.cost.unserved_ms - day.cost_ms != offer.cost_ms
    return f"{carried_out} offers carried out: {violations} violations, {dearer} at another cost than was said"
