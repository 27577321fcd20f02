"""One pass over all gaps: which is the cheapest for each window, and which must be timed exactly to know?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, inlined, lean
from optimizer.quoting.asking import TOO_DEAR, Asked
from optimizer.quoting.day_gaps import NOWHERE
from optimizer.quoting.reach import Reach, work_out
from optimizer.quoting.slabs import Slabs
from optimizer.quoting.weighing import CALM, HARD, bound_ms, extra_ms, fits, is_exact, least_ms, reachable

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: where no bound is sure, one duty in so many is looked at first
FEW = 4
#: the part of the duties that is all of them
ALL = FEW


class Found(NamedTuple):
    """For each window the least cost that is certain, and where: `at` in `Asked.rows` (-1: nowhere), in which gap.

    `doubtful` has rows of (window, index in `Asked.rows`, gap, bound in ms), as many as `length`
    says; if there was no room for all of them, the pass must be made again with more.
    """

    cost_ms: Longs  # W
    at: Ints  # W
    gap: Ints  # W
    doubtful: Longs  # room, 4
    length: Longs  # 1


def nothing_found(windows: int, room: int) -> Found:
    """To be filled by `sift`."""
    nowhere = np.full(windows, NOWHERE, dtype=np.int32)
    costs = np.full(windows, TOO_DEAR, dtype=np.int64)
    return Found(costs, nowhere, nowhere.copy(), np.empty((room, 4), dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def sift(slabs: Slabs, pieces: Longs, asked: Asked, reach: Reach, found: Found, part: int) -> None:
    """Find the cheapest gaps: those of one job, one pass.

    Unless its `part` is ALL, one duty in FEW is looked at, and each bound taken for what it
    costs: nothing is in doubt then, and nothing sure.
    Almost every gap is ruled out here by its detour, so nothing else is read of it, and
    arrays are passed one by one: handing on whole tuples costs more than the arithmetic.
    """
    before, after, direct_s, gaps, percents = slabs.before, slabs.after, slabs.direct_s, slabs.gaps, slabs.percent
    to_s, from_s, rows, kinds = reach.to_s, reach.from_s, asked.rows, asked.kind
    windows = np.empty(len(asked.opens_s), dtype=np.int32)
    by_bounds = part != ALL
    for at in range(part % FEW, len(rows), FEW if by_bounds else 1):
        row, kind = rows[at], kinds[at]
        count = _open_windows(asked.opens_s, asked.closes_s, slabs.start_s[row], slabs.limit_s[row], windows)
        if count == 0:
            continue
        price_ms, soft_ms = asked.price_ms[at], slabs.soft_ms[row]
        most_ms = _most_ms(asked.own_ms, found.cost_ms, kind, windows, count) if asked.is_bounded else TOO_DEAR
        for gap in range(gaps[row]):
            usual_s = int(to_s[before[row, gap]])
            if after[row, gap] != NOWHERE:
                usual_s += int(from_s[after[row, gap]])
            way_ms = 10 * int(percents[row, gap]) * usual_s - 1000 * int(direct_s[row, gap])
            if bound_ms(way_ms, price_ms, soft_ms) >= most_ms:
                continue
            if asked.position in (NOWHERE, slabs.first[row] + gap):
                _look(slabs, pieces, asked, reach, found, at, gap, windows[:count], by_bounds)
                if asked.is_bounded:
                    most_ms = _most_ms(asked.own_ms, found.cost_ms, kind, windows, count)


@lean
def _open_windows(opens_s: Ints, closes_s: Ints, start_s: int, limit_s: int, windows: Ints) -> int:
    """How many windows meet the hours of a duty; they are put in `windows`."""
    count = 0
    for window in range(len(opens_s)):
        if opens_s[window] <= limit_s and closes_s[window] >= start_s:
            windows[count] = window
            count += 1
    return count


@lean
def _most_ms(own_ms: Longs, cost_ms: Longs, kind: int, windows: Ints, count: int) -> int:
    """What a gap may add to be of interest to any of these windows."""
    most_ms = -TOO_DEAR
    for n in range(count):
        most_ms = max(most_ms, cost_ms[windows[n]] - own_ms[kind, windows[n]])
    return most_ms


@lean
def _look(
    slabs: Slabs,
    pieces: Longs,
    asked: Asked,
    reach: Reach,
    found: Found,
    at: int,
    gap: int,
    windows: Ints,
    by_bounds: bool,  # noqa: FBT001 - compiled
) -> None:
    """Weigh one gap for those windows, of the ones that its duty is open to, in which it can be reached and left."""
    row = asked.rows[at]
    soonest_s, latest_s = reachable(slabs, reach, row, gap)
    latest_s -= asked.duration_s[asked.kind[at]]
    for window in windows:
        if asked.opens_s[window] <= latest_s and asked.closes_s[window] >= soonest_s:
            work_out(reach, slabs.before[row, gap])
            if slabs.after[row, gap] != NOWHERE:
                work_out(reach, slabs.after[row, gap])
            _weigh(slabs, pieces, asked, reach, found, at, gap, window, by_bounds)


@inlined
def _weigh(
    slabs: Slabs,
    pieces: Longs,
    asked: Asked,
    reach: Reach,
    found: Found,
    at: int,
    gap: int,
    window: int,
    by_bounds: bool,  # noqa: FBT001 - compiled
) -> None:
    """Weigh one gap, between places whose travel times are known, for one window."""
    row = asked.rows[at]
    cost_ms = extra_ms(slabs, asked, reach, at, gap) + asked.own_ms[asked.kind[at], window]
    is_sure = False
    if asked.is_bounded:
        if cost_ms >= found.cost_ms[window]:
            return
        is_sure = is_exact(slabs, reach, row, gap) and fits(slabs, asked, reach, at, gap, window, CALM)
        if not is_sure and slabs.costs_at[row] >= 0:
            cost_ms = max(cost_ms, least_ms(slabs, pieces, asked, reach, at, gap, window))
            if cost_ms >= found.cost_ms[window]:
                return
    if not is_sure and not fits(slabs, asked, reach, at, gap, window, HARD):
        return
    if is_sure or by_bounds:
        found.cost_ms[window], found.at[window], found.gap[window] = cost_ms, at, gap
    else:
        _doubt(found, window, at, gap, cost_ms)


@lean
def _doubt(found: Found, window: int, at: int, gap: int, bound_ms: int) -> None:
    if found.length[0] < len(found.doubtful):
        one = found.doubtful[found.length[0]]
        one[0], one[1], one[2], one[3] = window, at, gap, bound_ms
    found.length[0] += 1
