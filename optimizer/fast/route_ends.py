"""How a route begins, with what is a fact already, and by when it must be over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.fast.layout import (
    BEGUN_S,
    DURATION_S,
    HEAD,
    IS_FROZEN,
    LIMIT_S,
    PERSON,
    PIECES,
    PROFILE,
    SHIFT_START_S,
    Clock,
)
from optimizer.fast.pieces import value_at
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]


@compiled
def first_state(clock: Clock, duty: int, nodes: Ints, count: int) -> tuple[int, int, int]:
    """How many stops are begun, when the technician is free after them, and what their prices and travel come to."""
    begun, free_s, cost = 0, clock.duties[duty, SHIFT_START_S], 0
    for at in range(1, count + 1):
        job = nodes[at]
        if clock.jobs[job, BEGUN_S] == -FOREVER or not clock.jobs[job, IS_FROZEN]:
            break
        person = clock.duties[duty, PERSON]
        profile = clock.who[job, person, PROFILE]
        own = value_at(clock.pieces, clock.at[profile, PIECES], clock.at[profile + 1, PIECES], clock.jobs[job, BEGUN_S])
        usual_s = clock.travel_s[0, nodes[at - 1], job]
        cost += max(own, 0) + 1000 * _at_speed(clock, usual_s, free_s)
        free_s = clock.jobs[job, BEGUN_S] + clock.who[job, person, DURATION_S]
        begun = at
    return begun, free_s, cost


@compiled
def _at_speed(clock: Clock, usual_s: int, leave_s: int) -> int:
    for i in range(len(clock.periods)):
        if clock.periods[i, 0] <= leave_s <= clock.periods[i, 1]:
            return int(-(-usual_s * clock.periods[i, 2] // 100))
    return usual_s


@compiled
def over_by_s(clock: Clock, duty: int, count: int) -> int:
    """By when the route must be over; what is all frozen is never refused."""
    return FOREVER if count == clock.duties[duty, HEAD] else clock.duties[duty, LIMIT_S]
