"""A snapshot's problem in which nobody else loses what they have been promised to make room for one more visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Route, Stop
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.queries.planning_words import DutyName
from optimizer.problem import BaseStop, Job, Problem, Window


def keeping_promises(problem: Problem) -> Problem:
    """The same, with what customers have been told and would get as a limit instead of a price."""
    standing = {stop.job: stop for route in problem.base_routes for stop in route.stops if not stop.begun}
    jobs = tuple(_keeping(job, standing[job.id]) if job.id in standing else job for job in problem.jobs)
    return replace(problem, jobs=jobs)


def with_unlocated_stops(session: Session, snapshot: Snapshot) -> Iterator[DutyName]:
    """Routes with a stop that nobody knows the place of: what is written anew would lose it."""
    if not snapshot.unlocated:
        return
    statement = select(Route.shift_id).join(Stop, Stop.route_id == Route.id)
    shifts = set(session.scalars(statement.where(Stop.visit_id.in_(snapshot.unlocated))))
    yield from (duty for duty, shift_id in snapshot.shift_ids.items() if shift_id in shifts)


def _keeping(job: Job, stop: BaseStop) -> Job:
    told = job.announced.window if job.announced else None
    windows = job.windows
    if told is not None and told.start_s <= stop.start_s <= told.end_s:
        windows = tuple(_both(window, told) for window in windows or (told,) if _meet(window, told))
    finish_s = stop.start_s + job.duration_s
    dues = [due.due_s for due in job.promises if due.broken_price_s and finish_s <= due.due_s]
    deadlines = [*dues, *([] if job.deadline_s is None else [job.deadline_s])]
    return replace(job, windows=windows, deadline_s=min(deadlines, default=None))


def _meet(one: Window, other: Window) -> bool:
    return max(one.start_s, other.start_s) <= min(one.end_s, other.end_s)


def _both(one: Window, other: Window) -> Window:
    return Window(start_s=max(one.start_s, other.start_s), end_s=min(one.end_s, other.end_s))
