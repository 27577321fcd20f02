"""A problem as the compiled search reads it: arrays of whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: later than everything, in seconds; half of what an int32 can hold, so that sums stay in it
NEVER = 1 << 30
NOBODY = -1

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


class Clock(NamedTuple):
    """All that decides when a route's stops can be and what that costs.

    J jobs, D duties, T technicians, N nodes (the jobs, then starts and ends), K numbers of
    breaks taken. Times are seconds, prices and costs ms of travel. Columns are named below.
    """

    travel_s: Ints  # 1 or 2, N, N: at the usual speed; last, at the best that any duty can meet
    who: Ints  # J, T, 3: DURATION_S, PRICE_MS, PROFILE
    jobs: Longs  # J, job columns
    at: Ints  # profiles + 1, 2: where the PIECES and SPANS of a profile begin
    pieces: Longs  # 2 x pieces, 4: first, last, value, slope of the price of a start; then with time backwards
    spans: Ints  # spans, 2: first and last allowed start
    duties: Longs  # D, duty columns
    pauses: Ints  # D, K, K, 3: PAUSE_S, LATEST_S, END_S of taking breaks in a row
    periods: Longs  # periods, 3: first, last, percent
    numbers: Longs  # see below


DURATION_S, PRICE_MS, PROFILE = range(3)
LEFT_OUT_MS, PINNED_AT, IS_FROZEN, BEGUN_S, FAR_S = range(5)
PIECES, SPANS = range(2)
PERSON, START_NODE, END_NODE, SHIFT_START_S, SHIFT_END_S, LIMIT_S, FREEZE_S, HEAD, STATES, KIND = range(10)
PAUSE_S, LATEST_S, END_S = range(3)
NOW_S, OVERTIME_PRICE, IS_PLAIN, LONGEST, UNFAIRNESS_PRICE, TYPICAL_LEG_S, HAS_PINS = range(7)


class Layout(NamedTuple):
    """A problem as arrays: its clock, who may serve what, and who is near whom."""

    clock: Clock
    to_s: Ints  # 1 or 2, N, N: travel to a node, so that a row is read in one go
    allowed: NDArray[np.bool_]  # J, D
    needs: Ints  # J, parts
    carries: Ints  # D, parts
    around: Ints  # J, neighbours: the nearest first
    near_kinds: Ints  # J, kinds of duty that start near by
    kind_at: Ints  # kinds + 1: duties that differ in nothing are of one kind
    of_kind: Ints  # duties, kind by kind
    crew: Ints  # T: crew, or NOBODY
