"""What time costs around each gap of a route: being free by an instant, reaching the next stop only then.

Two functions for each gap and number of breaks taken (piecewise.py), drives left aside; with
one travel factor they price one more stop exactly, whatever it upsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.evaluation import Evaluator, Order
from optimizer.fast.pieces import FULL, LAST, SLOPE, VALUE, delayed, lowest_so_far, total
from optimizer.piecewise import FOREVER, Piece, cut, minimum
from optimizer.piecewise import delayed as delayed_pieces
from optimizer.piecewise import lowest_so_far as lowest_pieces
from optimizer.piecewise import total as total_pieces
from optimizer.quoting.sifting import TOO_DEAR
from optimizer.tables import Call, Duty, Tables

Rows = NDArray[np.int64]
Ints = NDArray[np.int32]
#: rows that a function may have; what would need more is timed
ROOM = 400
Costs = list[list[Piece]]


class TimeCosts(NamedTuple):
    """The functions of all gaps of a route as rows of `pieces` (first, last, value, slope), in ms.

    Those of gap g with k breaks taken are from `free_at[g, k, 0]` to before `free_at[g, k, 1]`
    (free by then, before the gap), and so on with `next_at` (the rest of the route, if the
    next stop or the end is reached then).
    """

    pieces: Rows
    free_at: Ints  # G, K, 2
    next_at: Ints  # G, K, 2


class Stay(NamedTuple):
    """One more stop: how long to it, at it and on to the next, and the instant it starts at the earliest."""

    there_s: int
    duration_s: int
    onward_s: int
    floor_s: int


def has_prices(evaluator: Evaluator, index: int, jobs: Order) -> bool:
    """Whether any time of a duty has a price: of a stop, or of coming home after the shift."""
    tables = evaluator.tables
    duty = tables.duties[index]
    if duty.limit_s > duty.shift.end_s and tables.problem.weights.overtime_price_ms_per_s:
        return True
    return any(piece.value or piece.slope for call in tables.calls(duty, jobs) for piece in call.profile)


def time_costs(evaluator: Evaluator, index: int, jobs: Order, first: int) -> TimeCosts:
    """The functions of a duty's gaps from the one at position `first`; one travel factor."""
    tables = evaluator.tables
    duty = tables.duties[index]
    calls = tables.calls(duty, jobs)
    free, after = _free(tables, duty, calls)[first:], _next(tables, duty, calls)[first:]
    pieces: list[Piece] = []
    spots: list[list[list[tuple[int, int]]]] = []
    for functions in (free, after):
        spots.append([])
        for by_state in functions:
            spots[-1].append([])
            for rows in by_state:
                spots[-1][-1].append((len(pieces), len(pieces) + len(rows)))
                pieces.extend(rows)
    free_at, next_at = (np.array(one, dtype=np.int32) for one in spots)
    return TimeCosts(np.array(pieces, dtype=np.int64).reshape(-1, 4), free_at, next_at)


def _free(tables: Tables, duty: Duty, calls: Sequence[Call]) -> list[Costs]:
    """Before each gap, the cost of being free by a time, by breaks taken."""
    states = len(duty.breaks) + 1
    free: Costs = [[Piece(duty.shift.start_s, FOREVER, 0, 0)], *[[] for _ in range(states - 1)]]
    place, out = duty.start_place, []
    for position, call in enumerate([*calls, None]):
        if position == len(duty.frozen) and tables.problem.now_s is not None:
            free = [cut(costs, tables.problem.now_s, FOREVER) for costs in free]
        out.append(free)
        if call is None:
            break
        if call.begun_s is not None:
            free = [[Piece(call.begun_s + call.duration_s, FOREVER, 0, 0)], *[[] for _ in range(states - 1)]]
        else:
            reached = _onwards(duty, free, int(tables.travel_s[place, call.place]), mirrored=False)
            floor_s = -FOREVER if call.frozen else duty.freeze_s
            started = [total_pieces(cut(costs, floor_s, FOREVER), call.profile) for costs in reached]
            free = [lowest_pieces(costs, call.duration_s) for costs in started]
        place = call.place
    return out


def _next(tables: Tables, duty: Duty, calls: Sequence[Call]) -> list[Costs]:
    """After each gap, the cost of the rest if the next stop (or the end) is reached at a time, by breaks taken.

    The same steps as forwards in time that runs backwards.
    """
    states = len(duty.breaks) + 1
    price, end_s = tables.problem.weights.overtime_price_ms_per_s, duty.shift.end_s
    overtime = [Piece(-FOREVER, end_s, 0, 0), Piece(end_s + 1, FOREVER, price, price)]
    rest = [duty.gap(taken, states - 1) for taken in range(states)]
    ends = [-FOREVER if gap is None else min(duty.limit_s, gap.latest_s) for gap in rest]
    costs = [_mirrored(cut(overtime, -FOREVER, end_s)) for end_s in ends]
    place, out = duty.end_place, [costs]
    for call in reversed(calls[len(duty.frozen) :]):
        travel_s = 0 if place is None else int(tables.travel_s[call.place, place])
        done = _onwards(duty, costs, travel_s, mirrored=True)
        profile = _mirrored(call.profile)
        started = [total_pieces(delayed_pieces(one, call.duration_s, FOREVER, -FOREVER, 0), profile) for one in done]
        costs = [lowest_pieces(one, 0) for one in started]
        out.append(costs)
        place = call.place
    nothing: Costs = [[] for _ in range(states)]
    return [nothing] * len(duty.frozen) + [[_mirrored(one) for one in by_state] for by_state in out[::-1]]


def _onwards(duty: Duty, costs: Costs, travel_s: int, *, mirrored: bool) -> Costs:
    """The functions after a drive with any breaks on the way; mirrored, those before it."""
    states = len(duty.breaks) + 1
    moved: Costs = [[] for _ in range(states)]
    for taken in range(states):
        for then in range(taken, states):
            gap = duty.gap(taken, then)
            if gap is None:
                continue
            start, end = (then, taken) if mirrored else (taken, then)
            latest_s, not_before_s = gap.latest_s, gap.not_before_s
            if mirrored:
                latest_s, not_before_s = -not_before_s, -latest_s
            one = delayed_pieces(costs[start], travel_s + gap.pause_s, latest_s, not_before_s, 0)
            moved[end] = minimum(moved[end], one)
    return moved


def _mirrored(pieces: Sequence[Piece]) -> list[Piece]:
    """The function of time that runs backwards."""
    return [Piece(-one.last, -one.first, one.at(one.last), -one.slope) for one in reversed(pieces)]


def new_work() -> Rows:
    """Room for the functions of one evaluation; each thread needs its own."""
    return np.zeros((3, ROOM, 4), dtype=np.int64)


@compiled
def least_ms(costs: TimeCosts, gap: int, stay: Stay, profile: Rows, pauses: tuple[Ints, Ints, Ints], work: Rows) -> int:
    """What time costs the route with the stop in this gap, its own `profile` included, at the least.

    TOO_DEAR if it cannot be; FULL if there is not room enough to say. `pauses` are those of
    the duty, each (K, K): how long they last, the latest begin, the earliest end.
    """
    pause_s, latest_s, end_s = pauses
    least, states = TOO_DEAR, costs.free_at.shape[1]
    for first in range(states):
        at = costs.free_at[gap, first, 0]
        size = costs.free_at[gap, first, 1] - at
        for middle in range(first, states):
            delay_s = stay.there_s + int(pause_s[first, middle])
            not_before_s = max(stay.floor_s, int(end_s[first, middle]))
            latest = int(latest_s[first, middle])
            n = delayed(costs.pieces, at, size, delay_s, latest, not_before_s, 0, work[0], 0, ROOM)
            if n > 0:
                n = total(work[0], 0, n, profile, 0, len(profile), -FOREVER, FOREVER, work[1], 0, ROOM)
            if n > 0:
                n = lowest_so_far(work[1], 0, n, stay.duration_s, work[0], 0, ROOM)
            if n == FULL:
                return FULL
            rest = _rest_ms(costs, gap, stay.onward_s, pauses, middle, n, work) if n > 0 else TOO_DEAR
            if rest == FULL:
                return FULL
            least = min(least, rest)
    return least


@compiled
def _rest_ms(
    costs: TimeCosts, gap: int, onward_s: int, pauses: tuple[Ints, Ints, Ints], middle: int, n: int, work: Rows
) -> int:
    """The least over all ways on from a stop that is done by a time at the cost of the n rows work[0]."""
    pause_s, latest_s, end_s = pauses
    least = TOO_DEAR
    for last in range(middle, costs.next_at.shape[1]):
        delay_s = onward_s + int(pause_s[middle, last])
        latest, soonest = int(latest_s[middle, last]), int(end_s[middle, last])
        m = delayed(work[0], 0, n, delay_s, latest, soonest, 0, work[1], 0, ROOM)
        if m > 0:
            first, end = costs.next_at[gap, last, 0], costs.next_at[gap, last, 1]
            m = total(work[1], 0, m, costs.pieces, first, end, -FOREVER, FOREVER, work[2], 0, ROOM)
        if m == FULL:
            return FULL
        for i in range(m):
            row = work[2, i]
            least = min(least, row[VALUE], row[VALUE] + row[SLOPE] * (row[LAST] - row[0]))
    return least
