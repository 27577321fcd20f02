"""How likely somebody comes inside the window that each customer of a plan was told, or would be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order, Premises, Visit
from dispatch.queries.duration_history import learnt_durations
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.rules.announcing import Span, window_to_tell
from dispatch.rules.duration_learning import traits_of
from optimizer.problem import Announcement, Job, Problem, Window
from optimizer.risk.simulate import risks
from optimizer.risk.uncertainty import Traits
from optimizer.solution import Solution


def plan_forecast(session: Session, snapshot: Snapshot, solution: Solution, *, now: datetime) -> Mapping[int, float]:
    """The probability that each visit starts inside its window, by visit; what has begun is left out, it is a fact."""
    traits, booked = _known(session, solution)
    told = _told(snapshot, solution, booked)
    uncertainty = replace(learnt_durations(session, now=now), traits=traits)
    return {
        int(one.job): one.kept_probability
        for one in risks(told, solution, uncertainty)
        if one.kept_probability is not None and int(one.job) not in snapshot.begun
    }


def _known(session: Session, solution: Solution) -> tuple[dict[str, Traits], dict[str, Span]]:
    """What the visits have in common with others, and what is booked of them."""
    traits: dict[str, Traits] = {}
    booked: dict[str, Span] = {}
    statement = (
        select(Visit.id, Order.kind, Visit.purpose, Premises.community_id, Visit.booked_from_at, Visit.booked_until_at)
        .join(Order, Order.id == Visit.order_id)
        .join(Premises, Premises.id == Visit.premises_id)
        .where(Visit.id.in_([int(job) for route in solution.routes for job in route.jobs]))
    )
    for row in session.execute(statement):
        traits[str(row.id)] = traits_of(row.kind, row.purpose, row.community_id)
        if row.booked_from_at is not None and row.booked_until_at is not None:
            booked[str(row.id)] = (row.booked_from_at, row.booked_until_at)
    return traits, booked


def _told(snapshot: Snapshot, solution: Solution, booked: Mapping[str, Span]) -> Problem:
    """The problem once everybody in the plan has been told their window; who was told one keeps it."""
    starts = {stop.job: stop.start_s for route in solution.routes for stop in route.stops}

    def telling(job: Job) -> Job:
        if job.id not in starts or (job.announced is not None and job.announced.window is not None):
            return job
        from_at, until_at = window_to_tell(snapshot.at(starts[job.id]), booked.get(job.id), None, snapshot.zone)
        window = Window(start_s=snapshot.seconds(from_at), end_s=snapshot.seconds(until_at))
        return replace(job, announced=Announcement(window=window))

    return replace(snapshot.problem, jobs=tuple(map(telling, snapshot.problem.jobs)))
