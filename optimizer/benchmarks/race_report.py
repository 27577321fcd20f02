"""The tables of a comparison: every instance, means by size, and ours against each peer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import fmean, median

from rich.table import Table

from optimizer.benchmarks.instances import VrptwInstance
from optimizer.benchmarks.race import Finished

BestKnown = Mapping[str, float]
Figure = Callable[[Finished], float | None]
Key = tuple[object, ...]


class Report:
    """Tables about the runs of one kind of instance; `best_known` are distances in the files' unit."""

    def __init__(self, finished: Iterable[Finished], best_known: BestKnown) -> None:
        self.finished, self.best_known = list(finished), best_known
        self.is_vrptw = any(isinstance(one.run.instance, VrptwInstance) for one in self.finished)
        self.figures: dict[str, tuple[Figure, str]] = self._vrptw() if self.is_vrptw else self._days()

    def _vrptw(self) -> dict[str, tuple[Figure, str]]:
        return {"distance": (_distance, ",.1f"), "gap %": (self.gap_percent, ".2f")}

    def _days(self) -> dict[str, tuple[Figure, str]]:
        return {
            "weight left out": (_unserved, ",.0f"),
            "jobs served": (_served, ",.0f"),
            "travel min": (_travel_min, ",.0f"),
        }

    def gap_percent(self, one: Finished) -> float | None:
        """How much longer than the best known, in per cent."""
        best, distance = self.best_known.get(one.run.instance.name), _distance(one)
        return None if best is None or distance is None else 100 * (distance / best - 1)

    def tables(self) -> Iterator[Table]:
        """Every table there is something to say in."""
        yield self.by_instance()
        yield self.by_size()
        rivals = self.rivals()
        if rivals.row_count:
            yield rivals

    def by_instance(self) -> Table:
        """Lowest, median and highest over the seeds, for every instance, time and engine."""
        table = Table("instance", "s", "engine", "runs", "took s", title="lowest / median / highest over the seeds")
        for name in (*self.figures, "not valid"):
            table.add_column(name)
        for (instance, seconds, engine), runs in self._grouped(_by_instance).items():
            took = max(one.elapsed_s for one in runs)
            faults = [one for one in runs if one.fault is not None]
            table.add_row(
                str(instance),
                f"{seconds:g}",
                str(engine),
                str(len(runs)),
                f"{took:.1f}",
                *(_spread(figure, form, runs) for figure, form in self.figures.values()),
                "-" if not faults else f"{len(faults)}: {_short(faults[0].fault or '')}",
            )
        return table

    def by_size(self) -> Table:
        """The means over all instances of a size and all seeds."""
        table = Table("size", "s", "engine", "instances", title="means by size")
        for name in (*self.figures, "answers"):
            table.add_column(name)
        for (size, seconds, engine), runs in sorted(self._grouped(_by_size).items(), key=_size_and_time):
            instances = {one.run.instance.name for one in runs}
            answers = sum(one.cost is not None for one in runs)
            table.add_row(
                str(size),
                f"{seconds:g}",
                str(engine),
                str(len(instances)),
                *(_mean(figure, form, runs) for figure, form in self.figures.values()),
                f"{answers} of {len(runs)}",
            )
        return table

    def rivals(self) -> Table:
        """Ours against each peer at the same time, summed over the instances that both answered."""
        table = Table("size", "s", "ours against", title="ours against the peers (less is better)")
        measures: dict[str, Figure] = {"distance": _distance} if self.is_vrptw else RIVAL_MEASURES
        for name in measures:
            table.add_column(f"{name} %")
        groups = self._grouped(_by_size)
        for (size, seconds, engine), theirs in sorted(groups.items(), key=_size_and_time):
            ours = groups.get((size, seconds, "ours"), [])
            if engine == "ours" or not ours:
                continue
            cells = [_difference(figure, ours, theirs) for figure in measures.values()]
            table.add_row(str(size), f"{seconds:g}", str(engine), *cells)
        return table

    def _grouped(self, key: Callable[[Finished], Key]) -> dict[Key, list[Finished]]:
        groups: dict[Key, list[Finished]] = {}
        for one in self.finished:
            groups.setdefault(key(one), []).append(one)
        return groups


def line(one: Finished) -> str:
    """One run in one line, for while others go on."""
    terms = one.run.terms
    head = f"{one.run.instance.name} {terms.name} {terms.seconds:g} s seed {terms.seed}: "
    if one.judged is None:
        return head + _short(one.fault or "")
    if isinstance(one.run.instance, VrptwInstance):
        worth = f"distance {one.judged.travel / 10:,.1f}"
    else:
        worth = f"left out {one.judged.unserved}, served {one.judged.served}, travel {one.judged.travel / 60:,.0f} min"
    return f"{head}{worth}, took {one.elapsed_s:.1f} s" + (f", WRONG: {_short(one.fault)}" if one.fault else "")


def _by_instance(one: Finished) -> Key:
    return (one.run.instance.name, one.run.terms.seconds, one.run.terms.engine)


def _by_size(one: Finished) -> Key:
    return (one.run.instance.size, one.run.terms.seconds, one.run.terms.engine)


def _size_and_time(group: tuple[Key, list[Finished]]) -> tuple[int, float]:
    one = group[1][0]
    return one.run.instance.size, one.run.terms.seconds


def _distance(one: Finished) -> float | None:
    return None if one.cost is None or one.judged is None else one.judged.travel / 10


def _unserved(one: Finished) -> float | None:
    return None if one.cost is None or one.judged is None else float(one.judged.unserved)


def _served(one: Finished) -> float | None:
    return None if one.cost is None or one.judged is None else float(one.judged.served)


def _travel_min(one: Finished) -> float | None:
    return None if one.cost is None or one.judged is None else one.judged.travel / 60


def _cost(one: Finished) -> float | None:
    return None if one.cost is None else float(one.cost)


RIVAL_MEASURES: dict[str, Figure] = {"weight left out": _unserved, "travel": _travel_min, "cost at the exchange": _cost}


def _known(figure: Figure, runs: Iterable[Finished]) -> list[float]:
    return [value for value in map(figure, runs) if value is not None]


def _spread(figure: Figure, form: str, runs: list[Finished]) -> str:
    values = _known(figure, runs)
    if not values:
        return "-"
    if len(values) == 1:
        return format(values[0], form)
    return " / ".join(format(value, form) for value in (min(values), median(values), max(values)))


def _mean(figure: Figure, form: str, runs: list[Finished]) -> str:
    values = _known(figure, runs)
    return format(fmean(values), form) if values else "-"


def _difference(figure: Figure, ours: list[Finished], theirs: list[Finished]) -> str:
    """Per cent by which the sum of our means over the instances differs from theirs."""
    mine, other = _means(figure, ours), _means(figure, theirs)
    both = mine.keys() & other.keys()
    total, rival = sum(mine[name] for name in both), sum(other[name] for name in both)
    if not both:
        return "-"
    return f"{100 * (total / rival - 1):+.2f}" if rival else f"{total:g} to 0"


def _means(figure: Figure, runs: list[Finished]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for one in runs:
        value = figure(one)
        if value is not None:
            values.setdefault(one.run.instance.name, []).append(value)
    return {name: fmean(known) for name, known in values.items()}


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."
