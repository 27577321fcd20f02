"""What is known of each route of a search: when it is free, how late it may be, what it costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined
from optimizer.fast.layout import (
    BEGUN_S,
    DURATION_S,
    END_S,
    FREEZE_S,
    HEAD,
    IS_FROZEN,
    LATEST_S,
    LIMIT_S,
    NEVER,
    NOW_S,
    PAUSE_S,
    PERSON,
    PROFILE,
    SHIFT_START_S,
    SPANS,
    STATES,
    Clock,
)
from optimizer.fast.route_cost import first_start
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]
#: of stop p with k breaks taken: when the technician is free after it, by when it must start
#: and, at k = 0, how far it is from the stop before
FREE_S, BY_S, LEG_S = range(3)


@inlined
def refresh(clock: Clock, duty: int, nodes: Ints, count: int, times: Ints, low: int, high: int) -> int:
    """Work out the times of a route of which stops `low` to `high` have other stops beside them than before.

    `times` is (stops, K, 3); what it says of the other stops is what was true before. Returns
    what its travel costs where nothing depends on the time.
    """
    _fill_free(clock, duty, nodes, count, times, low, high)
    _fill_by(clock, duty, nodes, count, times, low, high)
    return 1000 * _fill_legs(clock, nodes, count, times, low, high)


@inlined
def _fill_legs(clock: Clock, nodes: Ints, count: int, times: Ints, low: int, high: int) -> int:
    """How long each leg is, and all of them together; nobody drives for nothing."""
    travel_s = clock.travel_s
    for at in range(low, high + 2):
        times[at, 0, LEG_S] = travel_s[0, nodes[at - 1], nodes[at]] if count else 0
    total_s = np.int64(0)
    for at in range(1, count + 2):
        total_s += times[at, 0, LEG_S]
    times[0, 0, LEG_S] = total_s
    return int(total_s)


@inlined
def _fill_free(clock: Clock, duty: int, nodes: Ints, count: int, times: Ints, low: int, high: int) -> None:
    duties, jobs, who, travel_s, pauses = clock.duties, clock.jobs, clock.who, clock.travel_s, clock.pauses
    at_rows, spans, now_s = clock.at, clock.spans, clock.numbers[NOW_S]
    states, person, head = duties[duty, STATES], duties[duty, PERSON], duties[duty, HEAD]
    for k in range(states):
        times[0, k, FREE_S] = NEVER
    times[0, 0, FREE_S] = duties[duty, SHIFT_START_S]
    if head == 0:
        times[0, 0, FREE_S] = max(times[0, 0, FREE_S], now_s)
    for at in range(low, count + 1):
        job, is_same = nodes[at], at > high
        took_s = who[job, person, DURATION_S]
        is_frozen = at <= head and jobs[job, IS_FROZEN] != 0
        if is_frozen and jobs[job, BEGUN_S] != -FOREVER:
            for k in range(states):
                times[at, k, FREE_S] = NEVER
            times[at, 0, FREE_S] = jobs[job, BEGUN_S] + took_s
        else:
            leg_s, profile = travel_s[-1, nodes[at - 1], job], who[job, person, PROFILE]
            floor_s = -NEVER if is_frozen else duties[duty, FREEZE_S]
            for then in range(states):
                arrive_s = arrival(pauses, duty, times, at - 1, leg_s, then, floor_s)
                start_s = first_start(at_rows, spans, profile, arrive_s)
                free_s = NEVER if start_s >= NEVER else start_s + took_s
                is_same = is_same and times[at, then, FREE_S] == free_s
                times[at, then, FREE_S] = free_s
        if at == head:
            for k in range(states):
                times[at, k, FREE_S] = max(times[at, k, FREE_S], now_s)
        elif is_same:
            break


@inlined
def arrival(pauses: Ints, duty: int, times: Ints, at: int, travel_s: int, then: int, floor_s: int) -> int:
    """The earliest arrival after stop `at` with so many breaks taken, NEVER if there is none."""
    best = NEVER
    for taken in range(then + 1):
        free_s = times[at, taken, FREE_S]
        if free_s <= pauses[duty, taken, then, LATEST_S] and free_s < NEVER:
            s = max(free_s + travel_s + pauses[duty, taken, then, PAUSE_S], pauses[duty, taken, then, END_S])
            best = min(best, s)
    return best if best >= NEVER else max(best, floor_s)


@inlined
def departure(pauses: Ints, states: int, duty: int, times: Ints, at: int, travel_s: int, taken: int) -> int:
    """The latest that one may be free with so many breaks taken, for stop `at` to be in time; -NEVER if never."""
    best = -NEVER
    for then in range(taken, states):
        last, by_s = pauses[duty, taken, then, LATEST_S], times[at, then, BY_S]
        if last != -NEVER and by_s != -NEVER and pauses[duty, taken, then, END_S] <= by_s:
            best = max(best, min(last, by_s - travel_s - pauses[duty, taken, then, PAUSE_S]))
    return best


@inlined
def _fill_by(clock: Clock, duty: int, nodes: Ints, count: int, times: Ints, low: int, high: int) -> None:
    duties, who, travel_s, pauses = clock.duties, clock.who, clock.travel_s, clock.pauses
    at_rows, spans = clock.at, clock.spans
    states, person = duties[duty, STATES], duties[duty, PERSON]
    limit_s = min(duties[duty, LIMIT_S], NEVER - 1)
    for k in range(states):
        rest = pauses[duty, k, states - 1, LATEST_S]
        times[count + 1, k, BY_S] = -NEVER if rest == -NEVER else min(limit_s, rest)
    for at in range(high, duties[duty, HEAD], -1):
        job, is_same = nodes[at], at < low
        leg_s, took_s, profile = (
            travel_s[-1, job, nodes[at + 1]],
            who[job, person, DURATION_S],
            who[job, person, PROFILE],
        )
        for k in range(states):
            done_s = departure(pauses, states, duty, times, at + 1, leg_s, k)
            by_s = -NEVER if done_s == -NEVER else _last_start(at_rows, spans, profile, done_s - took_s)
            is_same = is_same and times[at, k, BY_S] == by_s
            times[at, k, BY_S] = by_s
        if is_same:
            break


@inlined
def _last_start(at_rows: Ints, spans: Ints, profile: int, by_s: int) -> int:
    """The last allowed start at or before an instant; -NEVER if there is none."""
    last = -NEVER
    for i in range(at_rows[profile, SPANS], at_rows[profile + 1, SPANS]):
        if by_s >= spans[i, 0]:
            last = min(by_s, spans[i, 1])
    return last
