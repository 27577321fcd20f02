"""From stop to stop as functions of time: every way to drive, with the breaks on it, and what is left of a cost then.

Two kinds of function (pieces.py), one for each number of breaks taken: what it has cost to be
free after a stop by an instant, and what the rest of the route costs if a stop is reached at
an instant. The second is kept in time that runs backwards, so that the same steps make both.

All are kept in one array, since every further one would cost each call that passes it on. A
function is known by its row, which holds its size (or FULL); its pieces follow. The functions
for the next numbers of breaks stand `room` + 1 rows further on each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.layout import END_S, LATEST_S, NEVER, PAUSE_S, Clock
from optimizer.fast.pieces import FULL, IMPOSSIBLE, Rows, add_row, delayed, least_meeting, lowest_so_far, minimum, total
from optimizer.piecewise import FOREVER

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: pieces that a function may have where a whole route is priced, and where it is kept for each stop
ROWS, ROOM = 400, 16
SIZE = 0
#: of a way to drive, its first row: leaving at t <= LATEST serves at s >= t + DELAY and s >= SOONEST; its second:
#: breaks taken before it and after it
DELAY, LATEST, SOONEST, PRICE = range(4)
TAKEN, THEN = range(2)


def new_work(clock: Clock, kept: int = 0) -> Rows:
    """Room for the ways to drive, for making functions, and for `kept` more functions; each thread needs its own."""
    states = clock.pauses.shape[1]
    return np.zeros((kept_at(clock.pauses, clock.periods) + kept * states * (ROOM + 1), 4), dtype=np.int64)


@inlined
def whole_at(pauses: Ints, periods: Longs) -> int:
    """From which row on whole routes are priced: three functions for each number of breaks and two more."""
    return int(2 * pauses.shape[1] ** 3 * len(periods))


@inlined
def spare_at(pauses: Ints, periods: Longs) -> int:
    """From which row on functions to be kept are made: two for each number of breaks and two more."""
    return int(whole_at(pauses, periods) + (3 * pauses.shape[1] + 2) * (ROWS + 1))


@inlined
def kept_at(pauses: Ints, periods: Longs) -> int:
    """From which row on functions are kept."""
    return int(spare_at(pauses, periods) + (2 * pauses.shape[1] + 2) * (ROOM + 1))


@lean
def find_ways(
    rows: Rows, pauses: Ints, periods: Longs, duty: int, states: int, usual_s: int, since_s: int, until_s: int
) -> int:
    """List, from row 0 on, every way to drive `usual_s` (see legs.py), leaving between two times; returns how many.

    At one speed it does not matter whether breaks come before the drive or after it.
    """
    count = 0
    is_same = len(periods) == 1 or usual_s == 0
    for i in range(1 if is_same else len(periods)):
        opens, closes, percent = (-FOREVER, FOREVER, 100) if is_same else (periods[i, 0], periods[i, 1], periods[i, 2])
        if opens > until_s or closes < since_s:
            continue
        travel_s = -(-usual_s * percent // 100)
        for taken in range(states):
            for then in range(taken, states):
                for middle in range(taken, taken + 1 if is_same else then + 1):
                    before_s, after_s = pauses[duty, taken, middle, END_S], pauses[duty, middle, then, LATEST_S]
                    first_s, last_s = max(opens, before_s), min(closes, after_s)
                    is_too_late = pauses[duty, taken, middle, LATEST_S] == -NEVER or after_s == -NEVER
                    if is_too_late or first_s > last_s or (before_s > after_s and middle < then):
                        continue
                    pause_s, later_s = pauses[duty, taken, middle, PAUSE_S], pauses[duty, middle, then, PAUSE_S]
                    way, breaks = rows[2 * count], rows[2 * count + 1]
                    way[DELAY], way[PRICE] = pause_s + travel_s + later_s, 1000 * travel_s
                    way[LATEST] = min(pauses[duty, taken, middle, LATEST_S], last_s - pause_s)
                    way[SOONEST] = max(first_s + travel_s + later_s, pauses[duty, middle, then, END_S])
                    breaks[TAKEN], breaks[THEN] = taken, then
                    count += 1
    return count


@lean
def turn_back(rows: Rows, count: int, took_s: int) -> None:
    """The same ways in time that runs backwards, with a stop of `took_s` before each."""
    for i in range(count):
        way, breaks = 2 * i, 2 * i + 1
        latest_s, taken = rows[way, LATEST], rows[breaks, TAKEN]
        rows[way, LATEST], rows[way, SOONEST] = -rows[way, SOONEST], took_s - latest_s
        rows[way, DELAY] += took_s
        rows[breaks, TAKEN], rows[breaks, THEN] = rows[breaks, THEN], taken


class Stay(NamedTuple):
    """One more stop: its price whenever it starts, its profile's rows, when it may start, and how long it takes."""

    price_ms: int
    first: int
    end: int
    since_s: int
    until_s: int
    took_s: int


@lean
def stop_after(
    rows: Rows, room: int, source: int, target: int, spare: int, count: int, states: int, pieces: Rows, stay: Stay
) -> bool:
    """Make the functions from `target` on: those from `source` on after any of `count` ways and one more stop.

    What is needed in between is made from `spare` on; False if a function would not fit.
    """
    stride = room + 1
    one = spare + states * stride
    if not _drive(rows, room, source, spare, count, states, stay.price_ms):
        return False
    for k in range(states):
        at, to = spare + k * stride, target + k * stride
        n = total(
            rows, at + 1, rows[at, SIZE], pieces, stay.first, stay.end, stay.since_s, stay.until_s, rows, one, room
        )
        if n != FULL:
            n = lowest_so_far(rows, one, n, stay.took_s, rows, to + 1, room)
        if n == FULL:
            return False
        rows[to, SIZE] = n
    return True


@inlined
def _drive(rows: Rows, room: int, source: int, target: int, count: int, states: int, price_ms: int) -> bool:
    """Make the functions from `target` on: those from `source` on after any of `count` ways."""
    stride = room + 1
    one, two = target + states * stride, target + (states + 1) * stride
    has_room = True
    for k in range(states):
        rows[target + k * stride, SIZE] = 0
    for i in range(count):
        way, f, g = 2 * i, source + rows[2 * i + 1, TAKEN] * stride, target + rows[2 * i + 1, THEN] * stride
        delay_s, latest_s, soonest_s = rows[way, DELAY], rows[way, LATEST], rows[way, SOONEST]
        old, price = rows[g, SIZE], price_ms + rows[way, PRICE]
        to = one if old else g + 1
        n = delayed(rows, f + 1, rows[f, SIZE], delay_s, latest_s, soonest_s, price, rows, to, room)
        if old and n > 0:
            n = minimum(rows, g + 1, old, rows, one, n, rows, two, room)
            for j in range(n):
                for column in range(4):
                    rows[g + 1 + j, column] = rows[two + j, column]
        has_room = has_room and n != FULL
        rows[g, SIZE] = n if n > 0 else old
    return has_room


@lean
def least_over_ways(rows: Rows, room: int, source: int, target: int, count: int) -> int:
    """The least cost of the functions from `source` on, any of `count` ways, and those from `target` on of the rest."""
    best, stride = IMPOSSIBLE, room + 1
    for i in range(count):
        way, f, g = 2 * i, source + rows[2 * i + 1, TAKEN] * stride, target + rows[2 * i + 1, THEN] * stride
        delay_s, latest_s, soonest_s = rows[way, DELAY], rows[way, LATEST], rows[way, SOONEST]
        cost = least_meeting(rows, f + 1, rows[f, SIZE], delay_s, latest_s, soonest_s, rows, g + 1, rows[g, SIZE])
        if cost < IMPOSSIBLE:
            best = min(best, cost + rows[way, PRICE])
    return best


@lean
def end_of_day(
    rows: Rows, room: int, target: int, latest_s: Ints, states: int, shift_end_s: int, limit_s: int, overtime_price: int
) -> None:
    """Make the functions of the end of a route, overtime included, with time left for the breaks still to come.

    `latest_s` says by breaks taken when the rest of them must begin.
    """
    for k in range(states):
        rest_s = latest_s[k]
        last, at, m = min(limit_s, rest_s if rest_s < NEVER else FOREVER), target + k * (room + 1), 0
        if rest_s != -NEVER and last > shift_end_s:
            value = overtime_price * (last - shift_end_s)
            m = add_row(rows, at + 1, m, room, -last, -shift_end_s - 1, value, -overtime_price)
        if rest_s != -NEVER:
            m = add_row(rows, at + 1, m, room, -min(last, shift_end_s), FOREVER, 0, 0)
        rows[at, SIZE] = m
