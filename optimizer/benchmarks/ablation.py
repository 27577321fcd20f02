"""`python -m optimizer.benchmarks ablation`: what each part of our search earns, by family and size of the instances.

Every instance is planned by the whole engine and again with one part switched off at a time
(parts.py), with the same seeds, in the same time, each run in a fresh process that is warm.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

import click
from rich.table import Table

from optimizer.benchmarks.engines import Terms
from optimizer.benchmarks.generated import generated_day, generated_vrptw
from optimizer.benchmarks.instances import DayInstance, Instance, VrptwInstance, read_day, read_vrptw
from optimizer.benchmarks.parts import PARTS
from optimizer.benchmarks.printing import printer, show
from optimizer.benchmarks.race import Finished, Run
from optimizer.benchmarks.race_commands import EXCHANGE_S, all_of, complain, cores_there_are, existing, instances_of
from optimizer.benchmarks.several import Several
from optimizer.benchmarks.technician_days import MEAN_TRAVEL_S
from optimizer.compiled import IS_COMPILED

WHOLE = ""
Group = tuple[str, int]
#: work for the time there is, from which a day is overfull; the mean length of a job below which its jobs are short
OVERFULL, SHORT_S = 1.2, 2100


@click.command("ablation", cls=Several)
@click.argument("files", nargs=-1, type=existing, metavar="FILE...")
@click.option("--generated", multiple=True, type=click.IntRange(min=4), help="A VRPTW and a day of each size.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="For each run.")
@click.option("--seeds", type=click.IntRange(min=1), default=2, show_default=True, help="Runs with seeds 1, 2 ...")
@click.option("--cores", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--parts", default=",".join(PARTS), show_default=True, help="Switched off one at a time.")
def ablation(
    *, files: tuple[Path, ...], generated: tuple[int, ...], seconds: float, seeds: int, cores: int, parts: str
) -> None:
    """What each part of our search earns (VRPTW in Solomon's format, technician days in JSON)."""
    if not IS_COMPILED:
        raise click.ClickException("numba is not installed, and only what it compiles has these parts.")
    unknown = [part for part in parts.split(",") if part not in PARTS]
    if unknown:
        raise click.BadParameter(f"there is no {unknown[0]!r}; there are {', '.join(PARTS)}", param_hint="--parts")
    cores_there_are(cores)
    instances = instances_of(files, generated, _read, generated_vrptw, generated_day)
    console = printer()
    finished = all_of(console, runs_without(instances, parts.split(","), seconds, seeds, cores))
    if not finished:
        sys.exit(1)
    show(console, table_of(finished, f"{seconds:g} s, {seeds} seeds, {cores} cores"))
    complain(console, finished)


def _read(path: Path) -> Instance:
    return read_day(path) if path.suffix == ".json" else read_vrptw(path)


def runs_without(
    instances: Sequence[Instance], parts: Sequence[str], seconds: float, seeds: int, cores: int
) -> list[Run]:
    """The whole engine and each part switched off, side by side for every instance and seed."""
    return [
        Run(
            instance=instance,
            terms=Terms(engine="ours", seconds=seconds, seed=seed, cores=cores, exchange_s=EXCHANGE_S, without=part),
        )
        for instance in instances
        for seed in range(1, seeds + 1)
        for part in (WHOLE, *parts)
    ]


def family_of(instance: Instance) -> str:
    """R, C or RC and the type of a VRPTW by its name; whether a day is ordinary, of short jobs, or overfull."""
    if isinstance(instance, VrptwInstance):
        known = re.match(r"(RC|R|C)[12]", instance.name)
        return known.group() if known else "VRPTW"
    if _fullness(instance) > OVERFULL:
        return "overfull day"
    is_short = sum(job.duration_s for job in instance.jobs) < SHORT_S * instance.size
    return "day of short jobs" if is_short else "day"


def _fullness(instance: DayInstance) -> float:
    """The work asked for, with a usual way to each job, as a share of the time there is."""
    work_s = sum(job.duration_s + MEAN_TRAVEL_S for job in instance.jobs)
    return work_s / len(instance.skills) / (instance.shift[1] - instance.shift[0] - instance.lunch[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """How much dearer plans are without a part, in per cent of the whole engine's cost, and the runs with no plan.

    `percent` is None where no instance was planned both with the part and without it.
    """

    percent: float | None
    without_plan: int


def earned(finished: Iterable[Finished]) -> dict[tuple[str, Group], Earned]:
    """What each part earns in each family and size: the mean over the instances, of each the mean over the seeds."""
    costs = _costs(finished)
    found: dict[tuple[str, Group], Earned] = {}
    for part, group in dict.fromkeys((part, _group(instance)) for instance, part in costs if part != WHOLE):
        pairs = [
            (runs, costs.get((instance, WHOLE), []))
            for (instance, without), runs in costs.items()
            if without == part and _group(instance) == group
        ]
        both = [(_known(runs), _known(whole)) for runs, whole in pairs]
        changes = [100 * (fmean(theirs) / fmean(ours) - 1) for theirs, ours in both if theirs and ours]
        found[part, group] = Earned(
            percent=fmean(changes) if changes else None,
            without_plan=sum(runs.count(None) for runs, _ in pairs),
        )
    return found


def spread_percent(finished: Iterable[Finished]) -> dict[Group, float]:
    """By how much the whole engine's cost differs from seed to seed: the mean standard deviation, in per cent."""
    found: dict[Group, list[float]] = {}
    for (instance, part), runs in _costs(finished).items():
        known = _known(runs)
        if part == WHOLE and len(known) > 1:
            found.setdefault(_group(instance), []).append(100 * stdev(known) / fmean(known))
    return {group: fmean(spreads) for group, spreads in found.items()}


def _costs(finished: Iterable[Finished]) -> dict[tuple[Instance, str], list[int | None]]:
    """The cost of every seed, by instance and what was switched off; None where there is no plan."""
    found: dict[tuple[Instance, str], list[int | None]] = {}
    for one in finished:
        found.setdefault((one.run.instance, one.run.terms.without), []).append(one.cost)
    return found


def _known(costs: Iterable[int | None]) -> list[int]:
    return [cost for cost in costs if cost is not None]


def _group(instance: Instance) -> Group:
    return family_of(instance), instance.size


def table_of(finished: Sequence[Finished], terms: str) -> Table:
    """A row for each part and a column for each family and size."""
    cells, spreads = earned(finished), spread_percent(finished)
    groups = sorted({_group(one.run.instance) for one in finished}, key=lambda group: ("day" in group[0], group))
    table = Table("without", "which is", title=f"cost against the whole engine, % ({terms}): what a part earns")
    for family, size in groups:
        table.add_column(f"{family} {size}")
    for part in dict.fromkeys(one.run.terms.without for one in finished):
        if part != WHOLE:
            table.add_row(part, PARTS[part].what, *(_cell(cells.get((part, group))) for group in groups))
    noise = (f"±{spreads[group]:.2f}" if group in spreads else "-" for group in groups)
    table.add_row("nothing", "the whole engine, from seed to seed", *noise)
    return table


def _cell(one: Earned | None) -> str:
    if one is None:
        return "-"
    change = "-" if one.percent is None else f"{one.percent:+.2f}"
    return f"{change} ({one.without_plan} with no plan)" if one.without_plan else change
