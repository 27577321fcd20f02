"""When may a job start, and what does each start cost? Functions of the start, exactly."""

from __future__ import annotations

from functools import reduce

from optimizer.piecewise import FOREVER, Piece, cut, total
from optimizer.problem import Job, Problem, Promise, Weights, Window


def start_profile(problem: Problem, job: Job, duration_s: int) -> list[Piece]:
    """The price of each start in ms, infinite where the job may not start.

    A frozen job may start at any time: its windows are history, its promises are not.
    """
    if job.id in problem.frozen_jobs:
        return _priced(problem.weights, job, duration_s)
    return loose_profile(problem.weights, job, duration_s)


def loose_profile(weights: Weights, job: Job, duration_s: int) -> list[Piece]:
    """The price of each start in ms of a job that is not frozen, infinite where it may not start."""
    priced = _priced(weights, job, duration_s)
    return [piece for first, last in allowed_starts(job, duration_s) for piece in cut(priced, first, last)]


def allowed_starts(job: Job, duration_s: int) -> list[tuple[int, int]]:
    """The spans in which service may start: windows, release, deadline and pinned time together."""
    first = -FOREVER if job.release_s is None else job.release_s
    last = FOREVER if job.deadline_s is None else job.deadline_s - duration_s
    if job.pin is not None and job.pin.start_s is not None:
        first, last = max(first, job.pin.start_s), min(last, job.pin.start_s)
    windows = [(window.start_s, window.end_s) for window in job.windows] or [(-FOREVER, FOREVER)]
    spans = [(max(first, start), min(last, end)) for start, end in windows]
    return [(start, end) for start, end in spans if start <= end]


def _priced(weights: Weights, job: Job, duration_s: int) -> list[Piece]:
    return reduce(total, _prices(weights, job, duration_s), _everywhere(0))


def _everywhere(price_ms: int) -> list[Piece]:
    return [Piece(-FOREVER, FOREVER, price_ms, 0)]


def _prices(weights: Weights, job: Job, duration_s: int) -> list[list[Piece]]:
    prices = [promise_price(promise, duration_s) for promise in job.promises]
    if job.target_s is not None:
        prices.append(target_price(job.target_s, weights.target_price_ms_per_s))
    if job.announced is not None and job.announced.window is not None:
        prices.append(missed_price(job.announced.window, 1000 * weights.window_missed_price_s))
    return prices


def target_price(target_s: int, price_ms_per_s: int) -> list[Piece]:
    """Every second before or after the agreed time costs the same."""
    early = Piece(-FOREVER, target_s - 1, (target_s + FOREVER) * price_ms_per_s, -price_ms_per_s)
    return [early, Piece(target_s, FOREVER, 0, price_ms_per_s)]


def promise_price(promise: Promise, duration_s: int) -> list[Piece]:
    """Nothing until the promise is due; then once for breaking it and for every second late."""
    due_s = promise.due_s - (duration_s if promise.measure == "finish" else 0)
    late = promise.late_price_ms_per_s
    return [
        Piece(-FOREVER, due_s, 0, 0),
        Piece(due_s + 1, FOREVER, 1000 * promise.broken_price_s + late, late),
    ]


def missed_price(window: Window, price_ms: int) -> list[Piece]:
    """Starting outside the announced window costs once, before it or after it."""
    return [
        Piece(-FOREVER, window.start_s - 1, price_ms, 0),
        Piece(window.start_s, window.end_s, 0, 0),
        Piece(window.end_s + 1, FOREVER, price_ms, 0),
    ]
