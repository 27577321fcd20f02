"""Every place where one more job could stand, as arrays: what is feasible is seen at a glance.

For each gap of each route: the earliest time the technician is free before it, and the
latest time the stop after it may start, both for each number of breaks taken. With one
travel factor the answer is exact; with several it is optimistic (the fastest), so exact
timing has the last word.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.evaluation import Evaluator, Order
from optimizer.everyone import Everyone
from optimizer.piecewise import FOREVER
from optimizer.route_gaps import NEVER, earliest_free, latest_starts
from optimizer.start_costs import allowed_starts
from optimizer.tables import Duty

Ints = NDArray[np.int64]
Places = Ints | int
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class _Rows:
    """The gaps of one duty, one row each."""

    position: Ints
    before: Ints
    after: Ints
    floor_s: Ints
    free_s: Ints
    latest_s: Ints


class RouteArrays:
    """All gaps of all routes; `put` replaces one route without touching the others."""

    def __init__(self, evaluator: Evaluator, orders: dict[int, Order]) -> None:
        self.evaluator, self.tables = evaluator, evaluator.tables
        self.everyone = Everyone(self.tables.problem)
        self.person: Ints = np.array([duty.technician_index for duty in self.tables.duties], dtype=np.int64)
        self.states = 1 + max((len(duty.breaks) for duty in self.tables.duties), default=0)
        self.pause_s, self.pause_latest_s, self.pause_end_s = _pauses(self.tables.duties, self.states)
        self.orders: dict[int, Order] = {}
        self._rows: dict[int, _Rows] = {}
        self._parts_left: dict[int, Counter[str]] = {}
        for duty in self.tables.duties:
            self._fill(duty, orders.get(duty.index, duty.frozen))
        self._join()

    def put(self, duty: int, jobs: Order) -> None:
        """Let a route have this order from now on."""
        self._fill(self.tables.duties[duty], jobs)
        self._joined = False

    def travel_s(self, start: Places, end: Places, percent: int) -> Ints:
        """Seconds of travel between places, or each two of them, at so many hundredths of the usual time."""
        seconds: Ints = -(-self.tables.travel_s[start, end].astype(np.int64) * percent // 100)
        return seconds

    def fast_s(self, start: Places, end: Places) -> Ints:
        """The same at the best factor that any duty can meet."""
        return self.travel_s(start, end, self.tables.percents[0])

    def feasible(self, job: int, spans: list[tuple[int, int]] | None = None) -> Ints:
        """The rows (of `duty`, `position`) where the job fits, starting in one of `spans` (default: its own)."""
        if not self._joined:
            self._join()
        asked = self.tables.problem.jobs[job]
        rows = np.flatnonzero(self._allowed(job))
        if not len(rows):
            return rows
        place = int(self.tables.job_place[job])
        durations = self.everyone.durations_s(asked)[self.person[self.duty[rows]]]
        there, onward = self._ways(rows, place)
        start = np.maximum(self.soonest_s[rows] + there, self.floor_s[rows])
        roomy = start + durations + onward <= self.last_s[rows]
        rows, durations, there, onward = rows[roomy], durations[roomy], there[roomy], onward[roomy]
        found = np.zeros(len(rows), dtype=np.bool_)
        for duration in np.unique(durations):
            same = durations == duration
            starts = spans if spans is not None else allowed_starts(asked, int(duration))
            found[same] = self._fits(rows[same], there[same], onward[same], int(duration), starts)
        fitting: Ints = rows[found]
        return fitting

    def least_increase_ms(self, job: int, rows: Ints) -> Ints:
        """A lower bound on what inserting the job at these rows adds to the cost of their routes."""
        before, after = self.before[rows], self.after[rows]
        there, onward = self._ways(rows, int(self.tables.job_place[job]))
        slow_s = self.travel_s(before, after, self.tables.percents[1])
        direct = np.where((after == NOWHERE) | self.idle[rows], 0, slow_s)
        price = self.everyone.sending_ms(self.tables.problem.jobs[job])[self.person[self.duty[rows]]]
        bounds: Ints = 1000 * (there + onward - direct) + price
        return bounds

    def inserted(self, job: int, row: int) -> tuple[int, Order]:
        """The duty of a row, and its route with the job inserted there."""
        duty, position = int(self.duty[row]), int(self.position[row])
        jobs = self.orders[duty]
        return duty, (*jobs[:position], job, *jobs[position:])

    def _ways(self, rows: Ints, place: int) -> tuple[Ints, Ints]:
        """The drive to a place and on from it, at the best factor, in each gap."""
        after = self.after[rows]
        onward: Ints = np.where(after == NOWHERE, 0, self.fast_s(place, after))
        return self.fast_s(self.before[rows], place), onward

    def _allowed(self, job: int) -> NDArray[np.bool_]:
        allowed = self.tables.may_serve[job].copy()
        for part, count in self.tables.problem.jobs[job].parts.items():
            allowed &= np.array([self._parts_left[duty.index][part] >= count for duty in self.tables.duties])
        rows: NDArray[np.bool_] = allowed[self.duty]
        pinned = self.evaluator.pinned_position(job)
        return rows if pinned is None else rows & (self.position == pinned)

    def _fits(
        self, rows: Ints, there: Ints, onward: Ints, duration_s: int, spans: list[tuple[int, int]]
    ) -> NDArray[np.bool_]:
        """Whether the job can start in a span and the route still be driven, for any way of taking breaks."""
        fits = np.zeros(len(rows), dtype=np.bool_)
        for first in range(self.states):
            for middle in range(first, self.states):
                start = self._earliest(rows, there, first, middle)
                for last in range(middle, self.states):
                    latest = self._latest(rows, onward, middle, last) - duration_s
                    for opens, closes in spans:
                        s = np.maximum(start, opens)
                        fits |= (s <= closes) & (s <= latest)
        return fits

    def _earliest(self, rows: Ints, there: Ints, first: int, middle: int) -> Ints:
        duty = self.duty[rows]
        free = self.free_s[rows, first]
        arrive = np.maximum(free + there + self.pause_s[duty, first, middle], self.pause_end_s[duty, first, middle])
        arrive = np.maximum(arrive, self.floor_s[rows])
        impossible = free > self.pause_latest_s[duty, first, middle]
        return np.where(impossible, NEVER, arrive)

    def _latest(self, rows: Ints, onward: Ints, middle: int, last: int) -> Ints:
        """The latest finish of the job from which the rest of the route can still be driven."""
        duty = self.duty[rows]
        latest = self.latest_s[rows, last]
        finish = np.minimum(latest - onward - self.pause_s[duty, middle, last], self.pause_latest_s[duty, middle, last])
        return np.where(self.pause_end_s[duty, middle, last] > latest, -NEVER, finish)

    def _fill(self, duty: Duty, jobs: Order) -> None:
        self.orders[duty.index] = jobs
        left = Counter(duty.shift.parts)
        for job in jobs:
            left.subtract(self.tables.problem.jobs[job].parts)
        self._parts_left[duty.index] = left
        self._rows[duty.index] = self._rows_of(duty, jobs)

    def _rows_of(self, duty: Duty, jobs: Order) -> _Rows:
        calls = self.tables.calls(duty, jobs)
        head = len(duty.frozen)
        first = next((p for p in range(len(jobs), head, -1) if self.evaluator.shifts_a_pin(jobs, p - 1)), head)
        unused = self.states - len(duty.breaks) - 1
        free = [[*row, *[NEVER] * unused] for row in earliest_free(self.tables, duty, calls)]
        latest = [[*row, *[-NEVER] * unused] for row in latest_starts(self.tables, duty, calls, duty.limit_s)]
        end = NOWHERE if duty.end_place is None else duty.end_place
        places = [duty.start_place, *[call.place for call in calls], end]
        positions = range(first, len(jobs) + 1)
        return _Rows(
            position=np.array(positions, dtype=np.int64),
            before=np.array([places[p] for p in positions], dtype=np.int64),
            after=np.array([places[p + 1] for p in positions], dtype=np.int64),
            floor_s=np.full(len(positions), duty.freeze_s, dtype=np.int64),
            free_s=np.array([free[p] for p in positions], dtype=np.int64).reshape(-1, self.states),
            latest_s=np.array([latest[p] for p in positions], dtype=np.int64).reshape(-1, self.states),
        )

    def _join(self) -> None:
        self._joined = True
        rows = [self._rows[duty.index] for duty in self.tables.duties]
        sizes = [len(row.position) for row in rows]
        self.duty: Ints = np.repeat(np.arange(len(rows)), sizes)
        self.idle = np.repeat([not self.orders[duty.index] for duty in self.tables.duties], sizes).astype(np.bool_)
        for name in ("position", "before", "after", "floor_s", "free_s", "latest_s"):
            empty = np.zeros((0, self.states) if name in ("free_s", "latest_s") else 0, dtype=np.int64)
            setattr(self, name, np.concatenate([empty, *[getattr(row, name) for row in rows]]))
        self.soonest_s: Ints = self.free_s.min(axis=1)
        self.last_s: Ints = self.latest_s.max(axis=1)

    position: Ints
    before: Ints
    after: Ints
    floor_s: Ints
    free_s: Ints
    latest_s: Ints


def _pauses(duties: list[Duty], states: int) -> tuple[Ints, Ints, Ints]:
    """Per duty and (breaks taken, then): how long they last, the latest begin, the earliest end."""
    shape = (len(duties), states, states)
    pause_s = np.zeros(shape, dtype=np.int64)
    latest_s = np.full(shape, -8 * FOREVER, dtype=np.int64)
    end_s = np.full(shape, -FOREVER, dtype=np.int64)
    for duty in duties:
        for taken, row in enumerate(duty.gaps):
            for then, gap in enumerate(row):
                if gap is not None:
                    at = (duty.index, taken, then)
                    pause_s[at], latest_s[at], end_s[at] = gap.pause_s, gap.latest_s, gap.not_before_s
    return pause_s, latest_s, end_s
