"""The narrowest window that can be told and will be kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Window
from optimizer.risk.simulate import share_inside


def window_for(
    starts_s: NDArray[np.int32], level: float, granularity_s: int = 1_800, *, least_s: int = 0, origin_s: int = 0
) -> Window:
    """The narrowest window on a grid that holds at least `level` of the starts; of equal ones, the one with most.

    `starts_s` are the sorted starts of one stop on drawn days (`Simulated.starts_by_job`). The grid
    counts from `origin_s`; no window is narrower than `least_s`. Raises ValueError without starts,
    for a level not above 0 and up to 1, or a granularity that is not positive.
    """
    if not len(starts_s) or not 0 < level <= 1 or granularity_s <= 0:
        raise ValueError("a window needs starts, a level above 0 and up to 1, and a grid")
    below = (int(starts_s[0]) - origin_s) // granularity_s
    above = -((origin_s - int(starts_s[-1])) // granularity_s)
    least = max(1, -(-least_s // granularity_s))
    for width in range(least, max(least, above - below) + 1):
        found = [
            _on_grid(origin_s, first, width, granularity_s) for first in range(below, max(below, above - width) + 1)
        ]
        best = max(found, key=lambda window: share_inside(starts_s, window.start_s, window.end_s))
        if share_inside(starts_s, best.start_s, best.end_s) >= level:
            return best
    raise AssertionError("the widest window holds every start")


def _on_grid(origin_s: int, first: int, width: int, granularity_s: int) -> Window:
    start_s = origin_s + first * granularity_s
    return Window(start_s=start_s, end_s=start_s + width * granularity_s)
