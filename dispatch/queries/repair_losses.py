"""What a repair of the day would take from customers, beside what they had before the day was upset."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Plan, Route, Stop
from dispatch.queries.planning_snapshot import planning_snapshot
from dispatch.queries.rebased_plan import Loss, RebasedPlan, rebased_plan
from dispatch.travel import TravelModel
from optimizer.problem import Job
from optimizer.rebase import as_they_stand
from optimizer.solution import Stop as PlannedStop

#: a stop as it would be, with its shift
_Planned = tuple[int, PlannedStop]


@dataclass(frozen=True)
class _Written:
    """A stop as the routes have it, whoever can still drive it."""

    shift_id: int
    technician_id: int
    start_at: datetime
    finish_at: datetime


@dataclass(frozen=True)
class RepairOutlook:
    """What publishing a repair would do: what is `lost`, whether any stop changes, whose routes lose nothing.

    `untouched` are technicians on whose routes, as they are and as they would be, no visit
    loses anything; `rebased` is what would be written.
    """

    lost: tuple[Loss, ...]
    changes: bool
    untouched: frozenset[int]
    rebased: RebasedPlan


def repair_outlook(
    session: Session,
    plan: Plan,
    *,
    needed: Collection[int] = (),
    now: datetime,
    travel: TravelModel,
    technicians: Collection[int] | None = None,
) -> RepairOutlook:
    """Hold the repair, or its routes of some `technicians`, against the routes as they were written.

    Unlike publishing, which minds only what the routes can still keep, this minds what they
    kept before somebody fell ill or was held up: a told window or an agreed time, a promise,
    a place at all. `needed` are visits that must have a place in the end, such as emergencies.
    """
    rebased = rebased_plan(session, plan, now=now, travel=travel, technicians=technicians)
    then = {int(stop.job): (shift_id, stop) for shift_id, stop in _planned(rebased)}
    written = _written(session, plan)
    begun = rebased.snapshot.begun
    movable = {visit_id: stop for visit_id, stop in written.items() if visit_id not in begun}
    lost = [loss for visit_id, stop in movable.items() for loss in _losses(rebased, visit_id, stop, then.get(visit_id))]
    if technicians is None:
        lost += [Loss("place", visit_id) for visit_id in needed if visit_id not in then and visit_id not in written]
    ahead = {visit_id: after for visit_id, after in then.items() if visit_id not in begun}
    changes = any(_is_elsewhere(rebased, after, written.get(visit_id)) for visit_id, after in ahead.items())
    untouched = _untouched(rebased, lost, written, then)
    return RepairOutlook(tuple(lost), changes or bool(lost), untouched, rebased)


def unkept_visits(
    session: Session, plan: Plan, *, needed: Collection[int], now: datetime, travel: TravelModel
) -> frozenset[int]:
    """Visits that the routes of the plan's days hold and cannot keep as they stand now, and those `needed` without one.

    A stop whose technician is absent, or has declined, is one.
    """
    snapshot = planning_snapshot(session, plan.territory_id, plan.days, now=now, travel=travel)
    standing = {int(stop.job) for route in as_they_stand(snapshot.problem) for stop in route.stops}
    held = {visit_id for visit_id in _written(session, plan) if str(visit_id) in snapshot.problem.jobs_by_id}
    open_ones = {visit_id for visit_id in needed if str(visit_id) in snapshot.problem.jobs_by_id}
    return frozenset((held | open_ones) - standing)


def _planned(rebased: RebasedPlan) -> Iterator[_Planned]:
    """Every stop that would be, with its shift."""
    for route in rebased.solution.routes:
        shift_id = rebased.snapshot.shift_ids[route.technician, route.shift]
        yield from ((shift_id, stop) for stop in route.stops)


def _written(session: Session, plan: Plan) -> Mapping[int, _Written]:
    """Every stop of the plan's days, by visit."""
    statement = (
        select(Stop.visit_id, Route.shift_id, Route.technician_id, Stop.start_at, Stop.finish_at)
        .join(Route, Route.id == Stop.route_id)
        .where(Route.territory_id == plan.territory_id, Route.day_on.in_(plan.days))
    )
    return {row.visit_id: _Written(*row[1:]) for row in session.execute(statement)}


def _losses(rebased: RebasedPlan, visit_id: int, before: _Written, then: _Planned | None) -> Iterator[Loss]:
    """What the visit had as it was written and would have no more; nothing of one that is over, or not the plan's."""
    job = rebased.snapshot.problem.jobs_by_id.get(str(visit_id))
    if job is None:
        return
    if then is None:
        yield Loss("booking", visit_id)
        return
    after = then[1]
    if _window_lost(rebased, job, before, after):
        yield Loss("window", visit_id)
    finish_s = rebased.snapshot.seconds(before.finish_at)
    dues = [due.due_s for due in job.promises if due.broken_price_s]
    if any(finish_s <= due_s < after.finish_s for due_s in dues):
        yield Loss("promise", visit_id)


def _window_lost(rebased: RebasedPlan, job: Job, before: _Written, after: PlannedStop) -> bool:
    told = job.announced.window if job.announced else None
    if told is None:
        return False
    start_s = rebased.snapshot.seconds(before.start_at)
    return told.start_s <= start_s <= told.end_s and not told.start_s <= after.start_s <= told.end_s


def _is_elsewhere(rebased: RebasedPlan, then: _Planned, before: _Written | None) -> bool:
    shift_id, stop = then
    return before is None or (before.shift_id, before.start_at) != (shift_id, rebased.snapshot.at(stop.start_s))


def _untouched(
    rebased: RebasedPlan,
    lost: Collection[Loss],
    written: Mapping[int, _Written],
    then: Mapping[int, _Planned],
) -> frozenset[int]:
    visits = {loss.visit_id for loss in lost}
    owners = {shift_id: int(technician) for (technician, _), shift_id in rebased.snapshot.shift_ids.items()}
    touched = {written[visit_id].technician_id for visit_id in visits if visit_id in written}
    touched |= {owners[then[visit_id][0]] for visit_id in visits if visit_id in then}
    return frozenset(owners.values()) - touched
