"""Costs as functions of time in compiled code: what piecewise.py does, over rows of arrays.

A function is `n` rows of an int64 array from row `at` on, with the columns first, last, value
and slope, in order of time; where there is no row it is infinite. What makes a function writes
it into `out` from row `to` on, where there is `room` for so many rows, and returns how many it
wrote, or FULL if they were not enough.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import lean
from optimizer.piecewise import FOREVER

Rows = NDArray[np.int64]
FIRST, LAST, VALUE, SLOPE = range(4)
FULL = -1
#: the cost of what cannot be
IMPOSSIBLE = 1 << 60


@lean
def add_row(out: Rows, to: int, m: int, room: int, first: int, last: int, value: int, slope: int) -> int:
    """Append a row to the `m` there are, joined to the one before if it goes on in the same line."""
    if m:
        before = to + m - 1
        goes_on = out[before, LAST] + 1 == first and out[before, SLOPE] == slope
        if goes_on and out[before, VALUE] + slope * (first - out[before, FIRST]) == value:
            out[before, LAST] = last
            return m
    if m >= room:
        return FULL
    k = to + m
    out[k, FIRST], out[k, LAST], out[k, VALUE], out[k, SLOPE] = first, last, value, slope
    return m + 1


@lean
def delayed(
    rows: Rows, at: int, n: int, delay: int, latest: int, not_before: int, price: int, out: Rows, to: int, room: int
) -> int:
    """Arriving by s after leaving at t <= latest, with s >= t + delay and s >= not_before."""
    m = 0
    end_last = end_value = 0
    is_any = False
    for i in range(at, at + n):
        first, last = rows[i, FIRST], min(rows[i, LAST], latest)
        if first > last:
            break
        value, slope = rows[i, VALUE] + price, rows[i, SLOPE]
        end_last, end_value, is_any = last + delay, value + slope * (last - first), True
        low, high = max(first + delay, not_before), last + delay
        if low <= high:
            m = add_row(out, to, m, room, low, high, value + slope * (low - first - delay), slope)
            if m == FULL:
                return FULL
    if is_any and end_last < FOREVER:
        m = add_row(out, to, m, room, max(end_last + 1, not_before), FOREVER, end_value, 0)
    return m


@lean
def total(
    a: Rows, at: int, n: int, b: Rows, b_from: int, b_to: int, since: int, until: int, out: Rows, to: int, room: int
) -> int:
    """The sum of two functions between two times, the second being the rows from `b_from` to before `b_to`."""
    m, i, j = 0, at, b_from
    while i < at + n and j < b_to:
        low, high = max(a[i, FIRST], b[j, FIRST], since), min(a[i, LAST], b[j, LAST], until)
        if low <= high:
            value = a[i, VALUE] + a[i, SLOPE] * (low - a[i, FIRST])
            value += b[j, VALUE] + b[j, SLOPE] * (low - b[j, FIRST])
            m = add_row(out, to, m, room, low, high, value, a[i, SLOPE] + b[j, SLOPE])
            if m == FULL:
                return FULL
        if a[i, LAST] < b[j, LAST]:
            i += 1
        else:
            j += 1
    return m


@lean
def lowest_so_far(rows: Rows, at: int, n: int, delay: int, out: Rows, to: int, room: int) -> int:
    """The least value up to each time, then moved later by `delay` and kept for ever after."""
    m = 0
    best = 0
    for i in range(at, at + n):
        first, last, value, slope = rows[i, FIRST], rows[i, LAST], rows[i, VALUE], rows[i, SLOPE]
        start = first
        if m:
            if out[to + m - 1, LAST] + 1 < first + delay:
                m = add_row(out, to, m, room, out[to + m - 1, LAST] + 1, first + delay - 1, best, 0)
            start = _first_below(first, last, value, slope, best)
            if start != first and m != FULL:
                m = add_row(out, to, m, room, first + delay, min(start - 1, last) + delay, best, 0)
            if m == FULL:
                return FULL
            if start > last:
                continue
        fall = min(slope, 0)
        reached = value + slope * (start - first)
        m = add_row(out, to, m, room, start + delay, last + delay, reached, fall)
        if m == FULL:
            return FULL
        best = reached + fall * (last - start)
    if m and out[to + m - 1, LAST] < FOREVER:
        m = add_row(out, to, m, room, out[to + m - 1, LAST] + 1, FOREVER, best, 0)
    return m


@lean
def _first_below(first: int, last: int, value: int, slope: int, best: int) -> int:
    """The earliest time in a row at which it is less than `best`; after its last if there is none."""
    if value < best:
        return first
    if slope >= 0:
        return last + 1
    return min(last + 1, first + (value - best + 1 - slope - 1) // -slope)


@lean
def minimum(a: Rows, at: int, n: int, b: Rows, b_at: int, k: int, out: Rows, to: int, room: int) -> int:
    """The lesser of two functions at every time."""
    m, i, j, a_end, b_end = 0, at, b_at, at + n, b_at + k
    t = -4 * FOREVER
    while i < a_end or j < b_end:
        if i < a_end and a[i, LAST] < t:
            i += 1
            continue
        if j < b_end and b[j, LAST] < t:
            j += 1
            continue
        has_a, has_b = i < a_end and a[i, FIRST] <= t, j < b_end and b[j, FIRST] <= t
        end = 4 * FOREVER
        if i < a_end:
            end = min(end, a[i, LAST] if has_a else a[i, FIRST] - 1)
        if j < b_end:
            end = min(end, b[j, LAST] if has_b else b[j, FIRST] - 1)
        if has_a and has_b:
            m = _add_lesser(out, to, m, room, t, end, a, i, b, j)
        elif has_a:
            m = add_row(out, to, m, room, t, end, a[i, VALUE] + a[i, SLOPE] * (t - a[i, FIRST]), a[i, SLOPE])
        elif has_b:
            m = add_row(out, to, m, room, t, end, b[j, VALUE] + b[j, SLOPE] * (t - b[j, FIRST]), b[j, SLOPE])
        if m == FULL:
            return FULL
        t = end + 1
    return m


@lean
def _add_lesser(out: Rows, to: int, m: int, room: int, low: int, high: int, a: Rows, i: int, b: Rows, j: int) -> int:
    one, two = a[i, VALUE] + a[i, SLOPE] * (low - a[i, FIRST]), b[j, VALUE] + b[j, SLOPE] * (low - b[j, FIRST])
    slope, other = a[i, SLOPE], b[j, SLOPE]
    if two < one or (two == one and other < slope):
        one, two, slope, other = two, one, other, slope
    if slope <= other:
        return add_row(out, to, m, room, low, high, one, slope)
    turn = low + (two - one) // (slope - other)  # the first is no dearer up to here
    if turn >= high:
        return add_row(out, to, m, room, low, high, one, slope)
    m = add_row(out, to, m, room, low, turn, one, slope)
    if m == FULL:
        return FULL
    return add_row(out, to, m, room, turn + 1, high, two + other * (turn + 1 - low), other)


@lean
def least_meeting(
    a: Rows, at: int, n: int, delay: int, latest: int, not_before: int, b: Rows, b_at: int, k: int
) -> int:
    """The least cost of leaving at t <= latest and of what follows if one is there at max(t + delay, not_before).

    `a` is the cost of leaving at t, falling; `b` that of what follows, in time that runs backwards.
    """
    if n == 0 or k == 0 or a[at, FIRST] > latest:
        return IMPOSSIBLE
    t = max(a[at, FIRST], min(latest, not_before - delay))
    i, j = at, b_at + k - 1
    while a[i, LAST] < t:
        i += 1
    gone = max(t + delay, not_before)
    while j >= b_at and b[j, FIRST] > -gone:
        j -= 1
    if j < b_at:
        return IMPOSSIBLE
    best = a[i, VALUE] + a[i, SLOPE] * (t - a[i, FIRST]) + b[j, VALUE] + b[j, SLOPE] * (-gone - b[j, FIRST])
    if t + delay < not_before:
        return int(best)
    while True:
        end = min(a[i, LAST], latest, -b[j, FIRST] - delay)
        here = a[i, VALUE] + a[i, SLOPE] * (t - a[i, FIRST]) + b[j, VALUE] + b[j, SLOPE] * (-t - delay - b[j, FIRST])
        best = min(best, here, here + (a[i, SLOPE] - b[j, SLOPE]) * (end - t))
        t = end + 1
        i += a[i, LAST] < t
        j -= -t - delay < b[j, FIRST]
        if t > latest or i >= at + n or j < b_at:
            return int(best)


@lean
def value_at(rows: Rows, start: int, end: int, t: int) -> int:
    """The value at t of the rows from `start` to before `end`; -1 where the function is infinite."""
    for i in range(start, end):
        if rows[i, FIRST] <= t <= rows[i, LAST]:
            return int(rows[i, VALUE] + rows[i, SLOPE] * (t - rows[i, FIRST]))
    return -1


@lean
def least_from(rows: Rows, start: int, end: int, t: int) -> int:
    """The least value at t or later of the rows from `start` to before `end`; IMPOSSIBLE where all are over."""
    best = IMPOSSIBLE
    for i in range(start, end):
        first, last = max(rows[i, FIRST], t), rows[i, LAST]
        if first <= last:
            turn = last if rows[i, SLOPE] < 0 else first
            best = min(best, rows[i, VALUE] + rows[i, SLOPE] * (turn - rows[i, FIRST]))
    return best


def mirrored(pieces: Rows, starts: NDArray[np.int32]) -> Rows:
    """Functions in time that runs backwards; those of f are the rows from starts[f] to before starts[f + 1]."""
    rows = pieces.copy()
    rows[:, FIRST], rows[:, LAST] = -pieces[:, LAST], -pieces[:, FIRST]
    rows[:, VALUE] += pieces[:, SLOPE] * (pieces[:, LAST] - pieces[:, FIRST])
    rows[:, SLOPE] *= -1
    for start, end in pairwise(starts):
        rows[start:end] = rows[start:end][::-1].copy()
    return rows
