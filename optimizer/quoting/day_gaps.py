"""The gaps of a technician's day: the hard limits of one more stop, and those within which it upsets nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.piecewise import Piece, Pieces, first_at_most, value_at
from optimizer.route_gaps import earliest_free, latest_starts
from optimizer.tables import Call, Duty

Ints = NDArray[np.int32]
NOWHERE = -1
#: later than everything, in seconds; sums with travel and breaks stay inside an int32
FAR = 1_000_000_000


@dataclass(frozen=True, slots=True)
class DayGaps:
    """G gaps from the first that may take a stop, K numbers of breaks taken; all times are seconds, int32.

    `before` and `after` are places (NOWHERE: the day ends there), `direct_s` the drive between
    them at the worst factor. `free_s` and `latest_s` (G, K) are the hard limits, `calm_free_s`
    and `calm_latest_s` those within which no other stop costs more than it does now, so that
    the drive is all that is added; `is_calm` says whether these are known (not with several
    travel factors). `soft_ms` is what the route costs now beside its drives, the prices of who
    is sent, and what has begun.
    """

    first: int
    before: Ints
    after: Ints
    direct_s: Ints
    free_s: Ints
    latest_s: Ints
    calm_free_s: Ints
    calm_latest_s: Ints
    soft_ms: int
    is_calm: bool
    pauses: tuple[Ints, Ints, Ints]

    def renamed(self, places: Ints) -> DayGaps:
        """The same with other numbers for its places: places[n] for n."""
        after = np.where(self.after == NOWHERE, NOWHERE, places[self.after])
        return replace(self, before=places[self.before], after=after)


def day_gaps(evaluator: Evaluator, index: int, jobs: Order) -> DayGaps:
    """The gaps of a duty that serves these jobs in this order; places are those of the evaluator's tables."""
    tables = evaluator.tables
    duty = tables.duties[index]
    calls = tables.calls(duty, jobs)
    first = next((p for p in range(len(jobs), len(duty.frozen), -1) if evaluator.shifts_a_pin(jobs, p - 1)), None)
    first = len(duty.frozen) if first is None else first
    end = NOWHERE if duty.end_place is None else duty.end_place
    places = [duty.start_place, *[call.place for call in calls], end]
    before, after = _ints(places[first:-1]), _ints(places[first + 1 :])
    usual_s = tables.travel_s[before, after].astype(np.int64)
    direct_s = np.where((after == NOWHERE) | (not jobs), 0, -(-usual_s * tables.percents[1] // 100))
    timing = evaluator.timing(index, jobs) if jobs else None
    soft_ms = 0 if timing is None else _soft_ms(timing, calls)
    free, latest = earliest_free(tables, duty, calls), latest_starts(tables, duty, calls, duty.limit_s)
    is_calm = len(tables.periods) == 1 and (timing is not None or not jobs)
    if is_calm:
        end_s = duty.shift.end_s if timing is None else max(duty.shift.end_s, timing.route.end_s)
        at_ease = _at_ease(calls, timing)
        calm_free = earliest_free(tables, duty, at_ease)
        calm_latest = latest_starts(tables, duty, at_ease, min(end_s, duty.limit_s))
    else:
        calm_free, calm_latest = free, latest
    return DayGaps(
        first=first,
        before=before,
        after=after,
        direct_s=direct_s.astype(np.int32),
        free_s=_ints(free[first:]),
        latest_s=_ints(latest[first:]),
        calm_free_s=_ints(calm_free[first:]),
        calm_latest_s=_ints(calm_latest[first:]),
        soft_ms=soft_ms,
        is_calm=is_calm,
        pauses=_pauses(duty),
    )


def no_dearer(pieces: Pieces, price_ms: int) -> list[Piece]:
    """Where a function is at most a price, itself left aside: spans of value 0."""
    spans = []
    for piece in pieces:
        first = first_at_most(piece, price_ms)
        if first is None:
            continue
        last = piece.last
        if piece.slope > 0:
            last = min(last, piece.first + (price_ms - piece.value) // piece.slope)
        spans.append(Piece(first, last, 0, 0))
    return spans


def _at_ease(calls: list[Call], timing: Timing | None) -> list[Call]:
    """The calls, allowed to start only when that costs no more than it does now."""
    if timing is None:
        return calls
    now_ms = [value_at(call.profile, stop.start_s) or 0 for call, stop in zip(calls, timing.route.stops, strict=True)]
    return [replace(call, profile=no_dearer(call.profile, price)) for call, price in zip(calls, now_ms, strict=True)]


def _soft_ms(timing: Timing, calls: list[Call]) -> int:
    """What a route costs beside its drives, the prices of who is sent, and what has begun."""
    cost = timing.cost
    facts_ms = sum(value_at(call.profile, call.begun_s) or 0 for call in calls if call.begun_s is not None)
    return cost.total_ms - cost.travel_ms - sum(call.price_ms for call in calls) - facts_ms


def _pauses(duty: Duty) -> tuple[Ints, Ints, Ints]:
    """By breaks taken, then: how long they last, the latest begin, the earliest end; shape (K, K)."""
    size = len(duty.breaks) + 1
    pause_s, latest_s, end_s = np.zeros((size, size)), np.full((size, size), -FAR), np.full((size, size), -FAR)
    for taken, row in enumerate(duty.gaps):
        for then, gap in enumerate(row):
            if gap is not None:
                pause_s[taken, then] = gap.pause_s
                latest_s[taken, then], end_s[taken, then] = min(gap.latest_s, FAR), max(gap.not_before_s, -FAR)
    return pause_s.astype(np.int32), latest_s.astype(np.int32), end_s.astype(np.int32)


def _ints(values: object) -> Ints:
    return np.clip(np.array(values, dtype=np.int64), -FAR, FAR).astype(np.int32)
