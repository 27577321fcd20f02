"""What a route costs in its best times: functions of time, carried from stop to stop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import lean
from optimizer.fast.drives import ROWS, SIZE, Stay, end_of_day, find_ways, least_over_ways, stop_after, whole_at
from optimizer.fast.layout import (
    DURATION_S,
    FREEZE_S,
    HEAD,
    IS_FROZEN,
    LATEST_S,
    NOW_S,
    OVERTIME_PRICE,
    PERSON,
    PIECES,
    PROFILE,
    SHIFT_END_S,
    STATES,
    Clock,
)
from optimizer.fast.pieces import FIRST, IMPOSSIBLE, LAST, SLOPE, VALUE, Rows
from optimizer.fast.route_ends import first_state, over_by_s
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]


@lean
def cheapest_cost(clock: Clock, duty: int, nodes: Ints, count: int, work: Rows) -> int:
    """The least cost over all times, prices of sending left out; IMPOSSIBLE if there are none."""
    states, person, limit_s = clock.duties[duty, STATES], clock.duties[duty, PERSON], over_by_s(clock, duty, count)
    begun, free_s, cost = first_state(clock, duty, nodes, count)
    now = whole_at(clock.pauses, clock.periods)
    then, spare = now + states * (ROWS + 1), now + 2 * states * (ROWS + 1)
    start_at(work, ROWS, now, states, free_s, 0)
    for at in range(begun + 1, count + 1):
        job = nodes[at]
        is_loose = not clock.jobs[job, IS_FROZEN]
        if is_loose and at == clock.duties[duty, HEAD] + 1:
            cut_before(work, ROWS, now, states, clock.numbers[NOW_S])
        floor_s = clock.duties[duty, FREEZE_S] if is_loose else -FOREVER
        profile, usual_s = clock.who[job, person, PROFILE], clock.travel_s[0, nodes[at - 1], job]
        ways = find_ways(work, clock.pauses, clock.periods, duty, states, usual_s, free_s, limit_s)
        first, end = clock.at[profile, PIECES], clock.at[profile + 1, PIECES]
        stay = Stay(0, first, end, floor_s, FOREVER, clock.who[job, person, DURATION_S])
        if not stop_after(work, ROWS, now, then, spare, ways, states, clock.pieces, stay):
            return IMPOSSIBLE
        now, then = then, now
    end_s, latest_s = clock.duties[duty, SHIFT_END_S], clock.pauses[duty, :, states - 1, LATEST_S]
    end_of_day(work, ROWS, then, latest_s, states, end_s, limit_s, clock.numbers[OVERTIME_PRICE])
    usual_s = clock.travel_s[0, nodes[count], nodes[count + 1]]
    ways = find_ways(work, clock.pauses, clock.periods, duty, states, usual_s, free_s, limit_s)
    rest = least_over_ways(work, ROWS, now, then, ways)
    return IMPOSSIBLE if rest >= IMPOSSIBLE else cost + rest


@lean
def start_at(rows: Rows, room: int, target: int, states: int, free_s: int, cost: int) -> None:
    """Make the functions of who is free from an instant on, at a cost, and has taken no break."""
    for k in range(states):
        rows[target + k * (room + 1), SIZE] = k == 0
    first = target + 1
    rows[first, FIRST], rows[first, LAST], rows[first, VALUE], rows[first, SLOPE] = free_s, FOREVER, cost, 0


@lean
def cut_before(rows: Rows, room: int, target: int, states: int, first: int) -> None:
    """The functions from a time on, in place."""
    for k in range(states):
        at = target + k * (room + 1)
        to = at + 1
        for i in range(at + 1, at + 1 + rows[at, SIZE]):
            if rows[i, LAST] < first:
                continue
            low = max(rows[i, FIRST], first)
            value = rows[i, VALUE] + rows[i, SLOPE] * (low - rows[i, FIRST])
            rows[to, FIRST], rows[to, LAST], rows[to, VALUE], rows[to, SLOPE] = (
                low,
                rows[i, LAST],
                value,
                rows[i, SLOPE],
            )
            to += 1
        rows[at, SIZE] = to - at - 1
