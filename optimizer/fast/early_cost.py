"""What a route costs if every stop is as early as can be: the answer wherever nothing but travel has a price."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import lean
from optimizer.fast.layout import (
    DURATION_S,
    END_S,
    FREEZE_S,
    HEAD,
    IS_FROZEN,
    LATEST_S,
    NOW_S,
    PAUSE_S,
    PERSON,
    PIECES,
    PROFILE,
    SHIFT_END_S,
    STATES,
    Clock,
)
from optimizer.fast.pieces import FIRST, IMPOSSIBLE, LAST, Rows, value_at
from optimizer.fast.route_ends import first_state, over_by_s
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]


@lean
def earliest_cost(clock: Clock, duty: int, nodes: Ints, count: int, work: Rows) -> int:
    """The travel in ms if the earliest times cost nothing else; FOREVER if they do."""
    states, person = clock.duties[duty, STATES], clock.duties[duty, PERSON]
    row = work[:states]  # columns: free at, price; then the same of the next stop
    begun, free_s, cost = first_state(clock, duty, nodes, count)
    row[:states, 0], row[:states, 1] = 4 * FOREVER, 0
    row[0, 0] = free_s
    for at in range(begun + 1, count + 2):
        travel_s = clock.travel_s[0, nodes[at - 1], nodes[at]]
        cost += 1000 * travel_s
        is_end = at == count + 1
        job = nodes[at]
        is_loose = not is_end and not clock.jobs[job, IS_FROZEN]
        for k in range(states if is_loose and at == clock.duties[duty, HEAD] + 1 else 0):
            row[k, 0] = max(row[k, 0], clock.numbers[NOW_S])
        floor_s = clock.duties[duty, FREEZE_S] if is_loose else -FOREVER
        profile = 0 if is_end else clock.who[job, person, PROFILE]
        for then in range(states):
            row[then, 2] = 4 * FOREVER
            for taken in range(then + 1):
                if row[taken, 0] > clock.pauses[duty, taken, then, LATEST_S]:
                    continue
                s = max(
                    row[taken, 0] + travel_s + clock.pauses[duty, taken, then, PAUSE_S],
                    clock.pauses[duty, taken, then, END_S],
                    floor_s,
                )
                if s < row[then, 2]:
                    row[then, 2], row[then, 3] = s, row[taken, 1]
            if is_end or row[then, 2] >= 4 * FOREVER:
                continue
            s = _first_allowed(clock, profile, row[then, 2])
            if s >= FOREVER:
                row[then, 2] = 4 * FOREVER
                continue
            own = value_at(clock.pieces, clock.at[profile, PIECES], clock.at[profile + 1, PIECES], s)
            row[then, 2], row[then, 3] = s + clock.who[job, person, DURATION_S], row[then, 3] + own
        for k in range(states):
            row[k, 0], row[k, 1] = row[k, 2], row[k, 3]
    return _ended_early(clock, duty, count, row, cost)


@lean
def _first_allowed(clock: Clock, profile: int, arrive_s: int) -> int:
    for i in range(clock.at[profile, PIECES], clock.at[profile + 1, PIECES]):
        if arrive_s <= clock.pieces[i, LAST]:
            return int(max(arrive_s, clock.pieces[i, FIRST]))
    return FOREVER


@lean
def _ended_early(clock: Clock, duty: int, count: int, row: NDArray[np.int64], cost: int) -> int:
    """What the earliest end of a route comes to: nothing more, FOREVER if it has a price, IMPOSSIBLE if too late."""
    last, limit_s = clock.duties[duty, STATES] - 1, over_by_s(clock, duty, count)
    end_s, price = 4 * FOREVER, 0
    for k in range(last + 1):
        if row[k, 0] < end_s and row[k, 0] <= limit_s and row[k, 0] <= clock.pauses[duty, k, last, LATEST_S]:
            end_s, price = row[k, 0], row[k, 1]
    if end_s >= FOREVER:
        return IMPOSSIBLE
    return cost if price == 0 and end_s <= clock.duties[duty, SHIFT_END_S] else FOREVER
