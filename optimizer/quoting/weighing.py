"""One job in one gap: when it can be reached and left, whether it fits, and what it costs at the least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import lean
from optimizer.fast.layout import END_S, LATEST_S, PAUSE_S
from optimizer.quoting.asking import TOO_DEAR, Asked
from optimizer.quoting.day_gaps import FAR, NOWHERE
from optimizer.quoting.reach import Reach
from optimizer.quoting.slabs import Slabs
from optimizer.quoting.time_costs import REST, SO_FAR

Longs = NDArray[np.int64]
#: what must hold: that the route can be driven, or that no other stop in it costs more than now either
HARD, CALM = 0, 1


@lean
def reachable(slabs: Slabs, reach: Reach, row: int, gap: int) -> tuple[int, int]:
    """When the job can be reached at the soonest, and when it must be left at the latest."""
    soonest_s, latest_s = FAR, -FAR
    for k in range(slabs.states[row]):
        soonest_s = min(soonest_s, int(slabs.free_s[row, gap, k]))
        latest_s = max(latest_s, int(slabs.latest_s[row, gap, k]))
    return soonest_s + _there_s(slabs, reach, row, gap), latest_s - _onward_s(slabs, reach, row, gap)


@lean
def fits(slabs: Slabs, asked: Asked, reach: Reach, at: int, gap: int, window: int, rule: int) -> bool:
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


@lean
def least_ms(slabs: Slabs, pieces: Longs, asked: Asked, reach: Reach, at: int, gap: int, window: int) -> int:
    """The least that the job can add in a window: what comes before it costs no less than if it starts at its last.

    What comes after it costs no less than if it starts at its first.
    """
    row, kind = asked.rows[at], asked.kind[at]
    first, end = asked.span_at[kind, window], asked.span_at[kind, window + 1]
    if first == end:
        return TOO_DEAR
    there_s, onward_s, states = _there_s(slabs, reach, row, gap), _onward_s(slabs, reach, row, gap), slabs.states[row]
    soonest_s, _ = reachable(slabs, reach, row, gap)
    start_s, last_s = max(soonest_s, slabs.floor_s[row], int(asked.spans[first, 0])), int(asked.spans[end - 1, 1])
    least, rest, costs, start = TOO_DEAR, TOO_DEAR, slabs.costs[row, gap], slabs.costs_at[row]
    for k in range(states - 1, -1, -1):
        to_s = start_s + asked.duration_s[kind] + onward_s
        rest = min(rest, _value_at(pieces, start + costs[REST, k, 0], start + costs[REST, k, 1], -to_s))
        so_far = _value_at(pieces, start + costs[SO_FAR, k, 0], start + costs[SO_FAR, k, 1], last_s - there_s)
        least = min(least, so_far + rest)
    if least >= TOO_DEAR:
        return TOO_DEAR
    way_ms = 1000 * (there_s + onward_s) + asked.price_ms[at]
    return int(way_ms + least + asked.own_ms[kind, window] - slabs.now_ms[row])


@lean
def _value_at(pieces: Longs, first: int, end: int, t: int) -> int:
    """The value at t of a function that goes on for ever."""
    i = end - 1
    while i >= first and pieces[i, 0] > t:
        i -= 1
    return TOO_DEAR if i < first else int(pieces[i, 2] + pieces[i, 3] * (t - pieces[i, 0]))


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
def extra_ms(slabs: Slabs, asked: Asked, reach: Reach, at: int, gap: int) -> int:
    """The least that the job can add to the route's cost, its own price by the time of day left aside."""
    row = asked.rows[at]
    return bound_ms(1000 * _detour_s(slabs, reach, row, gap), asked.price_ms[at], slabs.soft_ms[row])


@lean
def bound_ms(detour_ms: int, price_ms: int, soft_ms: int) -> int:
    """Where a job makes the way shorter, the others might even come to cost nothing more than their drives."""
    return detour_ms + int(price_ms) - (int(soft_ms) if detour_ms < 0 else 0)


@lean
def is_exact(slabs: Slabs, reach: Reach, row: int, gap: int) -> bool:
    """Whether where nothing is upset, the bound is what it costs."""
    return bool(slabs.is_calm[row]) and (slabs.soft_ms[row] == 0 or _detour_s(slabs, reach, row, gap) >= 0)


@lean
def _at_percent(usual_s: int, percent: int) -> int:
    """How long a drive takes at a share of its usual time, rounded up."""
    return int(usual_s) if percent == 100 else -(-int(usual_s) * int(percent) // 100)
