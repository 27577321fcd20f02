"""The routes of a territory and what could be done in them, as a problem for the optimizer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.models import Territory
from dispatch.queries.planning_rows import PlanningRows, standing_stops
from dispatch.queries.planning_travel import planning_travel
from dispatch.queries.planning_words import PLANNING_WEIGHTS, DutyName, Span, Words, seconds_between
from dispatch.queries.travel_periods import travel_periods
from dispatch.rules.datum import Coordinate
from dispatch.travel import TravelModel
from optimizer.problem import Break, Job, Problem, Weights


@dataclass(frozen=True)
class Snapshot:
    """A problem, and what its names stand for.

    `shift_ids` names the shift behind each technician and index; `route_versions` the version
    of each shift's route (0: none yet); `planned` when service starts and ends as each route
    says, by visit; `meals` the meal breaks still to come; `unlocated` the visits that no place
    is known of; `orphaned` those on routes whose shift is gone, or was over before they had begun;
    `coordinates` where the problem's places are.
    """

    problem: Problem
    zone: ZoneInfo
    shift_ids: Mapping[DutyName, int]
    route_versions: Mapping[int, int]
    day_versions: Mapping[date, int]
    unlocated: tuple[int, ...]
    fallback_cells: int = 0
    planned: Mapping[DutyName, Mapping[int, Span]] = field(default_factory=dict)
    meals: Mapping[DutyName, Break] = field(default_factory=dict)
    orphaned: tuple[int, ...] = ()
    coordinates: tuple[Coordinate, ...] = ()

    def at(self, seconds: int) -> datetime:
        """The instant so many seconds after the horizon's start."""
        return self.problem.horizon_start_at + timedelta(seconds=seconds)

    def seconds(self, instant: datetime) -> int:
        """Seconds from the horizon's start to an instant, rounded up."""
        return seconds_between(self.problem.horizon_start_at, instant)

    @cached_property
    def begun(self) -> frozenset[int]:
        """The visits that have begun: their stops are facts."""
        return frozenset(int(stop.job) for route in self.problem.base_routes for stop in route.stops if stop.begun)

    def without(self, visit_id: int) -> Snapshot:
        """The same, with the visit's own stop taken out of the routes: it asks for a new place."""
        job_id = str(visit_id)
        routes = tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.job != job_id))
            for route in self.problem.base_routes
        )
        jobs = tuple(
            replace(job, pin=None, announced=None, promises=()) if job.id == job_id else job
            for job in self.problem.jobs
        )
        return replace(self, problem=replace(self.problem, base_routes=routes, jobs=jobs))

    def only(self, technicians: Collection[int], visits: Collection[int]) -> Snapshot:
        """The same for some technicians, with the visits on their routes and those named."""
        names = {str(technician) for technician in technicians}
        routes = tuple(route for route in self.problem.base_routes if route.technician in names)
        jobs = {str(visit) for visit in visits} | {stop.job for route in routes for stop in route.stops}
        problem = replace(
            self.problem,
            technicians=tuple(one for one in self.problem.technicians if one.id in names),
            jobs=tuple(_known_to(names, job) for job in self.problem.jobs if job.id in jobs),
            base_routes=routes,
        )
        shift_ids = {duty: shift_id for duty, shift_id in self.shift_ids.items() if duty[0] in names}
        planned = {duty: spans for duty, spans in self.planned.items() if duty[0] in names}
        return replace(self, problem=problem, shift_ids=shift_ids, planned=planned, orphaned=())


def planning_snapshot(
    session: Session,
    territory_id: int,
    days: Sequence[date],
    *,
    now: datetime,
    travel: TravelModel,
    asking: Mapping[int, Span | None] | None = None,
    only_on_routes: bool = False,
    only_shifts: Collection[int] | None = None,
    weights: Weights | None = None,
) -> Snapshot:
    """What the territory looks like on `days` (in order) at business time `now`.

    `asking` names visits that want a place, with the window they ask for (None: their own).
    With `only_on_routes` no other visit waits to be planned: enough for a quote; with
    `only_shifts` nobody else works.
    """
    zone = ZoneInfo(session.get_one(Territory, territory_id).time_zone)
    rows = PlanningRows(session, territory_id, tuple(days), zone, now)
    worked = rows.worked_shifts(only_shifts)
    orphaned = () if only_on_routes or only_shifts is not None else rows.orphaned(worked)
    words = Words(rows.start_at, rows.end_at, zone, now, worked, asking or {})
    technicians = words.technicians()
    planned = _planned(words)
    on_routes = {visit_id for spans in planned.values() for visit_id in spans}
    visits = rows.visits(on_routes | words.asking.keys(), orphaned, waiting=not only_on_routes)
    located = [visit for visit in visits if visit.premises.lat is not None]
    facts = rows.facts_of(located)
    begun = {one.visit_id: one for shift in worked for one in shift.begun}
    jobs = tuple(words.job(visit, facts, begun) for visit in located)
    between = planning_travel(travel, words.places.coordinates)
    problem = Problem(
        horizon_start_at=rows.start_at,
        places=between.places,
        technicians=technicians,
        jobs=jobs,
        travel=between.travel,
        travel_periods=travel_periods(session, days, zone, rows.start_at, travel),
        weights=weights or PLANNING_WEIGHTS,
        base_routes=words.base_routes(visit.id for visit in located),
        now_s=max(0, words.seconds(now)),
    )
    return Snapshot(
        problem=problem,
        zone=zone,
        shift_ids={duty: shift_id for shift_id, duty in words.duties.items()},
        route_versions={one.shift.id: one.route.version if one.route else 0 for one in worked},
        day_versions=rows.day_versions(),
        unlocated=tuple(visit.id for visit in visits if visit.premises.lat is None),
        fallback_cells=between.fallback_cells,
        planned=planned,
        meals=_meals(words),
        orphaned=orphaned,
        coordinates=tuple(words.places.coordinates),
    )


def _planned(words: Words) -> dict[DutyName, dict[int, Span]]:
    """When service starts and ends, by route and visit, as the routes say."""
    return {
        words.duties[one.shift.id]: {
            stop.visit_id: (stop.start_at, stop.finish_at) for stop in standing_stops(one.route)
        }
        for one in words.worked
        if one.route is not None
    }


def _known_to(technicians: Collection[str], job: Job) -> Job:
    """The same job; that somebody else was announced, is known, or refused it, says nothing about these technicians."""
    job = replace(
        job,
        preferred_technicians=_among(technicians, job.preferred_technicians),
        regular_technicians=_among(technicians, job.regular_technicians),
        forbidden_technicians=_among(technicians, job.forbidden_technicians),
    )
    told = job.announced
    if told is None or told.technician is None or told.technician in technicians:
        return job
    return replace(job, announced=None if told.window is None else replace(told, technician=None))


def _among(technicians: Collection[str], named: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in named if name in technicians)


def _meals(words: Words) -> dict[DutyName, Break]:
    return {
        words.duties[one.shift.id]: words.pause(rest)
        for one in words.worked
        for rest in one.rests(words.now)
        if rest.is_meal
    }
