"""What one more stop costs exactly, whatever it upsets and whenever it drives, from what time costs each route."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, lean
from optimizer.fast.drives import SIZE, Stay, find_ways, least_over_ways, stop_after
from optimizer.fast.pieces import FIRST, FULL, Rows
from optimizer.piecewise import FOREVER
from optimizer.quoting.asking import TOO_DEAR, Asked
from optimizer.quoting.day_gaps import NOWHERE
from optimizer.quoting.reach import Reach
from optimizer.quoting.sifting import Found
from optimizer.quoting.slabs import Slabs
from optimizer.quoting.time_costs import REST, ROOM, SO_FAR, STRIDE, ways_room

Longs = NDArray[np.int64]


def new_work(states: int, periods: int) -> Rows:
    """Room for one evaluation; each thread needs its own."""
    return np.zeros((ways_room(states, periods) + (4 * states + 2) * STRIDE, 4), dtype=np.int64)


@compiled
def settle(
    slabs: Slabs, pieces: Rows, periods: Longs, asked: Asked, reach: Reach, found: Found, first: int, work: Rows
) -> int:
    """Price what is in doubt from the `first` on, cheapest bound first, until nothing cheaper can follow.

    Returns how many of them are settled: what a route that comes next costs by the time is not
    known, or not to be said in the room there is.
    """
    for n in range(first, len(found.doubtful)):
        window, at, gap = found.doubtful[n, 0], found.doubtful[n, 1], found.doubtful[n, 2]
        if found.doubtful[n, 3] >= found.cost_ms[window]:
            continue
        row = asked.rows[at]
        if slabs.costs_at[row] < 0:
            return n
        cost_ms = _cost_ms(slabs, pieces, periods, asked, reach, at, row, gap, window, work)
        if cost_ms == FULL:
            return n
        cost_ms = cost_ms - slabs.now_ms[row] if cost_ms < TOO_DEAR else TOO_DEAR
        if cost_ms < found.cost_ms[window]:
            found.cost_ms[window], found.at[window], found.gap[window] = cost_ms, at, gap
    return len(found.doubtful)


@lean
def _cost_ms(
    slabs: Slabs,
    pieces: Rows,
    periods: Longs,
    asked: Asked,
    reach: Reach,
    at: int,
    row: int,
    gap: int,
    window: int,
    work: Rows,
) -> int:
    """What the route costs with the job in this gap, starting in the window; TOO_DEAR if it cannot, FULL if unknown."""
    states, most, kind = slabs.states[row], slabs.pauses.shape[1], asked.kind[at]
    before = 2 * most**3 * len(periods)
    rest, then, spare = before + states * STRIDE, before + 2 * states * STRIDE, before + 3 * states * STRIDE
    _fetch(slabs.costs, slabs.costs_at[row], pieces, row, gap, SO_FAR, states, work, before)
    _fetch(slabs.costs, slabs.costs_at[row], pieces, row, gap, REST, states, work, rest)
    since_s = work[before + 1, FIRST] if work[before, SIZE] else -FOREVER
    until_s, after = min(slabs.limit_s[row], asked.closes_s[window]), slabs.after[row, gap]
    usual_s = reach.to_s[slabs.before[row, gap]]
    ways = find_ways(work, slabs.pauses, periods, row, states, usual_s, since_s, until_s)
    stay = Stay(
        asked.price_ms[at],
        asked.span_at[kind, window],
        asked.span_at[kind, window + 1],
        slabs.floor_s[row],
        FOREVER,
        asked.duration_s[kind],
    )
    if not stop_after(work, ROOM, before, then, spare, ways, states, asked.profile, stay):
        return FULL
    since_s = work[then + 1, FIRST] if work[then, SIZE] else asked.opens_s[window]
    usual_s = 0 if after == NOWHERE else reach.from_s[after]
    ways = find_ways(work, slabs.pauses, periods, row, states, usual_s, since_s, slabs.limit_s[row])
    return min(least_over_ways(work, ROOM, then, rest, ways), TOO_DEAR)


@lean
def _fetch(
    costs: NDArray[np.int32],
    start: int,
    pieces: Rows,
    row: int,
    gap: int,
    way: int,
    states: int,
    work: Rows,
    target: int,
) -> None:
    """Copy the functions of a gap to where there is room for each."""
    for k in range(states):
        first, end, to = costs[row, gap, way, k, 0], costs[row, gap, way, k, 1], target + k * STRIDE
        work[to, SIZE] = end - first
        for i in range(end - first):
            for column in range(4):
                work[to + 1 + i, column] = pieces[start + first + i, column]
