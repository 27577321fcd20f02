"""The days a plan may turn into: every route driven many times over, services and drives drawn anew each time.

Whoever is free drives on at once, and starts as soon as they are there and nobody objects
(`opens_s`); the order of stops stays, and so does the leg on which a break is taken, never
before it may start. What has begun is a fact; what is left of it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, exp
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.problem import Job, Problem, Window
from optimizer.risk.day_arrays import LONG_AGO, DayArrays, Floats, Ints, day_arrays
from optimizer.risk.uncertainty import NO_HISTORY, TravelSpread, Uncertainty
from optimizer.solution import Solution, Stop

#: seconds from the horizon's start, of shape (stops, samples)
Starts = NDArray[np.int32]
SAMPLES = 1_000
EARLY, LATE = 0.05, 0.95
#: starts are whole seconds, rounded up, but not because of the last bit
ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRisk:
    """How likely one stop of a plan is as it should be.

    `kept_probability`: that service starts inside the window the customer counts on
    (`told_window`; None without one); `due_probability`: that every promise which costs
    something to break is met (None without one). Of all starts 5 % are before
    `early_start_s`, half before `median_start_s`, 5 % after `late_start_s`.
    """

    job: str
    technician: str
    shift: int
    planned_start_s: int
    kept_probability: float | None
    due_probability: float | None
    early_start_s: int
    median_start_s: int
    late_start_s: int


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Each stop of a plan with the starts of its service in all the days drawn, of shape (samples,), sorted."""

    problem: Problem
    solution: Solution
    starts_s: Starts

    def starts_by_job(self) -> dict[str, NDArray[np.int32]]:
        """The sorted starts of each job."""
        jobs = (job for route in self.solution.routes for job in route.jobs)
        return dict(zip(jobs, self.starts_s, strict=True))

    def risks(self) -> tuple[StopRisk, ...]:
        """How likely each stop is as it should be, in the order of routes and stops."""
        return tuple(self._risks())

    def _risks(self) -> Iterator[StopRisk]:
        stops = ((route, stop) for route in self.solution.routes for stop in route.stops)
        for (route, stop), starts in zip(stops, self.starts_s, strict=True):
            job = self.problem.jobs_by_id[stop.job]
            window, last_s = told_window(job, stop.start_s), _last_kept_start_s(job, stop)
            yield StopRisk(
                job=stop.job,
                technician=route.technician,
                shift=route.shift,
                planned_start_s=stop.start_s,
                kept_probability=None if window is None else share_inside(starts, window.start_s, window.end_s),
                due_probability=None if last_s is None else share_inside(starts, LONG_AGO, last_s),
                early_start_s=quantile(starts, EARLY),
                median_start_s=quantile(starts, 0.5),
                late_start_s=quantile(starts, LATE),
            )


def risks(
    problem: Problem,
    solution: Solution,
    uncertainty: Uncertainty = NO_HISTORY,
    samples: int = SAMPLES,
    seed: int = 0,
) -> tuple[StopRisk, ...]:
    """How likely each stop of a plan is as it should be; the same for the same seed."""
    return simulate(problem, solution, uncertainty, samples, seed).risks()


def simulate(
    problem: Problem,
    solution: Solution,
    uncertainty: Uncertainty = NO_HISTORY,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Simulated:
    """Drive every route of a plan on `samples` drawn days; the same for the same seed.

    All routes meet the same days, so what is said of one stop is right, but not how many stops
    of different routes are late together.
    """
    arrays = day_arrays(problem, solution, uncertainty)
    longest = int(np.diff(arrays.route_first).max(initial=0))
    normals = _normals(np.random.default_rng(seed), 2 * longest + 1, samples)
    starts = _drive(
        arrays,
        _travel_factors(uncertainty.travel, normals[0], normals[1 : longest + 1]),
        normals[longest + 1 :],
        np.empty((len(arrays.usual_s), samples), dtype=np.int32),
    )
    starts.sort(axis=1)
    return Simulated(problem, solution, starts)


def told_window(job: Job, start_s: int) -> Window | None:
    """The window that the customer counts on: the one announced, else the one of the job's that the plan keeps."""
    if job.announced is not None and job.announced.window is not None:
        return job.announced.window
    return next((window for window in job.windows if window.start_s <= start_s <= window.end_s), None)


def share_inside(starts_s: NDArray[np.int32], first_s: int, last_s: int) -> float:
    """The share of sorted starts between two instants, both included."""
    inside = np.searchsorted(starts_s, last_s, side="right") - np.searchsorted(starts_s, first_s, side="left")
    return float(inside) / len(starts_s)


def quantile(starts_s: NDArray[np.int32], share: float) -> int:
    """The earliest instant by which at least this share of the sorted starts has happened."""
    rank = int(np.ceil(share * len(starts_s) - 1e-9)) - 1
    return int(starts_s[min(max(rank, 0), len(starts_s) - 1)])


def _last_kept_start_s(job: Job, stop: Stop) -> int | None:
    """The last start that meets every promise which costs something to break, if service lasts as planned."""
    length_s = stop.finish_s - stop.start_s
    dues = (one.due_s - (length_s if one.measure == "finish" else 0) for one in job.promises if one.broken_price_s)
    return min(dues, default=None)


def _normals(random: np.random.Generator, rows: int, samples: int) -> Floats:
    """Standard normal numbers of shape (rows, samples): each row the same quantiles, shuffled (a Latin hypercube).

    McKay, Beckman and Conover (1979, Technometrics 21): as exact as many more independent ones.
    """
    normal = NormalDist()
    quantiles = np.array([normal.inv_cdf((index + 0.5) / samples) for index in range(samples)])
    return random.permuted(np.tile(quantiles, (rows, 1)), axis=1)


def _travel_factors(travel: TravelSpread, day: Floats, legs: Floats) -> Floats:
    """The factor on each leg of each day, of shape (legs, samples)."""
    factors: Floats = np.exp(travel.log_median + travel.day_sigma * day[None, :] + travel.leg_sigma * legs)
    return factors


@compiled
def _drive(day: DayArrays, travel: Floats, service: Floats, starts: Starts) -> Starts:
    """Fill in when each stop starts in each sample; `travel` holds factors, `service` standard normals, by leg."""
    free_s = np.empty(starts.shape[1], dtype=np.float64)
    for route in range(len(day.free_s)):
        first = day.route_first[route]
        free_s[:] = day.free_s[route]
        for stop in range(first, day.route_first[route + 1]):
            _arrive(day, stop, travel[stop - first], free_s)
            log_median, sigma, left_s = day.log_median[stop], day.sigma[stop], day.unknown_s[stop]
            for sample in range(len(free_s)):
                starts[stop, sample] = ceil(free_s[sample] - ROUNDING_S)
                factor = exp(log_median + sigma * service[stop - first, sample])
                over_s = free_s[sample] + day.known_s[stop] + left_s * factor
                free_s[sample] = max(over_s, day.free_s[route])
    return starts


@compiled
def _arrive(day: DayArrays, stop: int, travel: Floats, free_s: Floats) -> None:
    """Turn when somebody is free, in each sample, into when service starts at the next stop, in place."""
    first, last = day.break_first[stop], day.break_first[stop + 1]
    earliest_s, length_s = day.break_earliest_s[first:last], day.break_s[first:last]
    usual_s, not_before_s, begun_s = day.usual_s[stop], day.not_before_s[stop], day.begun_s[stop]
    if begun_s != LONG_AGO:
        free_s[:] = begun_s
        return
    since_s, factors = day.period_since_s, day.period_factor
    for sample in range(len(free_s)):
        at_s, taken = free_s[sample], 0
        while taken < len(earliest_s) and earliest_s[taken] <= at_s:
            at_s += length_s[taken]
            taken += 1
        at_s += usual_s * factors[_period(since_s, at_s)] * travel[sample]
        while taken < len(earliest_s):
            at_s = max(at_s, earliest_s[taken]) + length_s[taken]
            taken += 1
        free_s[sample] = max(at_s, not_before_s)


@compiled
def _period(since_s: Ints, at_s: float) -> int:
    """The last of the periods that has begun then."""
    first, last = 0, len(since_s)
    while last - first > 1:
        middle = (first + last) // 2
        if since_s[middle] <= at_s:
            first = middle
        else:
            last = middle
    return first
