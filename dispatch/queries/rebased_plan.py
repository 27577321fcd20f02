"""A draft brought up to date with the routes of one moment, and what publishing it would take away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, select
from sqlalchemy.orm import Session

from dispatch.models import (
    Absence,
    Announcement,
    Disruption,
    Order,
    Plan,
    Promise,
    Route,
    Shift,
    SlotOffer,
    Stop,
    Technician,
    TechnicianSkill,
    Visit,
    VisitSkill,
)
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.queries.planning_words import Span
from dispatch.rules.lifecycles import SlotOfferStatus
from dispatch.travel import TravelModel
from optimizer.check import Violation, check
from optimizer.evaluation import Evaluator
from optimizer.problem import Job, Problem
from optimizer.rebase import Wanted, as_they_stand, must_stay, rebase
from optimizer.solution import Solution
from optimizer.solution import Stop as PlannedStop
from optimizer.tables import Tables

#: a solution that leaves a mandatory job out is judged by what is lost, not refused for it
_NOT_A_FAULT = "mandatory_unassigned"
#: a name that no technician has: who is wanted there is to be found a place
NO_ROUTE = ("nobody", 0)
Fingerprint = tuple[Row[Any], ...]


@dataclass(frozen=True)
class Loss:
    """What would be taken away: `booking` (its stop), `window` (told), `promise` or `pin`, of a visit."""

    what: str
    visit_id: int


@dataclass(frozen=True)
class RebasedPlan:
    """What publishing would write: `solution` for `snapshot`, provided that `fingerprint` still holds.

    `standing` are the routes as they can still be driven: stops by job.
    """

    snapshot: Snapshot
    solution: Solution
    fingerprint: Fingerprint
    standing: Mapping[str, PlannedStop]

    def faults(self) -> list[Violation]:
        """What the checker finds; a plan with faults is not published."""
        violations = check(self.snapshot.problem, self.solution).violations
        return [one for one in violations if one.code != _NOT_A_FAULT]

    def losses(self) -> list[Loss]:
        """What a customer, or who pinned a stop, has now and would have no more.

        A stop that the routes cannot keep anyway, since somebody is late or absent, is not
        lost by publishing; it is taken out, and the visit waits for a place.
        """
        planned = {stop.job: stop for route in self.solution.routes for stop in route.stops}
        return [
            loss
            for spans in self.snapshot.planned.values()
            for visit_id, span in spans.items()
            for loss in self._lost(visit_id, span, self.standing.get(str(visit_id)), planned.get(str(visit_id)))
        ]

    def _lost(self, visit_id: int, span: Span, now: PlannedStop | None, then: PlannedStop | None) -> Iterator[Loss]:
        job = self.snapshot.problem.jobs_by_id.get(str(visit_id))
        if job is None:  # nobody knows where it is any more
            yield Loss("booking", visit_id)
        elif then is None and job.pin is not None and job.pin.start_s is not None:
            yield Loss("pin", visit_id)
        elif now is not None and then is None:
            yield Loss("booking", visit_id)
        elif now is not None and then is not None and visit_id not in self.snapshot.begun:
            yield from self._broken(visit_id, span, job, now, then)

    def _broken(self, visit_id: int, span: Span, job: Job, now: PlannedStop, then: PlannedStop) -> Iterator[Loss]:
        """What the routes keep now, as written and as they can still be driven, and would not then."""
        starts = (self.snapshot.seconds(span[0]), now.start_s, then.start_s)
        told = job.announced.window if job.announced else None
        if told is not None and _turns([told.start_s <= start_s <= told.end_s for start_s in starts]):
            yield Loss("window", visit_id)
        finishes = (self.snapshot.seconds(span[1]), now.finish_s, then.finish_s)
        dues = [due.due_s for due in job.promises if due.broken_price_s]  # the others are times of our own
        if any(_turns([finish_s <= due_s for finish_s in finishes]) for due_s in dues):
            yield Loss("promise", visit_id)


def _turns(kept: Sequence[bool]) -> bool:
    """Whether what is kept until now is kept no more at the end."""
    return all(kept[:-1]) and not kept[-1]


def rebased_plan(
    session: Session,
    plan: Plan,
    *,
    now: datetime,
    travel: TravelModel,
    technicians: Collection[int] | None = None,
) -> RebasedPlan:
    """The plan, or its routes of some `technicians`, as it fits the routes now.

    In a part of a plan, visits on routes that are not published stay there, as far as those
    routes can still keep them, and those that the plan gives to other technicians only wait.
    Where what is merely wanted would take something away, it gets no more than the room that
    is left.
    """
    snapshot = planning_snapshot(session, plan.territory_id, plan.days, now=now, travel=travel)
    wanted = _wanted(plan, snapshot)
    if technicians is not None:
        chosen = {str(technician) for technician in technicians}
        elsewhere = {
            stop.job
            for route in as_they_stand(snapshot.problem)
            for stop in route.stops
            if route.technician not in chosen
        }
        wanted = {
            duty: [job for job in jobs if job not in elsewhere] for duty, jobs in wanted.items() if duty[0] in chosen
        }
        snapshot = snapshot.only(technicians, [int(job) for jobs in wanted.values() for job in jobs])
    fingerprint = fingerprint_of(session, snapshot)
    problem = snapshot.problem
    evaluator = Evaluator(Tables(problem))
    standing = {stop.job: stop for route in as_they_stand(problem, evaluator) for stop in route.stops}
    rebased = RebasedPlan(snapshot, rebase(problem, wanted, evaluator), fingerprint, standing)
    if not rebased.losses():
        return rebased
    return replace(rebased, solution=rebase(problem, _modest(wanted, problem), evaluator))


def _modest(wanted: Wanted, problem: Problem) -> Wanted:
    """The same, but what is merely wanted may have any place that costs no more than it is worth."""
    must = must_stay(problem)
    merely = [job for jobs in wanted.values() for job in jobs if job not in must]
    return {duty: [job for job in jobs if job in must] for duty, jobs in wanted.items()} | {NO_ROUTE: merely}


def _wanted(plan: Plan, snapshot: Snapshot) -> dict[tuple[str, int], list[str]]:
    """The visits that the plan wants on each route, in order; those of shifts that are gone on one nobody knows."""
    proposed: Mapping[str, Sequence[Mapping[str, int]]] = plan.proposal["routes"]
    duties = {str(shift_id): duty for duty, shift_id in snapshot.shift_ids.items()}
    return {
        duties.get(shift_id, (f"{NO_ROUTE[0]} {shift_id}", 0)): [str(stop["visit_id"]) for stop in stops]
        for shift_id, stops in proposed.items()
    }


def fingerprint_of(session: Session, snapshot: Snapshot) -> Fingerprint:
    """Everything that must not have changed between looking and writing.

    That is routes, shifts and people, visits, and what is told of them.
    """
    jobs = [int(job.id) for job in snapshot.problem.jobs]
    shifts = list(snapshot.shift_ids.values())
    technicians = {int(technician.id) for technician in snapshot.problem.technicians}
    orders = select(Visit.order_id).where(Visit.id.in_(jobs))
    left = select(Stop.route_id).where(Stop.visit_id.in_(snapshot.orphaned))
    held = TechnicianSkill
    statements: tuple[Executable, ...] = (
        select(Visit.id, Visit.version, Order.status, Order.priority)
        .join(Order, Order.id == Visit.order_id)
        .where(Visit.id.in_(jobs))
        .order_by(Visit.id),
        select(VisitSkill.visit_id, VisitSkill.skill_id, VisitSkill.level)
        .where(VisitSkill.visit_id.in_(jobs))
        .order_by(VisitSkill.visit_id, VisitSkill.skill_id),
        select(Technician.id, Technician.is_active, held.skill_id, held.level, held.certified_until_on)
        .outerjoin(held, held.technician_id == Technician.id)
        .where(Technician.id.in_(technicians))
        .order_by(Technician.id, held.skill_id),
        select(Route.id, Route.version).where(Route.shift_id.in_(shifts) | Route.id.in_(left)).order_by(Route.id),
        select(Stop.visit_id, Stop.route_id, Stop.start_at).where(Stop.visit_id.in_(jobs)).order_by(Stop.visit_id),
        select(Shift.id, Shift.starts_at, Shift.ends_at).where(Shift.id.in_(shifts)).order_by(Shift.id),
        select(Absence.id, Absence.from_at, Absence.until_at)
        .where(Absence.technician_id.in_(technicians))
        .order_by(Absence.id),
        select(SlotOffer.id)
        .where(SlotOffer.visit_id.in_(jobs), SlotOffer.status == SlotOfferStatus.HELD)
        .order_by(SlotOffer.id),
        select(Promise.id, Promise.status, Promise.from_at, Promise.due_at)
        .where(Promise.visit_id.in_(jobs) | Promise.order_id.in_(orders))
        .order_by(Promise.id),
        select(Disruption.id, Disruption.status)
        .where(Disruption.visit_id.in_(jobs) | Disruption.technician_id.in_(technicians))
        .order_by(Disruption.id),
        select(Announcement.id, Announcement.told_at).where(Announcement.visit_id.in_(jobs)).order_by(Announcement.id),
    )
    return tuple(row for statement in statements for row in session.execute(statement))
