"""Which places of a route a job can have in time, and when it would start there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.layout import NEVER, NOBODY, PIECES, PINNED_AT, SPANS
from optimizer.fast.pieces import IMPOSSIBLE, least_from
from optimizer.fast.route_cost import first_start
from optimizer.fast.routes import BY_S, FREE_S, arrival, departure

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@inlined
def between(
    own: Ints, states: int, first: int, end: int, took_s: int, at_rows: Ints, spans: Ints, profile: int
) -> tuple[int, int]:
    """The places from `first` to before `end` that are not too late or too early for the job at first sight."""
    low, high = at_rows[profile, SPANS], at_rows[profile + 1, SPANS]
    if low == high:
        return first, first
    opens_s, closes_s = spans[low, 0] + took_s, spans[high - 1, 1]
    while end > first and _is_later(own, end - 2, states, closes_s):
        end -= 1
    while first < end and _is_sooner(own, first, states, opens_s):
        first += 1
    return first, end


@inlined
def _is_later(own: Ints, at: int, states: int, closes_s: int) -> bool:
    """Whether nobody is free after stop `at` in time, however many breaks were taken."""
    is_later = True
    for k in range(states):
        is_later = is_later and own[at, k, FREE_S] > closes_s
    return is_later


@inlined
def _is_sooner(own: Ints, at: int, states: int, opens_s: int) -> bool:
    """Whether stop `at` must have begun before, however many breaks were taken."""
    is_sooner = True
    for k in range(states):
        is_sooner = is_sooner and own[at, k, BY_S] < opens_s
    return is_sooner


@inlined
def start_between(
    pauses: Ints,
    states: int,
    duty: int,
    own: Ints,
    at: int,
    legs_s: tuple[int, int],
    took_s: int,
    floor_s: int,
    at_rows: Ints,
    spans: Ints,
    profile: int,
) -> int:
    """The first start between stops `at` - 1 and `at` that lets the rest of the route be in time; NEVER if none."""
    start_s = NEVER
    for k in range(states):
        arrive_s = arrival(pauses, duty, own, at - 1, legs_s[0], k, floor_s)
        s = first_start(at_rows, spans, profile, arrive_s)
        if s < start_s and s + took_s <= departure(pauses, states, duty, own, at, legs_s[1], k):
            start_s = s
    return start_s


@inlined
def least_of(pieces: Longs, at_rows: Ints, profile: int, start_s: int, is_plain: bool) -> int:  # noqa: FBT001 - compiled
    """The least that a start costs from then on; IMPOSSIBLE if there is none."""
    if start_s >= NEVER:
        return IMPOSSIBLE
    return 0 if is_plain else least_from(pieces, at_rows[profile, PIECES], at_rows[profile + 1, PIECES], start_s)


@lean
def pins_stay(jobs: Longs, row: Ints, count: int, at: int, job: int) -> bool:
    """Whether the job may be this stop and nothing pinned to a position is pushed from it; positions count from 0."""
    is_free = bool(jobs[job, PINNED_AT] == NOBODY or jobs[job, PINNED_AT] == at - 1)
    for i in range(at, count + 1):
        is_free = is_free and bool(jobs[row[i], PINNED_AT] == NOBODY)
    return is_free
