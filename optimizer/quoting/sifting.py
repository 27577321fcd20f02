"""One pass over all gaps: which is the cheapest for each window, and which must be timed exactly to know?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.quoting.day_gaps import FAR, NOWHERE
from optimizer.quoting.reach import Reach, work_out
from optimizer.quoting.slabs import Slabs

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: dearer than anything, in ms
TOO_DEAR = 1 << 60
#: what must hold: that the route can be driven, or that no other stop in it costs more than now either
HARD, CALM = 0, 1


class Asked(NamedTuple):
    """A job as R duties would do it, and W windows it is asked for, with K kinds of duration.

    `rows` names the duties that may serve it, `kind` and `price_ms` what it is for each. For
    a kind and a window, the job may start in `spans` from `span_at[k, w]` to before
    `span_at[k, w + 1]`, first and last second each, at the price in `profile` (first, last, value,
    slope); it costs at least `own_ms[k, w]` then, and no more in the `best` spans.
    `position` is where in the route it must stand, or -1.
    Unless `is_bounded`, costs are not a route's own, and every gap that is feasible is doubtful.
    """

    rows: Ints
    kind: Ints
    price_ms: Longs
    duration_s: Ints  # K
    own_ms: Longs  # K, W
    span_at: Ints  # K, W + 1
    spans: Ints  # spans, 2
    profile: Longs  # spans, 4
    best_at: Ints  # K, W + 1
    best: Ints  # spans, 2
    opens_s: Ints  # W
    closes_s: Ints  # W
    position: int
    is_bounded: bool


class Found(NamedTuple):
    """For each window the least cost that is certain, its duty and gap (-1: none), and what is left to be timed.

    `doubtful` has rows of (window, duty, gap, bound in ms), as many as `length` says; if there
    was no room for all of them, the pass must be made again with more.
    """

    cost_ms: Longs  # W
    duty: Ints  # W
    gap: Ints  # W
    doubtful: Longs  # room, 4
    length: Longs  # 1


def nothing_found(windows: int, room: int) -> Found:
    """To be filled by `sift`."""
    nowhere = np.full(windows, NOWHERE, dtype=np.int32)
    costs = np.full(windows, TOO_DEAR, dtype=np.int64)
    return Found(costs, nowhere, nowhere.copy(), np.empty((room, 4), dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def sift(slabs: Slabs, asked: Asked, reach: Reach, found: Found) -> None:
    """Find the cheapest gaps: those of one job, one pass.

    Almost every gap is ruled out here by its detour, so nothing else is read of it, and
    arrays are passed one by one: handing on whole tuples costs more than the arithmetic.
    """
    before, after, direct_s, gaps, percents = slabs.before, slabs.after, slabs.direct_s, slabs.gaps, slabs.percent
    to_s, from_s, rows, kinds = reach.to_s, reach.from_s, asked.rows, asked.kind
    windows = np.empty(len(asked.opens_s), dtype=np.int32)
    for at in range(len(rows)):
        row, kind = rows[at], kinds[at]
        count = _open_windows(asked.opens_s, asked.closes_s, slabs.start_s[row], slabs.limit_s[row], windows)
        if count == 0:
            continue
        price_ms, soft_ms = asked.price_ms[at], slabs.soft_ms[row]
        most_ms = _most_ms(asked.own_ms, found.cost_ms, kind, windows, count) if asked.is_bounded else TOO_DEAR
        for gap in range(gaps[row]):
            way_s = _at_percent(to_s[before[row, gap]], percents[row]) - direct_s[row, gap]
            if after[row, gap] != NOWHERE:
                way_s += _at_percent(from_s[after[row, gap]], percents[row])
            if _bound_ms(way_s, price_ms, soft_ms) >= most_ms:
                continue
            if asked.position in (NOWHERE, slabs.first[row] + gap):
                _look(slabs, asked, reach, found, at, gap, windows[:count])
                if asked.is_bounded:
                    most_ms = _most_ms(asked.own_ms, found.cost_ms, kind, windows, count)


@compiled
def _open_windows(opens_s: Ints, closes_s: Ints, start_s: int, limit_s: int, windows: Ints) -> int:
    """How many windows meet the hours of a duty; they are put in `windows`."""
    count = 0
    for window in range(len(opens_s)):
        if opens_s[window] <= limit_s and closes_s[window] >= start_s:
            windows[count] = window
            count += 1
    return count


@compiled
def _most_ms(own_ms: Longs, cost_ms: Longs, kind: int, windows: Ints, count: int) -> int:
    """What a gap may add to be of interest to any of these windows."""
    most_ms = -TOO_DEAR
    for n in range(count):
        most_ms = max(most_ms, cost_ms[windows[n]] - own_ms[kind, windows[n]])
    return most_ms


@compiled
def _at_percent(usual_s: int, percent: int) -> int:
    """How long a drive takes at a share of its usual time, rounded up."""
    return int(usual_s) if percent == 100 else -(-int(usual_s) * int(percent) // 100)


@compiled
def _look(slabs: Slabs, asked: Asked, reach: Reach, found: Found, at: int, gap: int, windows: Ints) -> None:
    """Weigh one gap for the windows that its duty is open to."""
    row, kind = asked.rows[at], asked.kind[at]
    work_out(reach, slabs.before[row, gap])
    if slabs.after[row, gap] != NOWHERE:
        work_out(reach, slabs.after[row, gap])
    extra_ms = _extra_ms(slabs, asked, reach, at, gap)
    may_be_exact = asked.is_bounded and _is_exact(slabs, reach, row, gap)
    for window in windows:
        cost_ms = extra_ms + asked.own_ms[kind, window]
        if asked.is_bounded and cost_ms >= found.cost_ms[window]:
            continue
        if may_be_exact and _fits(slabs, asked, reach, at, gap, window, CALM):
            found.cost_ms[window], found.duty[window], found.gap[window] = cost_ms, row, gap
        elif _fits(slabs, asked, reach, at, gap, window, HARD):
            _doubt(found, window, row, gap, cost_ms)


@compiled
def _doubt(found: Found, window: int, row: int, gap: int, bound_ms: int) -> None:
    if found.length[0] < len(found.doubtful):
        one = found.doubtful[found.length[0]]
        one[0], one[1], one[2], one[3] = window, row, gap, bound_ms
    found.length[0] += 1


@compiled
def _there_s(slabs: Slabs, reach: Reach, row: int, gap: int) -> int:
    return _at_percent(reach.to_s[slabs.before[row, gap]], slabs.percent[row])


@compiled
def _onward_s(slabs: Slabs, reach: Reach, row: int, gap: int) -> int:
    after = slabs.after[row, gap]
    return 0 if after == NOWHERE else _at_percent(reach.from_s[after], slabs.percent[row])


@compiled
def _detour_s(slabs: Slabs, reach: Reach, row: int, gap: int) -> int:
    """By how much the job makes the route's drives longer."""
    return _there_s(slabs, reach, row, gap) + _onward_s(slabs, reach, row, gap) - int(slabs.direct_s[row, gap])


@compiled
def _extra_ms(slabs: Slabs, asked: Asked, reach: Reach, at: int, gap: int) -> int:
    """The least that the job can add to the route's cost, its own price by the time of day left aside."""
    row = asked.rows[at]
    return _bound_ms(_detour_s(slabs, reach, row, gap), asked.price_ms[at], slabs.soft_ms[row])


@compiled
def _bound_ms(detour_s: int, price_ms: int, soft_ms: int) -> int:
    """Where a job makes the way shorter, the others might even come to cost nothing more than their drives."""
    relief_ms = int(soft_ms) if detour_s < 0 else 0
    return 1000 * int(detour_s) + int(price_ms) - relief_ms


@compiled
def _is_exact(slabs: Slabs, reach: Reach, row: int, gap: int) -> bool:
    """Whether where nothing is upset, the bound is what it costs."""
    return bool(slabs.is_calm[row]) and (slabs.soft_ms[row] == 0 or _detour_s(slabs, reach, row, gap) >= 0)


@compiled
def _fits(slabs: Slabs, asked: Asked, reach: Reach, at: int, gap: int, window: int, rule: int) -> bool:
    """Whether the job can start in the window, for any way of taking breaks; by CALM, and upset nothing."""
    row, kind = asked.rows[at], asked.kind[at]
    free_s = slabs.calm_free_s if rule == CALM else slabs.free_s
    spans, span_at = (asked.best, asked.best_at) if rule == CALM else (asked.spans, asked.span_at)
    first_span, end_span = span_at[kind, window], span_at[kind, window + 1]
    way_s, states = _there_s(slabs, reach, row, gap), free_s.shape[2]
    for first in range(states):
        free = int(free_s[row, gap, first])
        if free >= FAR:
            continue
        for middle in range(first, states):
            if free > slabs.pause_latest_s[row, first, middle]:
                continue
            start = max(free + way_s + slabs.pause_s[row, first, middle], slabs.pause_end_s[row, first, middle])
            start = max(start, slabs.floor_s[row])
            until = _until_s(slabs, reach, row, gap, middle, rule) - asked.duration_s[kind]
            for span in range(first_span, end_span):
                if max(start, spans[span, 0]) <= min(until, spans[span, 1]):
                    return True
    return False


@compiled
def _until_s(slabs: Slabs, reach: Reach, row: int, gap: int, middle: int, rule: int) -> int:
    """The latest end of the job with so many breaks taken before it, from which the rest can be driven."""
    latest_s = slabs.calm_latest_s if rule == CALM else slabs.latest_s
    way_s, best = _onward_s(slabs, reach, row, gap), -FAR
    for last in range(middle, latest_s.shape[2]):
        latest = int(latest_s[row, gap, last])
        if latest > -FAR and slabs.pause_end_s[row, middle, last] <= latest:
            end = min(latest - way_s - slabs.pause_s[row, middle, last], slabs.pause_latest_s[row, middle, last])
            best = max(best, end)
    return best
