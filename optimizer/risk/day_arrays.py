"""A plan as the simulation reads it: all its stops in one row of arrays, route after route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import BaseRoute, Job, Problem, Shift, Technician
from optimizer.risk.uncertainty import Uncertainty
from optimizer.solution import Pause, Route, Solution, Stop

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: before anything
LONG_AGO = -(10**12)


class DayArrays(NamedTuple):
    """Routes, stops and breaks; of route r the stops are `route_first[r]` to before `route_first[r + 1]`.

    Seconds from the horizon's start, except where said. `free_s` (routes): from when somebody
    is on the road. Of stops: `usual_s` the drive at the usual speed; `known_s` how much of the
    service is a fact, `unknown_s` what is left of it, with `log_median` and `sigma` of its
    factor; `not_before_s`; `begun_s` (LONG_AGO: it has not). Breaks `break_first[s]` to before
    `break_first[s + 1]` are taken on the way to stop s. Who leaves from `period_since_s[p]` on
    takes `period_factor[p]` of the usual time.
    """

    route_first: Ints
    free_s: Ints
    usual_s: Floats
    known_s: Ints
    unknown_s: Ints
    log_median: Floats
    sigma: Floats
    not_before_s: Ints
    begun_s: Ints
    break_first: Ints
    break_earliest_s: Ints
    break_s: Ints
    period_since_s: Ints
    period_factor: Floats


@dataclass(frozen=True, slots=True)
class _Row:
    """One stop, as DayArrays says."""

    usual_s: float
    known_s: int
    unknown_s: int
    log_median: float
    sigma: float
    not_before_s: int
    begun_s: int
    breaks: tuple[tuple[int, int], ...]


def day_arrays(problem: Problem, solution: Solution, uncertainty: Uncertainty) -> DayArrays:
    """The routes of a plan, in the plan's order."""
    reader = _Reader(problem, uncertainty)
    rows = [list(reader.rows(route)) for route in solution.routes]
    stops = [row for one in rows for row in one]
    breaks = [pause for row in stops for pause in row.breaks]
    since_s, factors = _periods(problem)
    return DayArrays(
        route_first=_ends(len(one) for one in rows),
        free_s=_ints(reader.free_s(route) for route in solution.routes),
        usual_s=_floats(row.usual_s for row in stops),
        known_s=_ints(row.known_s for row in stops),
        unknown_s=_ints(row.unknown_s for row in stops),
        log_median=_floats(row.log_median for row in stops),
        sigma=_floats(row.sigma for row in stops),
        not_before_s=_ints(row.not_before_s for row in stops),
        begun_s=_ints(row.begun_s for row in stops),
        break_first=_ends(len(row.breaks) for row in stops),
        break_earliest_s=_ints(earliest_s for earliest_s, _ in breaks),
        break_s=_ints(length_s for _, length_s in breaks),
        period_since_s=since_s,
        period_factor=factors,
    )


class _Reader:
    """Reads routes of one problem."""

    def __init__(self, problem: Problem, uncertainty: Uncertainty) -> None:
        self.problem, self.uncertainty = problem, uncertainty
        self.bases = {(base.technician, base.shift): base for base in problem.base_routes}
        self.since_s, self.factors = _periods(problem)

    def free_s(self, route: Route) -> int:
        """On duty, and not in the past."""
        shift = self._technician(route).shifts[route.shift]
        return max(shift.start_s, self.problem.now_s if self.problem.now_s is not None else shift.start_s)

    def rows(self, route: Route) -> Iterator[_Row]:
        """The stops of a route."""
        base = self.bases.get((route.technician, route.shift), BaseRoute(technician=route.technician))
        shift = self._technician(route).shifts[route.shift]
        begun = {stop.job for stop in base.frozen if stop.begun}
        frozen = {stop.job for stop in base.frozen}
        waiting = sorted(route.pauses, key=lambda pause: pause.start_s)
        for stop in route.stops:
            if stop.job in begun:
                yield self._begun(route, stop)
                continue
            due: list[Pause] = []
            while waiting and waiting[0].end_s <= stop.start_s:
                due.append(waiting.pop(0))
            freeze_s = LONG_AGO if stop.job in frozen or base.freeze_before_s is None else base.freeze_before_s
            yield self._to_come(route, stop, freeze_s, tuple(_break(shift, base, pause) for pause in due))

    def _begun(self, route: Route, stop: Stop) -> _Row:
        """Its start is a fact, and so is what is over of its service by now."""
        spread = self.uncertainty.service_of(stop.job, route.technician)
        now_s = stop.start_s if self.problem.now_s is None else self.problem.now_s
        known_s = min(max(now_s, stop.start_s), stop.finish_s) - stop.start_s
        return _Row(
            usual_s=0.0,
            known_s=known_s,
            unknown_s=stop.finish_s - stop.start_s - known_s,
            log_median=spread.log_median,
            sigma=spread.sigma,
            not_before_s=LONG_AGO,
            begun_s=stop.start_s,
            breaks=(),
        )

    def _to_come(self, route: Route, stop: Stop, freeze_s: int, breaks: tuple[tuple[int, int], ...]) -> _Row:
        spread = self.uncertainty.service_of(stop.job, route.technician)
        factor = float(self.factors[np.searchsorted(self.since_s, stop.leave_s, side="right") - 1])
        opens = opens_s(self.problem.jobs_by_id[stop.job], stop.start_s)
        return _Row(
            usual_s=stop.travel_s / factor if factor else 0.0,
            known_s=0,
            unknown_s=stop.finish_s - stop.start_s,
            log_median=spread.log_median,
            sigma=spread.sigma,
            not_before_s=min(stop.start_s, max(freeze_s, opens)),
            begun_s=LONG_AGO,
            breaks=breaks,
        )

    def _technician(self, route: Route) -> Technician:
        return self.problem.technicians_by_id[route.technician]


def opens_s(job: Job, start_s: int) -> int:
    """From when nobody objects to service starting, if it is planned for `start_s`: who comes earlier waits.

    For the job's window to open, its release, the announced window, the agreed or pinned time.
    """
    waits = [window.start_s for window in job.windows if window.start_s <= start_s <= window.end_s]
    waits.extend(one for one in (job.release_s, job.target_s) if one is not None)
    if job.announced is not None and job.announced.window is not None:
        waits.append(job.announced.window.start_s)
    if job.pin is not None and job.pin.start_s is not None:
        waits.append(start_s)
    return max(waits, default=LONG_AGO)


def _break(shift: Shift, base: BaseRoute, pause: Pause) -> tuple[int, int]:
    """When the planned pause could start at the earliest, and how long it is."""
    length_s = pause.end_s - pause.start_s
    earliest = (
        due.earliest_start_s
        for due in shift.breaks[base.breaks_done :]
        if due.duration_s == length_s and due.earliest_start_s <= pause.start_s <= due.latest_start_s
    )
    return next(earliest, pause.start_s), length_s


def _periods(problem: Problem) -> tuple[Ints, Floats]:
    """All time, cut where the travel factor changes."""
    since, factors, free_s = [LONG_AGO], [1.0], LONG_AGO
    for period in problem.travel_periods:
        if period.start_s >= period.end_s:
            continue
        if period.start_s == free_s:
            since.pop()
            factors.pop()
        since.extend((period.start_s, period.end_s))
        factors.extend((period.percent / 100, 1.0))
        free_s = period.end_s
    return _ints(since), _floats(factors)


def _ends(counts: Iterable[int]) -> Ints:
    return np.cumsum([0, *counts], dtype=np.int64)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
