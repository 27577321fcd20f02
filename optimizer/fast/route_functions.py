"""What time costs along each route as it stands: before every stop and after it, made anew only where it changed.

For each job that stands in a route and each number of breaks taken there are two functions
(drives.py): what it has cost so far to be free after the job by an instant, and what the REST
costs if the job is reached at an instant. A function is made from that of the stop before (the
stop after), and is good as long as that one is the same: each has a serial number, and that
of the one it was made from. Two of each are kept for a job, so that a step can be taken back.

`made[way, s, n]` is of the s-th function of n, SO_FAR or REST, n being a job or, after the
jobs, a duty: where it goes on from what is begun, and its end. `made[way, 0, n, STANDS]` is
which of the two stands; `made[SO_FAR, 1, -1, SERIAL]` is the last number given, as of a duty
there is never a second. Nothing is kept where no time has a price.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.drives import (
    ROOM,
    SIZE,
    Stay,
    end_of_day,
    find_ways,
    kept_at,
    least_over_ways,
    spare_at,
    stop_after,
    turn_back,
)
from optimizer.fast.layout import (
    BEGUN_S,
    DURATION_S,
    FREEZE_S,
    HEAD,
    IS_FROZEN,
    LATEST_S,
    LIMIT_S,
    NOW_S,
    OVERTIME_PRICE,
    PERSON,
    PIECES,
    PRICE_MS,
    PROFILE,
    SHIFT_END_S,
    STATES,
    Clock,
)
from optimizer.fast.pieces import FIRST, FULL, IMPOSSIBLE, VALUE, Rows
from optimizer.fast.route_cost import route_cost
from optimizer.fast.route_ends import first_state
from optimizer.fast.timed_cost import cut_before, start_at
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

SO_FAR, REST = range(2)
#: of a function made: its serial number, that of what it was made from, the step that made it, its least value in ms
SERIAL, SOURCE, STEP, LEAST, STANDS = range(5)
STRIDE = ROOM + 1


class Own(NamedTuple):
    """What of a duty decides its functions."""

    duty: int
    person: int
    states: int
    freeze_s: int
    limit_s: int


@inlined
def own_of(duties: Longs, duty: int) -> Own:
    """What of a duty decides its functions."""
    return Own(duty, duties[duty, PERSON], duties[duty, STATES], duties[duty, FREEZE_S], duties[duty, LIMIT_S])


@inlined
def standing(made: Longs, kept: int, most: int, way: int, n: int) -> int:
    """The row of the functions of n that stand."""
    return int(kept + ((2 * way + made[way, 0, n, STANDS]) * made.shape[2] + n) * most * STRIDE)


@inlined
def stop_before(jobs: Longs, head: int, duty: int, nodes: Ints, at: int) -> int:
    """Whose functions say what it has cost before stop `at`, which is not frozen: a job's, or the duty's."""
    return len(jobs) + duty if at == 1 or (at == head + 1 and jobs[nodes[head], BEGUN_S] != -FOREVER) else nodes[at - 1]


@lean
def renewed_cost(clock: Clock, made: Longs, work: Rows, duty: int, nodes: Ints, count: int, step: int) -> int:
    """Make what is not known of a route as it stands, and return its cost in ms; it changed in this step."""
    cost = _renew(clock, made, work, duty, nodes, count, step)
    return route_cost(clock, duty, nodes, count, work) if cost == FULL else cost


@inlined
def _renew(clock: Clock, made: Longs, work: Rows, duty: int, nodes: Ints, count: int, step: int) -> int:
    """Make the functions of a route that are not known; returns its cost in ms.

    FULL if there is no room to say, or if every stop is frozen. Arrays are taken out of their
    tuples before the loops: inside them that would cost more than the work.
    """
    jobs, who, at_rows, travel_s, duties = clock.jobs, clock.who, clock.at, clock.travel_s, clock.duties
    pauses, periods, pieces, now_s = clock.pauses, clock.periods, clock.pieces, clock.numbers[NOW_S]
    most, kept, start = pauses.shape[1], kept_at(pauses, periods), len(jobs) + duty
    own, head = own_of(duties, duty), duties[duty, HEAD]
    if made[SO_FAR, 0, start, SERIAL] == 0:
        _begin(clock, made, work, duty, nodes)
    before = start
    for at in range(1, count + 1):
        job = nodes[at]
        if at > head or jobs[job, BEGUN_S] == -FOREVER:
            if not _find(made, SO_FAR, job, before, step):
                source = standing(made, kept, most, SO_FAR, before)
                target = standing(made, kept, most, SO_FAR, job)
                usual_s, is_frozen = travel_s[0, nodes[at - 1], job], jobs[job, IS_FROZEN] != 0
                add_stop(work, pauses, periods, own, who, at_rows, pieces, usual_s, job, is_frozen, source, target)
                if at == head and work[target, SIZE] != FULL:
                    cut_before(work, ROOM, target, own.states, now_s)
                _note(made, work, SO_FAR, job, before, target, own.states, step)
            before = job
    after = start
    for at in range(count, head, -1):
        job = nodes[at]
        if not _find(made, REST, job, after, step):
            source = standing(made, kept, most, REST, after)
            target = standing(made, kept, most, REST, job)
            usual_s = travel_s[0, job, nodes[at + 1]]
            _add_stop_before(work, pauses, periods, own, who, at_rows, pieces, usual_s, job, source, target)
            _note(made, work, REST, job, after, target, own.states, step)
        after = job
    cost = FULL
    source = standing(made, kept, most, SO_FAR, stop_before(jobs, head, duty, nodes, head + 1))
    target = standing(made, kept, most, REST, after)
    if count > head and work[source, SIZE] != FULL and work[target, SIZE] != FULL:
        usual_s = travel_s[0, nodes[head], nodes[head + 1]]
        ways = find_ways(work, pauses, periods, duty, own.states, usual_s, -FOREVER, own.limit_s)
        cost = least_over_ways(work, ROOM, source, target, ways)
    return cost


@lean
def _begin(clock: Clock, made: Longs, work: Rows, duty: int, nodes: Ints) -> None:
    """Make the functions of where a route goes on from what is begun, and of its end."""
    states, head, kept = clock.duties[duty, STATES], clock.duties[duty, HEAD], kept_at(clock.pauses, clock.periods)
    n = len(clock.jobs) + duty
    begun, free_s, cost = first_state(clock, duty, nodes, head)
    for at in range(1, begun + 1):
        cost += clock.who[nodes[at], clock.duties[duty, PERSON], PRICE_MS]
    source = standing(made, kept, clock.pauses.shape[1], SO_FAR, n)
    start_at(work, ROOM, source, states, free_s, cost)
    if begun == head:
        cut_before(work, ROOM, source, states, clock.numbers[NOW_S])
    limit_s, end_s = clock.duties[duty, LIMIT_S], clock.duties[duty, SHIFT_END_S]
    target = standing(made, kept, clock.pauses.shape[1], REST, n)
    latest_s = clock.pauses[duty, :, states - 1, LATEST_S]
    end_of_day(work, ROOM, target, latest_s, states, end_s, limit_s, clock.numbers[OVERTIME_PRICE])
    made[SO_FAR, 0, n, LEAST] = cost
    for way in range(2):
        made[way, 0, n, SERIAL] = -1 - duty


@inlined
def _find(made: Longs, way: int, n: int, before: int, step: int) -> bool:
    """Let that of the two stand which is made from what stands before; if there is none, the one to be made anew."""
    made_from = made[way, made[way, 0, before, STANDS], before, SERIAL]
    s = made[way, 0, n, STANDS]
    is_known = made[way, s, n, SOURCE] == made_from
    if not is_known:
        is_of_step = made[way, s, n, STEP] == step
        is_known = made[way, 1 - s, n, SOURCE] == made_from
        if is_known or not is_of_step:  # what stood before this step is kept
            made[way, 0, n, STANDS] = 1 - s
            if not is_of_step:
                made[way, 1 - s, n, STEP] = step
    return bool(is_known)


@inlined
def _note(made: Longs, work: Rows, way: int, n: int, before: int, target: int, states: int, step: int) -> None:
    """Say what functions were made from, and their least value: as they fall, that of their last rows."""
    least, s = IMPOSSIBLE, made[way, 0, n, STANDS]
    for k in range(states):
        size = work[target + k * STRIDE, SIZE]
        if size > 0:
            least = min(least, work[target + k * STRIDE + size, VALUE])
    made[SO_FAR, 1, -1, SERIAL] += 1
    made[way, s, n, SERIAL], made[way, s, n, STEP] = made[SO_FAR, 1, -1, SERIAL], step
    made[way, s, n, SOURCE] = made[way, made[way, 0, before, STANDS], before, SERIAL]
    made[way, s, n, LEAST] = least


@inlined
def add_stop(
    work: Rows,
    pauses: Ints,
    periods: Longs,
    own: Own,
    who: Ints,
    at_rows: Ints,
    pieces: Rows,
    usual_s: int,
    job: int,
    is_frozen: bool,  # noqa: FBT001 - compiled
    source: int,
    target: int,
) -> None:
    """Make the functions from `target` on: those after `usual_s` of drive and one more stop; FULL if they do not fit.

    The price of sending this technician is included.
    """
    is_made = work[source, SIZE] != FULL
    if is_made:
        profile, spare = who[job, own.person, PROFILE], spare_at(pauses, periods) + pauses.shape[1] * STRIDE
        since_s = work[source + 1, FIRST] if work[source, SIZE] else -FOREVER
        ways = find_ways(work, pauses, periods, own.duty, own.states, usual_s, since_s, own.limit_s)
        stay = Stay(
            who[job, own.person, PRICE_MS],
            at_rows[profile, PIECES],
            at_rows[profile + 1, PIECES],
            -FOREVER if is_frozen else own.freeze_s,
            FOREVER,
            who[job, own.person, DURATION_S],
        )
        is_made = stop_after(work, ROOM, source, target, spare, ways, own.states, pieces, stay)
    if not is_made:
        work[target, SIZE] = FULL


@inlined
def _add_stop_before(
    work: Rows,
    pauses: Ints,
    periods: Longs,
    own: Own,
    who: Ints,
    at_rows: Ints,
    pieces: Rows,
    usual_s: int,
    job: int,
    source: int,
    target: int,
) -> None:
    """The same in time that runs backwards: a stop, then the drive to those from `source` on."""
    is_made = work[source, SIZE] != FULL
    if is_made:
        profile, spare = who[job, own.person, PROFILE], spare_at(pauses, periods) + pauses.shape[1] * STRIDE
        ways = find_ways(work, pauses, periods, own.duty, own.states, usual_s, -FOREVER, own.limit_s)
        turn_back(work, ways, who[job, own.person, DURATION_S])
        mirrored = len(pieces) // 2
        stay = Stay(
            who[job, own.person, PRICE_MS],
            mirrored + at_rows[profile, PIECES],
            mirrored + at_rows[profile + 1, PIECES],
            -FOREVER,
            -own.freeze_s,
            0,
        )
        is_made = stop_after(work, ROOM, source, target, spare, ways, own.states, pieces, stay)
    if not is_made:
        work[target, SIZE] = FULL
