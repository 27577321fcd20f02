"""What one more stop adds to the cost of a route where prices depend on the time of day: at the least, and exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.chain import NOW, Chain
from optimizer.fast.drives import ROOM, SIZE, find_ways, kept_at, least_over_ways, spare_at
from optimizer.fast.layout import END_S, HEAD, LATEST_S, NEVER, PAUSE_S, PIECES, Clock
from optimizer.fast.pieces import FIRST, FULL, IMPOSSIBLE, SLOPE, VALUE, Rows, least_from
from optimizer.fast.route_cost import first_start, route_cost
from optimizer.fast.route_functions import (
    LEAST,
    REST,
    SO_FAR,
    STANDS,
    STRIDE,
    add_stop,
    own_of,
    standing,
    stop_before,
)
from optimizer.fast.routes import arrival

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@lean
def increase_ms(clock: Clock, chain: Chain, duty: int, at: int, job: int) -> int:
    """What the job as stop `at` of the duty's route adds to its cost, exactly; IMPOSSIBLE if it cannot be there.

    Skills, parts and pins are the caller's to keep.
    """
    made, work, row, size = chain.made, chain.work, chain.nodes[NOW, duty], chain.size[NOW, duty]
    pauses, periods, most, own = clock.pauses, clock.periods, clock.pauses.shape[1], own_of(clock.duties, duty)
    kept, with_it = kept_at(pauses, periods), spare_at(pauses, periods)
    before = stop_before(clock.jobs, clock.duties[duty, HEAD], duty, row, at)
    source = standing(made, kept, most, SO_FAR, before)
    rest = standing(made, kept, most, REST, row[at] if at <= size else len(clock.jobs) + duty)
    usual_s = clock.travel_s[0, row[at - 1], job]
    add_stop(work, pauses, periods, own, clock.who, clock.at, clock.pieces, usual_s, job, False, source, with_it)  # noqa: FBT003 - compiled
    if work[rest, SIZE] != FULL and work[with_it, SIZE] != FULL:
        since_s, usual_s = work[with_it + 1, FIRST], clock.travel_s[0, job, row[at]]
        ways = find_ways(work, pauses, periods, duty, own.states, usual_s, since_s, own.limit_s)
        cost = least_over_ways(work, ROOM, with_it, rest, ways)
    else:
        cost = _cost_anew(clock, chain, duty, at, job)
    return IMPOSSIBLE if cost >= IMPOSSIBLE else cost - chain.cost_ms[NOW, duty]


@lean
def _cost_anew(clock: Clock, chain: Chain, duty: int, at: int, job: int) -> int:
    """What the whole route costs with the job as stop `at`."""
    trial, row, size = chain.trial, chain.nodes[NOW, duty], chain.size[NOW, duty]
    for i in range(size + 2):
        trial[i if i < at else i + 1] = row[i]
    trial[at] = job
    return route_cost(clock, duty, trial, int(size + 1), chain.work)


@inlined
def least_increase_ms(
    made: Longs,
    work: Rows,
    tables: tuple[Longs, Longs, Ints, Longs, Ints, Ints, Rows],
    duty: int,
    row: Ints,
    size: int,
    times: Ints,
    at: int,
    profile: int,
    takes_s: tuple[int, int, int],
    other_ms: int,
    usual_ms: int,
    limit_ms: int,
) -> int:
    """No less than stop `at` adds to the route's cost: it starts, and the rest follows, as early as each can be.

    `tables` are the clock's duties, jobs, pauses, periods, profiles, spans and pieces;
    `takes_s` the fastest drive there, the stop, and the fastest drive on; `other_ms` the price
    of sending, less what the route costs as it stands. `usual_ms`, a bound by travel at the
    usual speed, is the answer if it reaches `limit_ms` or the functions do not say; at one
    speed the higher of the two.
    """
    duties, jobs, pauses, periods, at_rows, spans, pieces = tables
    if usual_ms >= limit_ms:
        return usual_ms
    own, most, kept = own_of(duties, duty), pauses.shape[1], kept_at(pauses, periods)
    before = stop_before(jobs, duties[duty, HEAD], duty, row, at)
    after = row[at] if at <= size else len(jobs) + duty
    source, rest = standing(made, kept, most, SO_FAR, before), standing(made, kept, most, REST, after)
    bound = usual_ms
    if work[source, SIZE] != FULL and work[rest, SIZE] != FULL:
        least = IMPOSSIBLE
        for k in range(own.states):
            arrive_s = arrival(pauses, own.duty, times, at - 1, takes_s[0], k, own.freeze_s)
            start_s = first_start(at_rows, spans, profile, arrive_s)
            if start_s >= NEVER:
                continue
            own_ms = least_from(pieces, at_rows[profile, PIECES], at_rows[profile + 1, PIECES], start_s)
            free_s = start_s + takes_s[1]
            for then in range(k, own.states):
                if free_s <= pauses[own.duty, k, then, LATEST_S]:
                    pause_s, end_s = pauses[own.duty, k, then, PAUSE_S], pauses[own.duty, k, then, END_S]
                    s = max(free_s + takes_s[2] + pause_s, end_s)
                    least = min(least, own_ms + _rest_at(work, rest + then * STRIDE, s))
        so_far = made[SO_FAR, made[SO_FAR, 0, before, STANDS], before, LEAST]
        least += so_far + 1000 * (takes_s[0] + takes_s[2]) + other_ms
        bound = max(bound, least) if len(periods) == 1 else least
    return bound


@inlined
def _rest_at(work: Rows, f: int, s: int) -> int:
    """The value at s of a function in time that runs backwards."""
    i, value = f + work[f, SIZE], IMPOSSIBLE
    while i > f and work[i, FIRST] > -s:
        i -= 1
    if i > f:
        value = work[i, VALUE] + work[i, SLOPE] * (-s - work[i, FIRST])
    return value
