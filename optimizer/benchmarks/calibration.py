"""Are forecasts of kept windows right? Days are planned, windows told, forecasts made, and then true days happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import click
from rich.console import Console
from rich.table import Table

from optimizer.benchmarks.technician_days import technician_day
from optimizer.benchmarks.true_days import TrueFactors, draw_factors, true_starts
from optimizer.budget import Iterations
from optimizer.problem import Announcement, Problem, Window
from optimizer.risk.learning import DriveRecord, ServiceRecord, learn
from optimizer.risk.simulate import risks
from optimizer.risk.uncertainty import NO_HISTORY, Traits, Uncertainty
from optimizer.solution import Solution, Stop
from optimizer.solve import solve

#: what is told: a window that begins on the half hour before the planned start, and is this wide
STEP_S, WIDTHS_S = 1_800, (3_600, 5_400, 7_200)
#: lower ends of what is said, in percent
BANDS = (0, 50, 60, 70, 80, 90, 95, 99)
LEVEL = 0.95


#: a probability, and whether what it was said of came true
Said = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Band:
    """Stops of which about the same was said: how many, what was said of them on average, and what share was kept."""

    from_percent: int
    until_percent: int
    stops: int
    said: float
    kept: float


@dataclass(frozen=True, slots=True)
class ToldDay:
    """A day that was planned, and whose customers were told windows."""

    seed: int
    problem: Problem
    solution: Solution


@dataclass(frozen=True, slots=True)
class Truth:
    """What days really are: distributions, and how much wider than they say; `name` sets the draws apart."""

    name: str
    uncertainty: Uncertainty = NO_HISTORY
    wider: float = 1.0

    def factors(self, day: ToldDay) -> list[TrueFactors]:
        """What the true day makes of each route; always the same for the same day."""
        random = Random(f"{self.name} {day.seed}")
        return [draw_factors(route, self.uncertainty, random, self.wider) for route in day.solution.routes]


def told_days(seeds: Iterable[int], jobs: int, iterations: int) -> list[ToldDay]:
    """Days planned and told, one for each seed."""
    return [_told_day(seed, jobs, iterations) for seed in seeds]


def said_and_kept(days: Iterable[ToldDay], forecast: Uncertainty, truth: Truth) -> list[Said]:
    """What was said of every stop, and whether its window was kept on the true day."""
    return [one for day in days for one in _said_and_kept(day, forecast, truth)]


def learnt_from(days: Sequence[ToldDay], truth: Truth) -> Uncertainty:
    """What so many true days teach."""
    services: list[ServiceRecord] = []
    drives: list[DriveRecord] = []
    for day in days:
        for route, factors in zip(day.solution.routes, truth.factors(day), strict=True):
            for stop in route.stops:
                planned_s = stop.finish_s - stop.start_s
                took_s, drove_s = planned_s * factors.services[stop.job], stop.travel_s * factors.drives[stop.job]
                services.append(
                    ServiceRecord(
                        traits=Traits(), technician=route.technician, planned_s=planned_s, actual_s=round(took_s)
                    )
                )
                on = f"{day.seed} {route.technician}"
                drives.append(DriveRecord(day=on, planned_s=stop.travel_s, actual_s=round(drove_s)))
    return learn(services, drives)


def _told_day(seed: int, jobs: int, iterations: int) -> ToldDay:
    problem = technician_day(jobs, seed)
    solution = solve(problem, Iterations(iterations), seed)
    random = Random(f"told {seed}")
    windows = {
        stop.job: Announcement(window=_window(stop, random)) for route in solution.routes for stop in route.stops
    }
    told = tuple(replace(job, announced=windows.get(job.id)) for job in problem.jobs)
    return ToldDay(seed, replace(problem, jobs=told), solution)


def _window(stop: Stop, random: Random) -> Window:
    start_s = stop.start_s // STEP_S * STEP_S
    return Window(start_s=start_s, end_s=start_s + random.choice(WIDTHS_S))


def _said_and_kept(day: ToldDay, forecast: Uncertainty, truth: Truth) -> Iterator[Said]:
    said = {one.job: one.kept_probability for one in risks(day.problem, day.solution, forecast, seed=day.seed)}
    for route, factors in zip(day.solution.routes, truth.factors(day), strict=True):
        for job, start_s in true_starts(day.problem, route, factors).items():
            told = day.problem.jobs_by_id[job].announced
            if told is None or told.window is None:
                raise AssertionError("everybody in the plan was told a window")
            yield said[job] or 0.0, told.window.start_s <= start_s <= told.window.end_s


def bands(pairs: Sequence[Said]) -> list[Band]:
    """A reliability table: of what was said between two figures, how much was kept."""
    found = []
    for low, high in zip(BANDS, (*BANDS[1:], 101), strict=True):
        inside = [(said, kept) for said, kept in pairs if low <= 100 * said < high]
        if inside:
            said, kept = (sum(one[index] for one in inside) / len(inside) for index in (0, 1))
            found.append(Band(low, min(high, 100), len(inside), said, kept))
    return found


def brier(pairs: Sequence[Said]) -> float:
    """The mean square of what was said less what happened (Brier 1950): 0 is clairvoyant, less is better."""
    return sum((said - kept) ** 2 for said, kept in pairs) / len(pairs)


@click.command()
@click.option("--days", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--jobs", default=40, show_default=True, type=click.IntRange(min=1), help="Jobs a day.")
@click.option("--iterations", default=150, show_default=True, type=click.IntRange(min=1), help="Search for each plan.")
@click.option("--seed", default=1, show_default=True)
@click.option("--wider", default=1.2, show_default=True, help="How much wider true days are in the second table.")
@click.option("--history", default=40, show_default=True, type=click.IntRange(min=1), help="Days learnt from.")
def calibration(*, days: int, jobs: int, iterations: int, seed: int, wider: float, history: int) -> None:
    """Say how likely each told window is kept, let the days happen, and print how often it was."""
    judged = told_days(range(seed, seed + days), jobs, iterations)
    before = told_days(range(seed + days, seed + days + history), jobs, iterations)
    as_assumed, other = Truth("as assumed"), Truth("wider", wider=wider)
    learnt = learnt_from(before, other)
    what = f"{days} days of {jobs} jobs"
    rows = (
        (f"{what}: true days as the forecast assumes", NO_HISTORY, as_assumed),
        (f"{what}: true days {wider:g} times as wide as the forecast assumes", NO_HISTORY, other),
        (f"{what}: the same, with a forecast learnt from {history} days before", learnt, other),
    )
    for title, forecast, truth in rows:
        Console(width=100).print(_reliability(title, said_and_kept(judged, forecast, truth)))


def _reliability(title: str, pairs: Sequence[Said]) -> Table:
    mean = sum(kept for _, kept in pairs) / len(pairs)
    same = [(mean, kept) for _, kept in pairs]
    safe = [(said, kept) for said, kept in pairs if said >= LEVEL]
    table = Table("said", "stops", "said on average", "kept", title=title)
    for band in bands(pairs):
        what = f"{band.from_percent}-{band.until_percent} %"
        table.add_row(what, str(band.stops), f"{band.said:.1%}", f"{band.kept:.1%}")
    table.add_section()
    means = (f"{sum(one[index] for one in safe) / len(safe):.1%}" if safe else "" for index in (0, 1))
    table.add_row(f"at least {LEVEL:.0%}", str(len(safe)), *means)
    table.add_row("Brier score", "", f"{brier(pairs):.4f}", f"{brier(same):.4f} if {mean:.1%} is always said")
    return table
