"""What a route costs in its best times: functions of time, carried from stop to stop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.fast.layout import (
    DURATION_S,
    END_S,
    FREEZE_S,
    HEAD,
    IS_FROZEN,
    LATEST_S,
    NEVER,
    NOW_S,
    OVERTIME_PRICE,
    PAUSE_S,
    PERSON,
    PIECES,
    PROFILE,
    SHIFT_END_S,
    STATES,
    Clock,
)
from optimizer.fast.pieces import FIRST, FULL, IMPOSSIBLE, LAST, SLOPE, VALUE, delayed, lowest_so_far, minimum, total
from optimizer.fast.route_ends import first_state, over_by_s
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]
Work = NDArray[np.int64]


@compiled
def cheapest_cost(clock: Clock, duty: int, nodes: Ints, count: int, work: Work) -> int:
    """The least cost over all times, prices of sending left out; IMPOSSIBLE if there are none."""
    states, person = clock.duties[duty, STATES], clock.duties[duty, PERSON]
    most = clock.pauses.shape[1]
    sizes = work[2 * most + 2, :, 0]  # rows of the functions: free after a stop, and from `most` on, arrived at one
    begun, free_s, cost = first_state(clock, duty, nodes, count)
    for k in range(states):
        sizes[k] = 0
    work[0, 0, FIRST], work[0, 0, LAST], work[0, 0, VALUE], work[0, 0, SLOPE] = free_s, FOREVER, 0, 0
    sizes[0] = 1
    _find_latest_leaves(clock, duty, nodes, count, work[2 * most + 2, :, 1])
    for at in range(begun + 1, count + 1):
        job = nodes[at]
        is_loose = not clock.jobs[job, IS_FROZEN]
        if is_loose and at == clock.duties[duty, HEAD] + 1:
            for k in range(states):
                sizes[k] = _cut_before(work[k], sizes[k], clock.numbers[NOW_S])
        floor_s = clock.duties[duty, FREEZE_S] if is_loose else -FOREVER
        if not _arrive(clock, duty, clock.travel_s[0, nodes[at - 1], job], at, floor_s, work, sizes):
            return IMPOSSIBLE
        profile = clock.who[job, person, PROFILE]
        first, last = clock.at[profile, PIECES], clock.at[profile + 1, PIECES]
        for k in range(states):
            n = total(work[most + k], sizes[most + k], clock.pieces, first, last, work[2 * most])
            sizes[k] = (
                FULL if n == FULL else lowest_so_far(work[2 * most], n, clock.who[job, person, DURATION_S], work[k])
            )
            if sizes[k] == FULL:
                return IMPOSSIBLE
    if not _arrive(clock, duty, clock.travel_s[0, nodes[count], nodes[count + 1]], count + 1, -FOREVER, work, sizes):
        return IMPOSSIBLE
    end = _cheapest_end(clock, duty, count, work, sizes)
    return IMPOSSIBLE if end >= IMPOSSIBLE else cost + end


@compiled
def _find_latest_leaves(clock: Clock, duty: int, nodes: Ints, count: int, until_s: NDArray[np.int64]) -> None:
    """No later than this anybody leaves for each stop, and then for the end of the route."""
    arrive_s = over_by_s(clock, duty, count)
    for at in range(count + 1, 0, -1):
        until_s[at] = arrive_s
        if at > 1:
            job, person = nodes[at - 1], clock.duties[duty, PERSON]
            if clock.jobs[job, IS_FROZEN]:
                arrive_s = FOREVER
            else:
                end = clock.at[clock.who[job, person, PROFILE] + 1, PIECES]
                start = clock.at[clock.who[job, person, PROFILE], PIECES]
                last = clock.pieces[end - 1, LAST] if end > start else FOREVER
                arrive_s = min(last, arrive_s - clock.who[job, person, DURATION_S])


@compiled
def _cut_before(rows: NDArray[np.int64], n: int, first: int) -> int:
    """The function from a time on, in place."""
    m = 0
    for i in range(n):
        if rows[i, LAST] < first:
            continue
        low = max(rows[i, FIRST], first)
        value = rows[i, VALUE] + rows[i, SLOPE] * (low - rows[i, FIRST])
        rows[m, FIRST], rows[m, LAST], rows[m, VALUE], rows[m, SLOPE] = low, rows[i, LAST], value, rows[i, SLOPE]
        m += 1
    return m


@compiled
def _arrive(clock: Clock, duty: int, usual_s: int, at: int, floor_s: int, work: Work, sizes: NDArray[np.int64]) -> bool:
    """The cost of starting at the next stop at each time, by breaks taken; False if there is no room."""
    states, most = clock.duties[duty, STATES], clock.pauses.shape[1]
    for k in range(states):
        sizes[most + k] = 0
    is_same = len(clock.periods) == 1 or usual_s == 0
    until_s = work[2 * most + 2, at, 1]
    for taken in range(states):
        if sizes[taken] == 0:
            continue
        for then in range(taken, states):
            last = taken if is_same else then  # which breaks come before the drive does not matter then
            for i in range(1 if is_same else len(clock.periods)):
                period = (
                    (-FOREVER, FOREVER, 100)
                    if is_same
                    else (clock.periods[i, 0], clock.periods[i, 1], clock.periods[i, 2])
                )
                if period[0] > until_s or work[taken, 0, FIRST] > period[1]:
                    continue
                for middle in range(taken, last + 1):
                    if not _add_leg(clock, duty, period, usual_s, (taken, middle, then), floor_s, work, sizes):
                        return False
    return True


@compiled
def _add_leg(
    clock: Clock,
    duty: int,
    period: tuple[int, int, int],
    usual_s: int,
    breaks: tuple[int, int, int],
    floor_s: int,
    work: Work,
    sizes: NDArray[np.int64],
) -> bool:
    """One way to get to the next stop (see legs.py), taken into the least cost of being there."""
    taken, middle, then = breaks
    if clock.pauses[duty, taken, middle, LATEST_S] == -NEVER or clock.pauses[duty, middle, then, LATEST_S] == -NEVER:
        return True
    opens, closes, percent = period
    before_end_s, after_latest_s = clock.pauses[duty, taken, middle, END_S], clock.pauses[duty, middle, then, LATEST_S]
    travel_s = -(-usual_s * percent // 100)
    leave_first_s, leave_last_s = max(opens, before_end_s), min(closes, after_latest_s)
    if leave_first_s > leave_last_s or (before_end_s > after_latest_s and middle < then):
        return True
    before_s, after_s = clock.pauses[duty, taken, middle, PAUSE_S], clock.pauses[duty, middle, then, PAUSE_S]
    not_before_s = max(leave_first_s + travel_s + after_s, clock.pauses[duty, middle, then, END_S], floor_s)
    latest_s = min(clock.pauses[duty, taken, middle, LATEST_S], leave_last_s - before_s)
    most = clock.pauses.shape[1]
    moved, merged = work[2 * most], work[2 * most + 1]
    delay_s = before_s + travel_s + after_s
    n = delayed(work[taken], sizes[taken], delay_s, latest_s, not_before_s, 1000 * travel_s, moved)
    if n <= 0:
        return n == 0
    old = sizes[most + then]
    if old == 0:
        work[most + then, :n] = moved[:n]
        sizes[most + then] = n
        return True
    m = minimum(work[most + then], old, moved, n, merged)
    if m == FULL:
        return False
    work[most + then, :m] = merged[:m]
    sizes[most + then] = m
    return True


@compiled
def _cheapest_end(clock: Clock, duty: int, count: int, work: Work, sizes: NDArray[np.int64]) -> int:
    """The least cost of ending, overtime included, with time left for the breaks still to come."""
    states, most = clock.duties[duty, STATES], clock.pauses.shape[1]
    best = IMPOSSIBLE
    for k in range(states):
        latest = clock.pauses[duty, k, states - 1, LATEST_S]
        if latest == -NEVER:
            continue
        until = min(over_by_s(clock, duty, count), FOREVER if latest == NEVER else latest)
        for i in range(sizes[most + k]):
            first, last = work[most + k, i, FIRST], min(work[most + k, i, LAST], until)
            if first > last:
                break
            regular = min(max(clock.duties[duty, SHIFT_END_S], first), last)
            for t in (first, regular, last):
                value = work[most + k, i, VALUE] + work[most + k, i, SLOPE] * (t - first)
                value += clock.numbers[OVERTIME_PRICE] * max(0, t - clock.duties[duty, SHIFT_END_S])
                best = min(best, value)
    return best
