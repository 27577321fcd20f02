"""Time and memory against the number of jobs, drawn by matplotlib into a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimizer.benchmarks.race_plot import NoMatplotlib
from optimizer.benchmarks.territories import Planned

INCHES = (13.0, 3.6)
HEADROOM = 1.25


def plot(planned: Sequence[Planned], file: Path) -> None:
    """Draw the measured sizes, times beside what exact proportion to the largest would be. Raises NoMatplotlib."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra that only plots need
    except ImportError as error:
        raise NoMatplotlib("--plot needs matplotlib: make peers") from error
    figure = Figure(figsize=INCHES, layout="constrained")
    jobs = [one.jobs for one in planned]
    largest = max(range(len(jobs)), key=jobs.__getitem__)
    each = [1000 * one.elapsed_s / one.jobs for one in planned]
    panels: dict[str, tuple[float | None, list[float]]] = {
        "minutes": (0.0, [one.elapsed_s / 60 for one in planned]),
        "milliseconds a job": (each[largest], each),
        "peak memory of all processes, MB": (None, [float(one.together_mb) for one in planned]),
    }
    for number, (title, (at_none, values)) in enumerate(panels.items(), start=1):
        panel = figure.add_subplot(1, len(panels), number)
        if at_none is not None:
            panel.plot([0, jobs[largest]], [at_none, values[largest]], ":", color="grey", label="in proportion")
        panel.plot(jobs, values, marker="o", color="#0b6e4f", label="measured")
        panel.set_xlabel("jobs")
        panel.set_title(title)
        panel.set_ylim(0, HEADROOM * max(values))
        panel.grid(visible=True, alpha=0.3)
        panel.legend(loc="upper left")
    figure.savefig(file)
