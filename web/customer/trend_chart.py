"""The share of promises kept week by week, as the points of a small line chart that the server draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.queries.promise_record import WeekRecord

#: of the drawing, in its own units; the line lies inside of `MARGIN`
WIDTH, HEIGHT, MARGIN = 600, 180, 24


@dataclass(frozen=True)
class Dot:
    """One week's share at its place."""

    x: float
    y: float
    share: float


@dataclass(frozen=True)
class Chart:
    """Dots, and lines between those of weeks that follow one another; `least` is the share at the foot."""

    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    least: float


def trend_chart(weeks: Sequence[WeekRecord]) -> Chart:
    """The chart; weeks of which nothing can be said leave a gap."""
    shares = [week.cell.share for week in weeks]
    known = [share for share in shares if share is not None]
    least = min([0.9, *(int(share * 10) / 10 for share in known)])
    dots = [None if share is None else _dot(place, len(shares), share, least) for place, share in enumerate(shares)]
    return Chart(tuple(dot for dot in dots if dot is not None), tuple(_lines(dots)), least)


def _dot(place: int, count: int, share: float, least: float) -> Dot:
    x = MARGIN + place * (WIDTH - 2 * MARGIN) / max(1, count - 1)
    height = 0.0 if least >= 1 else (share - least) / (1 - least)
    return Dot(round(x, 1), round(HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN), 1), share)


def _lines(dots: Sequence[Dot | None]) -> list[str]:
    runs: list[list[Dot]] = [[]]
    for dot in dots:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(dot)
    return [" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1]
