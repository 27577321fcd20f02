"""The gaps of a technician's day: the hard limits of one more stop, and those within which it upsets nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator, Order
from optimizer.piecewise import Piece, Pieces, first_at_most, value_at
from optimizer.quoting.pauses import pauses_of
from optimizer.quoting.time_costs import TimeCosts
from optimizer.route_gaps import earliest_free, latest_starts
from optimizer.tables import Call, Tables

Ints = NDArray[np.int32]
NOWHERE = -1
#: later than everything, in seconds; sums with travel and breaks stay inside an int32
FAR = 1_000_000_000


@dataclass(frozen=True, slots=True)
class DayGaps:
    """G gaps from the first that may take a stop, K numbers of breaks taken; all times are seconds, int32.

    `before` and `after` are places (NOWHERE: the day ends there), `percent` the best travel
    factor around the gap, `direct_s` what the stop spares: at one factor the drive between
    them, at several no less than all of it. `free_s` and `latest_s` (G, K) are the hard limits,
    `calm_free_s` and `calm_latest_s` those within which no other stop costs more than it does
    now, so that the drive is all that is added; `is_calm` says whether these are known (not
    with several travel factors). `soft_ms` is what the stops cost now beside drives and the
    prices of who is sent, of what a shorter way might spare too.
    """

    first: int
    before: Ints
    after: Ints
    percent: Ints
    direct_s: Ints
    free_s: Ints
    latest_s: Ints
    calm_free_s: Ints
    calm_latest_s: Ints
    soft_ms: int
    is_calm: bool
    pauses: Ints  # K, K, 3: see fast/layout.py

    def renamed(self, places: Ints) -> DayGaps:
        """The same with other numbers for its places: places[n] for n."""
        after = np.where(self.after == NOWHERE, NOWHERE, places[self.after])
        return replace(self, before=places[self.before], after=after)


def day_gaps(evaluator: Evaluator, index: int, jobs: Order, costs: TimeCosts | None) -> DayGaps:
    """The gaps of a duty that serves these jobs in this order; places are those of the evaluator's tables.

    `costs` are its functions of time, needed only for what is at stake with several travel factors.
    """
    tables = evaluator.tables
    duty = tables.duties[index]
    calls = tables.calls(duty, jobs)
    first = first_gap(evaluator, index, jobs)
    end = NOWHERE if duty.end_place is None else duty.end_place
    places = [duty.start_place, *[call.place for call in calls], end]
    before, after = _ints(places[first:-1]), _ints(places[first + 1 :])
    usual_s = tables.travel_s[before, after].astype(np.int64)
    direct_s = np.where((after == NOWHERE) | (not jobs), 0, -(-usual_s * tables.percents[1] // 100))
    timing = evaluator.timing(index, jobs) if jobs else None
    soft_ms = 0 if timing is None else _soft_ms(timing, calls)
    free, latest = earliest_free(tables, duty, calls)[first:], latest_starts(tables, duty, calls, duty.limit_s)[first:]
    free_s, latest_s = _ints(free), _ints(latest)
    if len(tables.periods) > 1 and costs is not None:
        direct_s, soft_ms = -((costs.least_ms - costs.now_ms) // 1000), 0
        free_s, latest_s = _ints(costs.first_s[:, 0]), _ints(-costs.first_s[:, 1])
    is_calm = len(tables.periods) == 1 and (timing is not None or not jobs)
    if is_calm:
        end_s = duty.shift.end_s if timing is None else max(duty.shift.end_s, timing.route.end_s)
        at_ease = _at_ease(calls, timing)
        calm_free_s = _ints(earliest_free(tables, duty, at_ease)[first:])
        calm_latest_s = _ints(latest_starts(tables, duty, at_ease, min(end_s, duty.limit_s))[first:])
    else:
        calm_free_s, calm_latest_s = free_s, latest_s
    return DayGaps(
        first=first,
        before=before,
        after=after,
        percent=_percents(tables, free_s, latest_s),
        direct_s=_ints(direct_s),
        free_s=free_s,
        latest_s=latest_s,
        calm_free_s=calm_free_s,
        calm_latest_s=calm_latest_s,
        soft_ms=soft_ms,
        is_calm=is_calm,
        pauses=pauses_of(duty),
    )


def first_gap(evaluator: Evaluator, index: int, jobs: Order) -> int:
    """The first position that one more stop may take: behind what is frozen, and moving nothing pinned to its own."""
    head = len(evaluator.tables.duties[index].frozen)
    return next((p for p in range(len(jobs), head, -1) if evaluator.shifts_a_pin(jobs, p - 1)), head)


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


def _percents(tables: Tables, free_s: Ints, latest_s: Ints) -> Ints:
    """The best travel factor between the limits of each gap."""
    opens, closes, percents = (np.array(column, dtype=np.int64) for column in zip(*tables.periods, strict=True))
    met = (opens <= latest_s.max(axis=1)[:, None]) & (closes >= free_s.min(axis=1)[:, None])
    return _ints(np.where(met, percents, percents.max()).min(axis=1))


def _ints(values: object) -> Ints:
    return np.clip(np.array(values, dtype=np.int64), -FAR, FAR).astype(np.int32)
