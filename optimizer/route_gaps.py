"""Between which times must one more stop lie, in each gap of a route, for the rest of it to stand?

Everything is by the number of breaks taken: before a gap, the earliest the technician is
free; after it, the latest the next stop (or the end) may start.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.piecewise import FOREVER
from optimizer.tables import Call, Duty, Tables

NEVER = 4 * FOREVER


def earliest_free(tables: Tables, duty: Duty, calls: Sequence[Call]) -> list[list[int]]:
    """Before each gap, the earliest the technician is free, by breaks taken; NEVER if so many cannot be."""
    states = len(duty.breaks) + 1
    free = [duty.shift.start_s, *[NEVER] * (states - 1)]
    place, out = duty.start_place, []
    for position, call in enumerate([*calls, None]):
        if position == len(duty.frozen) and tables.problem.now_s is not None:
            free = [max(t, tables.problem.now_s) for t in free]
        out.append(free)
        if call is None:
            break
        if call.begun_s is not None:
            free = [call.begun_s + call.duration_s, *[NEVER] * (states - 1)]
        else:
            free = [_done(duty, free, call, _fast_s(tables, place, call.place), then) for then in range(states)]
        place = call.place
    return out


def latest_starts(tables: Tables, duty: Duty, calls: Sequence[Call], limit_s: int) -> list[list[int]]:
    """After each gap, the latest the next stop (or the end) may start, by breaks taken before it; -NEVER if none."""
    states = len(duty.breaks) + 1
    rest = [duty.gap(taken, states - 1) for taken in range(states)]
    latest = [-NEVER if gap is None else min(limit_s, gap.latest_s) for gap in rest]
    out = [latest]
    place = duty.end_place
    for call in reversed(calls[len(duty.frozen) :]):
        travel_s = 0 if place is None else _fast_s(tables, call.place, place)
        latest = [_latest_start(duty, latest, call, travel_s, taken) for taken in range(states)]
        out.append(latest)
        place = call.place
    return [[-NEVER] * states] * len(duty.frozen) + out[::-1]


def _fast_s(tables: Tables, start: int, end: int) -> int:
    """How long a drive takes at the best factor there is."""
    return -(-int(tables.travel_s[start, end]) * tables.percents[0] // 100)


def _done(duty: Duty, free: list[int], call: Call, travel_s: int, then: int) -> int:
    """The earliest finish of a call with so many breaks taken by its start."""
    best = NEVER
    for taken in range(then + 1):
        gap = duty.gap(taken, then)
        if gap is None or free[taken] > gap.latest_s:
            continue
        s = max(free[taken] + travel_s + gap.pause_s, gap.not_before_s)
        s = s if call.frozen else max(s, duty.freeze_s)
        start = next((max(s, piece.first) for piece in call.profile if s <= piece.last), None)
        if start is not None:
            best = min(best, start + call.duration_s)
    return best


def _latest_start(duty: Duty, latest: list[int], call: Call, travel_s: int, taken: int) -> int:
    best = -NEVER
    for then in range(taken, len(duty.breaks) + 1):
        gap = duty.gap(taken, then)
        if gap is None or gap.not_before_s > latest[then]:
            continue
        s = min(gap.latest_s, latest[then] - travel_s - gap.pause_s) - call.duration_s
        start = next((min(s, piece.last) for piece in reversed(call.profile) if s >= piece.first), None)
        if start is not None:
            best = max(best, start)
    return best
