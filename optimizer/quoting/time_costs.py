"""What time costs around each gap of a route: being free by an instant, reaching the next stop only then.

The functions that the search keeps of its routes (fast/drives.py), here of a route that stands
by itself: they price one more stop exactly, whatever it upsets, rush hours included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, lean
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.fast.drives import SIZE, Stay, end_of_day, find_ways, stop_after, turn_back
from optimizer.fast.layout import LATEST_S
from optimizer.fast.pieces import FIRST, IMPOSSIBLE, VALUE, Rows, mirrored
from optimizer.fast.timed_cost import cut_before, start_at
from optimizer.piecewise import FOREVER, value_at
from optimizer.quoting.pauses import pauses_of
from optimizer.tables import Call, Duty, Tables

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: pieces that a function may have; a route that needs more is timed
ROOM = 100
STRIDE = ROOM + 1
SO_FAR, REST = range(2)


class TimeCosts(NamedTuple):
    """The functions around G gaps of a route, in ms, drives and who is sent included, what has begun left out.

    With k breaks taken those of gap g are the rows of `pieces` (first, last, value, slope) from
    `at[g, way, k, 0]` to before `at[g, way, k, 1]`: SO_FAR, to be free by then before the gap, and the
    REST in time that runs backwards, if the next stop or the end is reached then. The route
    costs `now_ms` as it stands; with no more time than it has it could not cost less than
    `least_ms` (G) around a gap, the drive in it left out.
    """

    pieces: Rows
    at: Ints  # G, 2, K, 2
    first_s: Longs  # G, 2, K: where each begins; FOREVER if it is infinite
    least_ms: Longs  # G
    now_ms: int


class _Line(NamedTuple):
    """The stops of a duty in a row: n of them, `begun` of which are facts."""

    usual_s: Longs  # n + 1: the drives
    stops: Longs  # n, 3: PRICE_MS, TOOK_S, IS_FROZEN
    at: Ints  # n + 1: where the price of each start begins in `pieces`
    pieces: Rows  # then the same with time backwards
    pauses: Ints  # 1, K, K, 3
    periods: Longs  # periods, 3
    begun: int
    head: int
    ready_s: int
    now_s: int
    freeze_s: int
    shift_end_s: int
    limit_s: int
    overtime_price: int


PRICE_MS, TOOK_S, IS_FROZEN = range(3)


def has_prices(evaluator: Evaluator, index: int, jobs: Order) -> bool:
    """Whether any time of a duty has a price: of a drive, of a stop, or of coming home after the shift."""
    tables = evaluator.tables
    duty = tables.duties[index]
    if len(tables.periods) > 1:
        return True
    if duty.limit_s > duty.shift.end_s and tables.problem.weights.overtime_price_ms_per_s:
        return True
    return any(piece.value or piece.slope for call in tables.calls(duty, jobs) for piece in call.profile)


def time_costs(evaluator: Evaluator, index: int, jobs: Order, first: int) -> TimeCosts | None:
    """The functions of a duty's gaps from the one at position `first`.

    None if one has too many pieces, or the route cannot be driven as it stands: then it must be timed.
    """
    tables = evaluator.tables
    duty = tables.duties[index]
    calls = tables.calls(duty, jobs)
    timing = evaluator.timing(index, jobs) if jobs else None
    if jobs and timing is None:
        return None
    line = _line(tables, duty, calls)
    states = line.pauses.shape[1]
    ways = ways_room(states, len(line.periods))
    rows = np.zeros((ways + (2 * (len(calls) + 1) + 1) * states * STRIDE + 2 * STRIDE, 4), dtype=np.int64)
    if not _make(line, rows, ways):
        return None
    heads = ways + STRIDE * np.arange(2 * (len(calls) + 1) * states).reshape(2, -1, states)[:, first:].swapaxes(0, 1)
    sizes = rows[heads, SIZE]
    ends = np.cumsum(sizes).reshape(sizes.shape)
    inside = np.arange(sizes.sum()) - np.repeat(ends - sizes, sizes.ravel())
    least_ms = np.where(sizes > 0, rows[heads + sizes, VALUE], IMPOSSIBLE).min(axis=2).sum(axis=1)
    return TimeCosts(
        pieces=rows[np.repeat(heads + 1, sizes.ravel()) + inside],
        at=np.stack([ends - sizes, ends], axis=3).astype(np.int32),
        first_s=np.where(sizes > 0, rows[heads + 1, FIRST], FOREVER),
        least_ms=np.minimum(least_ms, IMPOSSIBLE),
        now_ms=0 if timing is None else timing.cost.total_ms - _begun_ms(timing, calls),
    )


def ways_room(states: int, periods: int) -> int:
    """How many rows `find_ways` may need."""
    return 2 * states**3 * periods


def _begun_ms(timing: Timing, calls: Sequence[Call]) -> int:
    """What has begun cost; that is a fact whatever comes."""
    facts = [(call, stop) for call, stop in zip(calls, timing.route.stops, strict=True) if call.begun_s is not None]
    own = (call.price_ms + (value_at(call.profile, stop.start_s) or 0) for call, stop in facts)
    return sum(own) + sum(1000 * stop.travel_s for _, stop in facts)


def _line(tables: Tables, duty: Duty, calls: Sequence[Call]) -> _Line:
    end = calls[-1].place if calls else duty.start_place
    places = [duty.start_place, *[call.place for call in calls], end if duty.end_place is None else duty.end_place]
    begun = sum(call.begun_s is not None for call in calls)
    pieces = np.array([piece for call in calls for piece in call.profile], dtype=np.int64).reshape(-1, 4)
    at = np.cumsum([0, *[len(call.profile) for call in calls]]).astype(np.int32)
    stops = [(call.price_ms, call.duration_s, call.frozen) for call in calls]
    last = calls[begun - 1] if begun else None
    return _Line(
        usual_s=tables.travel_s[places[:-1], places[1:]].astype(np.int64),
        stops=np.array(stops, dtype=np.int64).reshape(-1, 3),
        at=at,
        pieces=np.concatenate([pieces, mirrored(pieces, at)]),
        pauses=pauses_of(duty)[None],
        periods=np.array(tables.periods, dtype=np.int64),
        begun=begun,
        head=len(duty.frozen),
        ready_s=duty.shift.start_s if last is None else (last.begun_s or 0) + last.duration_s,
        now_s=-FOREVER if tables.problem.now_s is None else tables.problem.now_s,
        freeze_s=duty.freeze_s,
        shift_end_s=duty.shift.end_s,
        limit_s=duty.limit_s,
        overtime_price=tables.problem.weights.overtime_price_ms_per_s,
    )


@compiled
def _make(line: _Line, rows: Rows, ways: int) -> bool:
    """Make the functions from row `ways` on: SO_FAR before each stop and the end, then the REST; False if too long."""
    states, count = line.pauses.shape[1], len(line.stops)
    spare = ways + 2 * (count + 1) * states * STRIDE
    return _make_so_far(line, rows, ways, spare, states, count) and _make_rest(line, rows, ways, spare, states, count)


@lean
def _make_so_far(line: _Line, rows: Rows, ways: int, spare: int, states: int, count: int) -> bool:
    source = ways + line.begun * states * STRIDE
    start_at(rows, ROOM, source, states, line.ready_s, 0)
    if line.begun == line.head:
        cut_before(rows, ROOM, source, states, line.now_s)
    for n in range(line.begun, count):
        target, is_frozen = source + states * STRIDE, line.stops[n, IS_FROZEN] != 0
        since_s = rows[source + 1, FIRST] if rows[source, SIZE] else -FOREVER
        found = find_ways(rows, line.pauses, line.periods, 0, states, line.usual_s[n], since_s, line.limit_s)
        stay = Stay(
            line.stops[n, PRICE_MS],
            line.at[n],
            line.at[n + 1],
            -FOREVER if is_frozen else line.freeze_s,
            FOREVER,
            line.stops[n, TOOK_S],
        )
        if not stop_after(rows, ROOM, source, target, spare, found, states, line.pieces, stay):
            return False
        source = target
        if n + 1 == line.head:
            cut_before(rows, ROOM, source, states, line.now_s)
    return True


@lean
def _make_rest(line: _Line, rows: Rows, ways: int, spare: int, states: int, count: int) -> bool:
    source = ways + (2 * (count + 1) - 1) * states * STRIDE
    latest_s, back = line.pauses[0, :, states - 1, LATEST_S], len(line.pieces) // 2
    end_of_day(rows, ROOM, source, latest_s, states, line.shift_end_s, line.limit_s, line.overtime_price)
    for n in range(count - 1, line.head - 1, -1):
        target = source - states * STRIDE
        found = find_ways(rows, line.pauses, line.periods, 0, states, line.usual_s[n + 1], -FOREVER, line.limit_s)
        turn_back(rows, found, line.stops[n, TOOK_S])
        stay = Stay(line.stops[n, PRICE_MS], back + line.at[n], back + line.at[n + 1], -FOREVER, -line.freeze_s, 0)
        if not stop_after(rows, ROOM, source, target, spare, found, states, line.pieces, stay):
            return False
        source = target
    return True
