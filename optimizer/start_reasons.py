"""Why does service start when it does? What binds the start, and what another start would cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.assembly import orders_of
from optimizer.driven_route import Timing
from optimizer.evaluation import Evaluator
from optimizer.piecewise import FOREVER
from optimizer.problem import Job, Problem, Window
from optimizer.solution import Route, Solution, Stop
from optimizer.tables import Duty, Tables

MINUTE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StartReasons:
    """Why a job starts at `start_s`.

    `bound_by` names what keeps it from starting a second earlier, or draws it there: `begun`,
    `shift_starts`, `now`, `arrival`, `break`, `window_opens`, `release`, `freeze`, `pin`,
    `announced`, `target`, `promise`; empty if nothing does but the costs of other stops.
    `earlier_ms` and `later_ms` are what the route would cost more if service started at least a
    minute earlier or later, everything else at its cheapest; None where it cannot.
    """

    job: str
    start_s: int
    bound_by: tuple[str, ...]
    earlier_ms: int | None
    later_ms: int | None


def start_reasons(problem: Problem, solution: Solution, job: str) -> StartReasons:
    """Why a served job starts when it does; raises KeyError if the job is not in a route."""
    route = next((one for one in solution.routes if job in one.jobs), None)
    if route is None:
        raise KeyError(job)
    evaluator = Evaluator(Tables(problem))
    ((index, order),) = orders_of(evaluator, [route]).items()
    duty = evaluator.tables.duties[index]
    position = route.jobs.index(job)
    stop, is_begun = route.stops[position], position < len(duty.begun_s)
    now = evaluator.timing(index, order)

    def more_ms(first_s: int, last_s: int) -> int | None:
        if is_begun or now is None:
            return None
        number = evaluator.tables.job_index[job]
        return _more(now, evaluator.timing_within(index, order, number, Window(start_s=first_s, end_s=last_s)))

    return StartReasons(
        job=job,
        start_s=stop.start_s,
        bound_by=("begun",) if is_begun else tuple(_bounds(problem, duty, route, position)),
        earlier_ms=more_ms(-FOREVER, stop.start_s - MINUTE_S),
        later_ms=more_ms(stop.start_s + MINUTE_S, FOREVER),
    )


def _more(now: Timing, other: Timing | None) -> int | None:
    return None if other is None else other.cost.total_ms - now.cost.total_ms


def _bounds(problem: Problem, duty: Duty, route: Route, position: int) -> Iterator[str]:
    """Everything that the start coincides with, the technician's own day first."""
    stop = route.stops[position]
    yield from _own_day(problem, duty, route, position)
    if any(pause.end_s == stop.start_s for pause in route.pauses) and stop.arrive_s < stop.start_s:
        yield "break"
    yield from _limits(problem.jobs_by_id[stop.job], stop)
    if stop.start_s == duty.freeze_s and stop.job not in problem.frozen_jobs:
        yield "freeze"
    yield from _wishes(problem.jobs_by_id[stop.job], stop)


def _own_day(problem: Problem, duty: Duty, route: Route, position: int) -> Iterator[str]:
    """Service starts on arrival, and the technician could not have left earlier."""
    stop = route.stops[position]
    if stop.start_s > stop.arrive_s:
        return
    if stop.leave_s == problem.now_s:
        yield "now"
    elif position:
        yield "arrival"
    elif stop.leave_s == duty.shift.start_s:
        yield "shift_starts"


def _limits(job: Job, stop: Stop) -> Iterator[str]:
    """What may not be: the job's own limits in time."""
    if any(window.start_s == stop.start_s for window in job.windows):
        yield "window_opens"
    if job.release_s == stop.start_s:
        yield "release"
    if job.pin is not None and job.pin.start_s == stop.start_s:
        yield "pin"


def _wishes(job: Job, stop: Stop) -> Iterator[str]:
    """What costs: the agreed time, what was announced, what was promised."""
    told = None if job.announced is None else job.announced.window
    if told is not None and stop.start_s in (told.start_s, told.end_s):
        yield "announced"
    if job.target_s == stop.start_s:
        yield "target"
    done = {"start": stop.start_s, "finish": stop.finish_s}
    if any(done[promise.measure] == promise.due_s for promise in job.promises):
        yield "promise"
