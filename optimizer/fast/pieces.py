"""Costs as functions of time in compiled code: what piecewise.py does, over rows of arrays.

A function is `n` rows of an int64 array with the columns first, last, value, slope, in order
of time; where there is no row it is infinite. Every function here writes into a given array
and returns how many rows it wrote, or FULL if the array is too short.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.piecewise import FOREVER

Rows = NDArray[np.int64]
FIRST, LAST, VALUE, SLOPE = range(4)
FULL = -1
#: the cost of what cannot be
IMPOSSIBLE = 1 << 60


@compiled
def add_row(out: Rows, n: int, first: int, last: int, value: int, slope: int) -> int:
    """Append a row, joined to the one before if it goes on in the same line."""
    if n:
        before = n - 1
        goes_on = out[before, LAST] + 1 == first and out[before, SLOPE] == slope
        if goes_on and out[before, VALUE] + slope * (first - out[before, FIRST]) == value:
            out[before, LAST] = last
            return n
    if n >= len(out):
        return FULL
    out[n, FIRST], out[n, LAST], out[n, VALUE], out[n, SLOPE] = first, last, value, slope
    return n + 1


@compiled
def delayed(rows: Rows, n: int, delay: int, latest: int, not_before: int, price: int, out: Rows) -> int:
    """Arriving by s after leaving at t <= latest, with s >= t + delay and s >= not_before."""
    m = 0
    end_last = end_value = 0
    is_any = False
    for i in range(n):
        first, last = rows[i, FIRST], min(rows[i, LAST], latest)
        if first > last:
            break
        value, slope = rows[i, VALUE] + price, rows[i, SLOPE]
        end_last, end_value, is_any = last + delay, value + slope * (last - first), True
        low, high = max(first + delay, not_before), last + delay
        if low <= high:
            m = add_row(out, m, low, high, value + slope * (low - first - delay), slope)
            if m == FULL:
                return FULL
    if is_any and end_last < FOREVER:
        m = add_row(out, m, max(end_last + 1, not_before), FOREVER, end_value, 0)
    return m


@compiled
def total(a: Rows, n: int, b: Rows, b_from: int, b_to: int, out: Rows) -> int:
    """The sum of two functions, the second being the rows from `b_from` to before `b_to`."""
    m, i, j = 0, 0, b_from
    while i < n and j < b_to:
        low, high = max(a[i, FIRST], b[j, FIRST]), min(a[i, LAST], b[j, LAST])
        if low <= high:
            value = a[i, VALUE] + a[i, SLOPE] * (low - a[i, FIRST])
            value += b[j, VALUE] + b[j, SLOPE] * (low - b[j, FIRST])
            m = add_row(out, m, low, high, value, a[i, SLOPE] + b[j, SLOPE])
            if m == FULL:
                return FULL
        if a[i, LAST] < b[j, LAST]:
            i += 1
        else:
            j += 1
    return m


@compiled
def lowest_so_far(rows: Rows, n: int, delay: int, out: Rows) -> int:
    """The least value up to each time, then moved later by `delay` and kept for ever after."""
    m = 0
    best = 0
    for i in range(n):
        first, last, value, slope = rows[i, FIRST], rows[i, LAST], rows[i, VALUE], rows[i, SLOPE]
        start = first
        if m:
            if out[m - 1, LAST] + 1 < first + delay:
                m = add_row(out, m, out[m - 1, LAST] + 1, first + delay - 1, best, 0)
            start = _first_below(first, last, value, slope, best)
            if start != first:
                m = add_row(out, m, first + delay, min(start - 1, last) + delay, best, 0)
            if m == FULL:
                return FULL
            if start > last:
                continue
        fall = min(slope, 0)
        reached = value + slope * (start - first)
        m = add_row(out, m, start + delay, last + delay, reached, fall)
        if m == FULL:
            return FULL
        best = reached + fall * (last - start)
    if m and out[m - 1, LAST] < FOREVER:
        m = add_row(out, m, out[m - 1, LAST] + 1, FOREVER, best, 0)
    return m


@compiled
def _first_below(first: int, last: int, value: int, slope: int, best: int) -> int:
    """The earliest time in a row at which it is less than `best`; after its last if there is none."""
    if value < best:
        return first
    if slope >= 0:
        return last + 1
    return min(last + 1, first + (value - best + 1 - slope - 1) // -slope)


@compiled
def minimum(a: Rows, n: int, b: Rows, k: int, out: Rows) -> int:
    """The lesser of two functions at every time."""
    m, i, j = 0, 0, 0
    at = -4 * FOREVER
    while i < n or j < k:
        if i < n and a[i, LAST] < at:
            i += 1
            continue
        if j < k and b[j, LAST] < at:
            j += 1
            continue
        has_a, has_b = i < n and a[i, FIRST] <= at, j < k and b[j, FIRST] <= at
        end = 4 * FOREVER
        if i < n:
            end = min(end, a[i, LAST] if has_a else a[i, FIRST] - 1)
        if j < k:
            end = min(end, b[j, LAST] if has_b else b[j, FIRST] - 1)
        if has_a and has_b:
            m = _add_lesser(out, m, at, end, a, i, b, j)
        elif has_a:
            m = add_row(out, m, at, end, a[i, VALUE] + a[i, SLOPE] * (at - a[i, FIRST]), a[i, SLOPE])
        elif has_b:
            m = add_row(out, m, at, end, b[j, VALUE] + b[j, SLOPE] * (at - b[j, FIRST]), b[j, SLOPE])
        if m == FULL:
            return FULL
        at = end + 1
    return m


@compiled
def _add_lesser(out: Rows, m: int, low: int, high: int, a: Rows, i: int, b: Rows, j: int) -> int:
    one, two = a[i, VALUE] + a[i, SLOPE] * (low - a[i, FIRST]), b[j, VALUE] + b[j, SLOPE] * (low - b[j, FIRST])
    slope, other = a[i, SLOPE], b[j, SLOPE]
    if two < one or (two == one and other < slope):
        one, two, slope, other = two, one, other, slope
    if slope <= other:
        return add_row(out, m, low, high, one, slope)
    turn = low + (two - one) // (slope - other)  # the first is no dearer up to here
    if turn >= high:
        return add_row(out, m, low, high, one, slope)
    m = add_row(out, m, low, turn, one, slope)
    if m == FULL:
        return FULL
    return add_row(out, m, turn + 1, high, two + other * (turn + 1 - low), other)


@compiled
def value_at(rows: Rows, start: int, end: int, t: int) -> int:
    """The value at t of the rows from `start` to before `end`; -1 where the function is infinite."""
    for i in range(start, end):
        if rows[i, FIRST] <= t <= rows[i, LAST]:
            return int(rows[i, VALUE] + rows[i, SLOPE] * (t - rows[i, FIRST]))
    return -1


@compiled
def least_from(rows: Rows, start: int, end: int, t: int) -> int:
    """The least value at t or later of the rows from `start` to before `end`; IMPOSSIBLE where all are over."""
    best = IMPOSSIBLE
    for i in range(start, end):
        first, last = max(rows[i, FIRST], t), rows[i, LAST]
        if first <= last:
            turn = last if rows[i, SLOPE] < 0 else first
            best = min(best, rows[i, VALUE] + rows[i, SLOPE] * (turn - rows[i, FIRST]))
    return best
