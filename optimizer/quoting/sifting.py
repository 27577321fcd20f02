"""One pass over all gaps: which is the cheapest for each window, and which must be timed exactly to know?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, lean
from optimizer.fast.layout import END_S, LATEST_S, PAUSE_S
from optimizer.quoting.day_gaps import FAR, NOWHERE
from optimizer.quoting.reach import Reach, work_out
from optimizer.quoting.slabs import Slabs
from optimizer.quoting.time_costs import REST, SO_FAR

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: dearer than anything, in ms
TOO_DEAR = 1 << 60
#: what must hold: that the route can be driven, or that no other stop in it costs more than now either
HARD, CALM = 0, 1
#: where no bound is sure, one duty in so many is looked at first
FEW = 4


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
    """For each window the least cost that is certain, and where: `at` in `Asked.rows` (-1: nowhere), in which gap.

    `doubtful` has rows of (window, index in `Asked.rows`, gap, bound in ms), as many as `length`
    says; if there was no room for all of them, the pass must be made again with more.
    """

    cost_ms: Longs  # W
    at: Ints  # W
    gap: Ints  # W
    doubtful: Longs  # room, 4
    length: Longs  # 1


def nothing_found(windows: int, room: int) -> Found:
    """To be filled by `sift`."""
    nowhere = np.full(windows, NOWHERE, dtype=np.int32)
    costs = np.full(windows, TOO_DEAR, dtype=np.int64)
    return Found(costs, nowhere, nowhere.copy(), np.empty((room, 4), dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def sift(slabs: Slabs, pieces: Longs, asked: Asked, reach: Reach, found: Found, *, by_bounds: bool) -> None:
    """Find the cheapest gaps: those of one job, one pass.

    `by_bounds` looks at one duty in FEW, and takes each bound for what it costs: nothing is in
    doubt then, and nothing sure.
    Almost every gap is ruled out here by its detour, so nothing else is read of it, and
    arrays are passed one by one: handing on whole tuples costs more than the arithmetic.
    """
    before, after, direct_s, gaps, percents = slabs.before, slabs.after, slabs.direct_s, slabs.gaps, slabs.percent
    to_s, from_s, rows, kinds = reach.to_s, reach.from_s, asked.rows, asked.kind
    windows = np.empty(len(asked.opens_s), dtype=np.int32)
    for at in range(0, len(rows), FEW if by_bounds else 1):
        row, kind = rows[at], kinds[at]
        count = _open_windows(asked.opens_s, asked.closes_s, slabs.start_s[row], slabs.limit_s[row], windows)
        if count == 0:
            continue
        price_ms, soft_ms = asked.price_ms[at], slabs.soft_ms[row]
        most_ms = _most_ms(asked.own_ms, found.cost_ms, kind, windows, count) if asked.is_bounded else TOO_DEAR
        for gap in range(gaps[row]):
            way_s = _at_percent(to_s[before[row, gap]], percents[row, gap]) - direct_s[row, gap]
            if after[row, gap] != NOWHERE:
                way_s += _at_percent(from_s[after[row, gap]], percents[row, gap])
            if _bound_ms(way_s, price_ms, soft_ms) >= most_ms:
                continue
            if asked.position in (NOWHERE, slabs.first[row] + gap):
                _look(slabs, pieces, asked, reach, found, at, gap, windows[:count], by_bounds)
                if asked.is_bounded:
                    most_ms = _most_ms(asked.own_ms, found.cost_ms, kind, windows, count)


@lean
def _open_windows(opens_s: Ints, closes_s: Ints, start_s: int, limit_s: int, windows: Ints) -> int:
    """How many windows meet the hours of a duty; they are put in `windows`."""
    count = 0
    for window in range(len(opens_s)):
        if opens_s[window] <= limit_s and closes_s[window] >= start_s:
            windows[count] = window
            count += 1
    return count


@lean
def _most_ms(own_ms: Longs, cost_ms: Longs, kind: int, windows: Ints, count: int) -> int:
    """What a gap may add to be of interest to any of these windows."""
    most_ms = -TOO_DEAR
    for n in range(count):
        most_ms = max(most_ms, cost_ms[windows[n]] - own_ms[kind, windows[n]])
    return most_ms


@lean
def _at_percent(usual_s: int, percent: int) -> int:
    """How long a drive takes at a share of its usual time, rounded up."""
    return int(usual_s) if percent == 100 else -(-int(usual_s) * int(percent) // 100)


@lean
def _look(
    slabs: Slabs,
    pieces: Longs,
    asked: Asked,
    reach: Reach,
    found: Found,
    at: int,
    gap: int,
    windows: Ints,
    by_bounds: bool,  # noqa: FBT001 - compiled
) -> None:
    """Weigh one gap for the windows that its duty is open to."""
    row, kind = asked.rows[at], asked.kind[at]
    work_out(reach, slabs.before[row, gap])
    if slabs.after[row, gap] != NOWHERE:
        work_out(reach, slabs.after[row, gap])
    extra_ms = _extra_ms(slabs, asked, reach, at, gap)
    is_exact = asked.is_bounded and _is_exact(slabs, reach, row, gap)
    for window in windows:
        cost_ms = extra_ms + asked.own_ms[kind, window]
        if asked.is_bounded and cost_ms >= found.cost_ms[window]:
            continue
        is_sure = is_exact and _fits(slabs, asked, reach, at, gap, window, CALM)
        if not is_sure and asked.is_bounded and slabs.costs_at[row] >= 0:
            cost_ms = max(cost_ms, _least_ms(slabs, pieces, asked, reach, at, gap, window))
            if cost_ms >= found.cost_ms[window]:
                continue
        if is_sure or (by_bounds and _fits(slabs, asked, reach, at, gap, window, HARD)):
            found.cost_ms[window], found.at[window], found.gap[window] = cost_ms, at, gap
        elif not by_bounds and _fits(slabs, asked, reach, at, gap, window, HARD):
            _doubt(found, window, at, gap, cost_ms)


@lean
def _least_ms(slabs: Slabs, pieces: Longs, asked: Asked, reach: Reach, at: int, gap: int, window: int) -> int:
    """The least that the job can add in a window: what comes before it costs no less than if it starts at its last.

    What comes after it costs no less than if it starts at its first.
    """
    row, kind = asked.rows[at], asked.kind[at]
    first, end = asked.span_at[kind, window], asked.span_at[kind, window + 1]
    if first == end:
        return TOO_DEAR
    there_s, onward_s, states = _there_s(slabs, reach, row, gap), _onward_s(slabs, reach, row, gap), slabs.states[row]
    free = FAR
    for k in range(states):
        free = min(free, int(slabs.free_s[row, gap, k]))
    start_s, last_s = max(free + there_s, slabs.floor_s[row], int(asked.spans[first, 0])), int(asked.spans[end - 1, 1])
    least, rest, costs, start = TOO_DEAR, TOO_DEAR, slabs.costs[row, gap], slabs.costs_at[row]
    for k in range(states - 1, -1, -1):
        to_s = start_s + asked.duration_s[kind] + onward_s
        rest = min(rest, _value_at(pieces, start + costs[REST, k, 0], start + costs[REST, k, 1], -to_s))
        so_far = _value_at(pieces, start + costs[SO_FAR, k, 0], start + costs[SO_FAR, k, 1], last_s - there_s)
        least = min(least, so_far + rest)
    if least >= TOO_DEAR:
        return TOO_DEAR
    return int(
        _bound_ms(there_s + onward_s, asked.price_ms[at], 0) + least + asked.own_ms[kind, window] - slabs.now_ms[row]
    )


@lean
def _value_at(pieces: Longs, first: int, end: int, t: int) -> int:
    """The value at t of a function that goes on for ever."""
    i = end - 1
    while i >= first and pieces[i, 0] > t:
        i -= 1
    return TOO_DEAR if i < first else int(pieces[i, 2] + pieces[i, 3] * (t - pieces[i, 0]))


@lean
def _doubt(found: Found, window: int, at: int, gap: int, bound_ms: int) -> None:
    if found.length[0] < len(found.doubtful):
        one = found.doubtful[found.length[0]]
        one[0], one[1], one[2], one[3] = window, at, gap, bound_ms
    found.length[0] += 1


@lean
def _there_s(slabs: Slabs, reach: Reach, row: int, gap: int) -> int:
    return _at_percent(reach.to_s[slabs.before[row, gap]], slabs.percent[row, gap])


@lean
def _onward_s(slabs: Slabs, reach: Reach, row: int, gap: int) -> int:
    after = slabs.after[row, gap]
    return 0 if after == NOWHERE else _at_percent(reach.from_s[after], slabs.percent[row, gap])


@lean
def _detour_s(slabs: Slabs, reach: Reach, row: int, gap: int) -> int:
    """By how much the job makes the route's drives longer."""
    return _there_s(slabs, reach, row, gap) + _onward_s(slabs, reach, row, gap) - int(slabs.direct_s[row, gap])


@lean
def _extra_ms(slabs: Slabs, asked: Asked, reach: Reach, at: int, gap: int) -> int:
    """The least that the job can add to the route's cost, its own price by the time of day left aside."""
    row = asked.rows[at]
    return _bound_ms(_detour_s(slabs, reach, row, gap), asked.price_ms[at], slabs.soft_ms[row])


@lean
def _bound_ms(detour_s: int, price_ms: int, soft_ms: int) -> int:
    """Where a job makes the way shorter, the others might even come to cost nothing more than their drives."""
    relief_ms = int(soft_ms) if detour_s < 0 else 0
    return 1000 * int(detour_s) + int(price_ms) - relief_ms


@lean
def _is_exact(slabs: Slabs, reach: Reach, row: int, gap: int) -> bool:
    """Whether where nothing is upset, the bound is what it costs."""
    return bool(slabs.is_calm[row]) and (slabs.soft_ms[row] == 0 or _detour_s(slabs, reach, row, gap) >= 0)


@lean
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
            pause = slabs.pauses[row, first, middle]
            if free > pause[LATEST_S]:
                continue
            start = max(free + way_s + pause[PAUSE_S], pause[END_S], slabs.floor_s[row])
            until = _until_s(slabs, reach, row, gap, middle, rule) - asked.duration_s[kind]
            for span in range(first_span, end_span):
                if max(start, spans[span, 0]) <= min(until, spans[span, 1]):
                    return True
    return False


@lean
def _until_s(slabs: Slabs, reach: Reach, row: int, gap: int, middle: int, rule: int) -> int:
    """The latest end of the job with so many breaks taken before it, from which the rest can be driven."""
    latest_s = slabs.calm_latest_s if rule == CALM else slabs.latest_s
    way_s, best = _onward_s(slabs, reach, row, gap), -FAR
    for last in range(middle, latest_s.shape[2]):
        latest = int(latest_s[row, gap, last])
        pause = slabs.pauses[row, middle, last]
        if latest > -FAR and pause[END_S] <= latest:
            best = max(best, min(latest - way_s - pause[PAUSE_S], pause[LATEST_S]))
    return best
