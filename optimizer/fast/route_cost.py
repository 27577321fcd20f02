"""What an order of jobs on a duty costs in its cheapest times, exactly, in compiled code.

The same dynamic program as timing.py, without the times themselves: where the earliest
times cost nothing but travel that is the answer, otherwise functions of time are carried
from stop to stop, one for each number of breaks taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.early_cost import earliest_cost
from optimizer.fast.layout import NEVER, PERSON, PRICE_MS, SPANS, Clock
from optimizer.fast.pieces import IMPOSSIBLE, Rows
from optimizer.fast.timed_cost import cheapest_cost
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]


@lean
def route_cost(clock: Clock, duty: int, nodes: Ints, count: int, work: Rows) -> int:
    """The cost in ms of the `count` jobs in nodes[1 : count + 1]; IMPOSSIBLE if they cannot be driven so.

    nodes[0] is the duty's start node and nodes[count + 1] its end node. Skills, parts and
    pins are the caller's to keep; prices of sending this technician are included.
    """
    if count == 0:
        return 0
    prices = 0
    for at in range(1, count + 1):
        prices += clock.who[nodes[at], clock.duties[duty, PERSON], PRICE_MS]
    if len(clock.periods) == 1:
        early = earliest_cost(clock, duty, nodes, count, work)
        if early != FOREVER:
            return IMPOSSIBLE if early >= IMPOSSIBLE else early + prices
    cheapest = cheapest_cost(clock, duty, nodes, count, work)
    return IMPOSSIBLE if cheapest >= IMPOSSIBLE else cheapest + prices


@inlined
def first_start(at_rows: Ints, spans: Ints, profile: int, arrive_s: int) -> int:
    """The first allowed start at or after an arrival; NEVER if there is none."""
    start_s = NEVER
    for i in range(at_rows[profile + 1, SPANS] - 1, at_rows[profile, SPANS] - 1, -1):
        if arrive_s <= spans[i, 1]:
            start_s = max(arrive_s, spans[i, 0])
    return start_s
