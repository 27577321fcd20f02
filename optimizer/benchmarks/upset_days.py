"""A planned day of which everybody was told, and what upsets it: somebody ill, a job that overruns, an emergency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from optimizer.problem import (
    Announcement,
    BaseRoute,
    BaseStop,
    Job,
    Problem,
    Promise,
    Technician,
    Window,
)
from optimizer.solution import Route, Solution, Stop
from optimizer.tables import service_s

MINUTE, HOUR = 60, 3600
#: of the customers so many know who comes, and so many have a promise beside the window
NAMED, PROMISED = 0.5, 1 / 3
BROKEN_S = 7_200
#: what the product's repairs pay for each visit that somebody else is given
REASSIGNED_S = 600
ILL_AT, OVERRUN_AT, EMERGENCY_AT = 8 * HOUR + 10 * MINUTE, 11 * HOUR, 13 * HOUR
OVERRUN_S, EMERGENCY_DUE_S, EMERGENCY_VALUE = 90 * MINUTE, 4 * HOUR, 200


@dataclass(frozen=True, kw_only=True)
class Upset:
    """A day at the moment when something goes wrong.

    `problem` knows what has begun and what was told; `anew` knows what has begun, and of
    nothing that was told or planned for later. `planned` is the technician of each visit, as
    everybody was told.
    """

    name: str
    problem: Problem
    anew: Problem
    planned: Mapping[str, str]


def upsets(day: Problem, plan: Solution, seed: int) -> Iterator[Upset]:
    """The three disruptions, each of the day as `plan` has it; the same for the same arguments.

    Where nobody is at work at 11:00, nothing overruns.
    """
    random = Random(f"upsets {seed}")
    told = _told(day, plan, random)
    yield _ill(told, plan, random)
    yield from _overrun(told, plan)
    yield _emergency(told, plan, random)


def _told(day: Problem, plan: Solution, random: Random) -> Problem:
    """Everybody has been told a window of two hours, many who comes; some have been promised to be done by an hour."""
    at = {stop.job: (route.technician, stop) for route in plan.routes for stop in route.stops}
    jobs = tuple(_telling(job, *at[job.id], random) if job.id in at else job for job in day.jobs)
    people = tuple(
        replace(one, shifts=tuple(replace(shift, overtime_limit_s=HOUR) for shift in one.shifts))
        for one in day.technicians
    )
    return replace(day, jobs=jobs, technicians=people, weights=replace(day.weights, reassigned_price_s=REASSIGNED_S))


def _telling(job: Job, technician: str, stop: Stop, random: Random) -> Job:
    opens = stop.start_s // HOUR * HOUR
    due = Promise(due_s=(stop.finish_s // HOUR + 2) * HOUR, broken_price_s=BROKEN_S)
    return replace(
        job,
        announced=Announcement(
            technician=technician if random.random() < NAMED else None,
            window=Window(start_s=opens, end_s=opens + 2 * HOUR),
        ),
        promises=(due,) if random.random() < PROMISED else (),
    )


def _ill(told: Problem, plan: Solution, random: Random) -> Upset:
    """Somebody with a full day calls in before it has begun."""
    full = sorted(plan.routes, key=lambda route: -len(route.stops))[: max(1, len(plan.routes) // 3)]
    gone = random.choice(full)
    jobs = tuple(_without_name(job, gone.technician) for job in told.jobs)
    people = tuple(one for one in told.technicians if one.id != gone.technician)
    left = replace(told, jobs=jobs, technicians=people)
    name = f"ill at 08:10, {len(gone.stops)} visits"
    return _at(name, left, plan, ILL_AT)


def _without_name(job: Job, technician: str) -> Job:
    """Whoever is ill cannot be sent, so that the name costs nothing any more."""
    if job.announced is None or job.announced.technician != technician:
        return job
    return replace(job, announced=replace(job.announced, technician=None))


def _overrun(told: Problem, plan: Solution) -> Iterator[Upset]:
    """The job in hand of whoever has most still to do takes 90 minutes longer."""
    busy = [
        (sum(stop.start_s > OVERRUN_AT for stop in route.stops), route.technician, stop.job)
        for route in plan.routes
        for stop in route.stops
        if stop.start_s <= OVERRUN_AT < stop.finish_s
    ]
    if not busy:
        return
    ahead, technician, late = max(busy)
    longer_s = service_s(told.jobs_by_id[late], told.technicians_by_id[technician]) + OVERRUN_S
    jobs = tuple(
        replace(job, durations_s={**job.durations_s, technician: longer_s}) if job.id == late else job
        for job in told.jobs
    )
    yield _at(f"90 minutes longer at 11:00, {ahead} visits ahead", replace(told, jobs=jobs), plan, OVERRUN_AT)


def _emergency(told: Problem, plan: Solution, random: Random) -> Upset:
    """A customer whom nobody had heard of, to be helped within four hours."""
    like = random.choice(told.jobs)
    due = Promise(due_s=EMERGENCY_AT + EMERGENCY_DUE_S, broken_price_s=BROKEN_S)
    new = Job(
        id="emergency",
        place=like.place,
        duration_s=HOUR,
        skills=like.skills,
        release_s=EMERGENCY_AT,
        promises=(due,),
        value=EMERGENCY_VALUE,
    )
    return _at("an emergency at 13:00", replace(told, jobs=(*told.jobs, new)), plan, EMERGENCY_AT)


def _at(name: str, told: Problem, plan: Solution, now_s: int) -> Upset:
    """The day at this moment: what has begun, or somebody is on the way to, stays."""
    people = told.technicians_by_id
    routes = [route for route in plan.routes if route.technician in people]
    running = tuple(_running(route, people[route.technician], now_s) for route in routes)
    known = replace(told, base_routes=running, now_s=now_s)
    facts = tuple(replace(route, stops=route.frozen) for route in running)
    unheard = tuple(replace(job, announced=None) for job in known.jobs)
    return Upset(
        name=name,
        problem=known,
        anew=replace(known, jobs=unheard, base_routes=facts),
        planned={stop.job: route.technician for route in plan.routes for stop in route.stops},
    )


def _running(route: Route, technician: Technician, now_s: int) -> BaseRoute:
    """A route as it is at a moment; breaks that are over are history."""
    on_the_way = [stop.start_s for stop in route.stops if stop.leave_s < now_s < stop.start_s]
    over = sum(pause.end_s <= now_s for pause in route.pauses)
    return BaseRoute(
        technician=route.technician,
        shift=route.shift,
        stops=tuple(BaseStop(job=stop.job, start_s=stop.start_s, begun=stop.start_s <= now_s) for stop in route.stops),
        freeze_before_s=on_the_way[0] + 1 if on_the_way else now_s,
        breaks_done=min(over, len(technician.shifts[route.shift].breaks)),
    )
