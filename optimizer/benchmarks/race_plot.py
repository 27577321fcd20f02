"""Quality over time: a panel for each instance, a line for each run, drawn by matplotlib into a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.benchmarks.engines import ENGINES
from optimizer.benchmarks.instances import Instance, VrptwInstance
from optimizer.benchmarks.race import Finished
from optimizer.benchmarks.race_report import BestKnown

COLOURS = dict(zip(ENGINES, ("#0b6e4f", "#7fb069", "#c8553d", "#2e6f9e", "#b8860b"), strict=True))
MOST_COLUMNS = 2
INCHES = (6.0, 3.4)


class NoMatplotlib(RuntimeError):
    """Plots need matplotlib, which is installed with the peers."""


def plot(finished: Sequence[Finished], best_known: BestKnown, file: Path) -> None:
    """Draw the longest runs of every instance; the file's suffix says as what. Raises NoMatplotlib."""
    figure_of = _matplotlib()
    longest = max(one.run.terms.seconds for one in finished)
    runs = [one for one in finished if one.run.terms.seconds == longest and one.points]
    instances = list({one.run.instance.name: one.run.instance for one in runs}.values())
    columns = max(1, min(MOST_COLUMNS, len(instances)))
    rows = max(1, -(-len(instances) // columns))
    figure = figure_of(figsize=(INCHES[0] * columns, INCHES[1] * rows), layout="constrained")
    for number, instance in enumerate(instances, start=1):
        panel = figure.add_subplot(rows, columns, number)
        _draw(panel, instance, [one for one in runs if one.run.instance is instance], best_known)
    figure.savefig(file)


def _matplotlib() -> Any:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra that only plots need
    except ImportError as error:
        raise NoMatplotlib("--plot needs matplotlib: make peers") from error
    return Figure


def _draw(panel: Any, instance: Instance, runs: list[Finished], best_known: BestKnown) -> None:
    best = best_known.get(instance.name) if isinstance(instance, VrptwInstance) else None
    named: set[str] = set()
    for one in runs:
        engine = one.run.terms.engine
        times = [max(at_s, 0.01) for at_s, _ in one.points]
        values = [_shown(instance, cost, best) for _, cost in one.points]
        label = None if engine in named else engine
        panel.step(times, values, where="post", color=COLOURS[engine], linewidth=1, label=label)
        panel.plot(times[-1:], values[-1:], marker="o", markersize=3, color=COLOURS[engine])
        named.add(engine)
    lasting = [_shown(instance, one.points[-1][1], best) for one in runs]
    low, high = min(lasting), max(lasting)
    room = max(high - low, abs(high) * 0.01, 0.1)
    panel.set_ylim(low - 0.1 * room, high + room)
    panel.set_xscale("log")
    panel.set_xlabel("seconds")
    panel.set_ylabel(_unit(instance, best))
    panel.set_title(instance.name)
    panel.grid(visible=True, alpha=0.3)
    panel.legend()


def _shown(instance: Instance, cost: float, best: float | None) -> float:
    if not isinstance(instance, VrptwInstance):
        return cost / 3600
    return cost / 10 if best is None else 100 * (cost / 10 / best - 1)


def _unit(instance: Instance, best: float | None) -> str:
    if not isinstance(instance, VrptwInstance):
        return "travel and weight left out, hours"
    return "distance" if best is None else "above the best known, %"
