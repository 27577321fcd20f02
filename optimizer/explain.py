"""Why is a job left out? Every obstacle, not only the first."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.insertion import cheapest_for_the_plan
from optimizer.obstacles import (
    AllForbidden,
    CostsMoreThanItIsWorth,
    ExpiredSkill,
    MissingPart,
    MissingSkill,
    NoRoomInRoutes,
    NoShiftCovers,
    NoTechnicianHasAll,
    Obstacle,
)
from optimizer.problem import Job, Problem, SkillNeed, Technician, Window
from optimizer.route_arrays import RouteArrays
from optimizer.start_costs import allowed_starts
from optimizer.tables import Duty, Tables, has_skills, pin_allows, service_s


def obstacles(arrays: RouteArrays, job: int) -> list[Obstacle]:
    """Everything that keeps a job out of these routes: who may go, when, and what is full.

    An obstacle of one kind does not hide those of another: a missing skill is reported
    beside a window that no shift covers.
    """
    tables = arrays.tables
    asked = tables.problem.jobs[job]
    found = [*_missing_skills(tables.problem, asked), *_nobody_left(tables.problem, asked)]
    found.extend(_missing_parts(tables, asked))
    found.extend(_uncovered_windows(tables, job))
    return found or _no_room(arrays, job)


def _missing_skills(problem: Problem, job: Job) -> Iterator[Obstacle]:
    """Each skill must be held by somebody, on some shift, in date."""
    wanting = []
    for need in job.skills:
        held = [technician for technician in problem.technicians if _holds(technician, need, in_date=False)]
        if not held:
            wanting.append(need.code)
            yield MissingSkill(need.code, need.level)
        elif not any(_holds(technician, need, in_date=True) for technician in held):
            wanting.append(need.code)
            yield ExpiredSkill(need.code, need.level)
    if not wanting and not any(_skilled(job, technician) for technician in problem.technicians):
        yield NoTechnicianHasAll(tuple(need.code for need in job.skills))


def _holds(technician: Technician, need: SkillNeed, *, in_date: bool) -> bool:
    ends = [shift.end_s for shift in technician.shifts] if in_date else []
    return any(
        skill.code == need.code
        and skill.level >= need.level
        and (not in_date or skill.expires_s is None or any(skill.expires_s >= end for end in ends))
        for skill in technician.skills
    )


def _skilled(job: Job, technician: Technician) -> bool:
    return any(has_skills(job, technician, shift) for shift in technician.shifts)


def _wanted(job: Job, technician: Technician) -> bool:
    """Neither forbidden nor ruled out by the pin."""
    return technician.id not in job.forbidden_technicians and any(
        pin_allows(job, technician, shift) for shift in range(len(technician.shifts))
    )


def _nobody_left(problem: Problem, job: Job) -> Iterator[Obstacle]:
    """Somebody who has the skills must be allowed to go."""
    skilled = [technician for technician in problem.technicians if _skilled(job, technician)]
    if skilled and not any(_wanted(job, technician) for technician in skilled):
        yield AllForbidden(tuple(technician.id for technician in skilled))


def _could_go(tables: Tables, job: Job) -> list[Duty]:
    """The duties of those who might be sent; with no such, everyone's, so that other obstacles show too."""
    able = [
        duty
        for duty in tables.duties
        if has_skills(job, duty.technician, duty.shift)
        and duty.technician.id not in job.forbidden_technicians
        and pin_allows(job, duty.technician, duty.shift_index)
    ]
    return able or tables.duties


def _missing_parts(tables: Tables, job: Job) -> Iterator[Obstacle]:
    """Each part must be on one of the vans in the quantity asked."""
    vans = [duty.shift.parts for duty in _could_go(tables, job)]
    for part, quantity in job.parts.items():
        if not any(van.get(part, 0) >= quantity for van in vans):
            yield MissingPart(part, quantity)


def _uncovered_windows(tables: Tables, job: int) -> Iterator[Obstacle]:
    """Some shift must be able to serve the job in one of its windows with nothing else to do."""
    asked = tables.problem.jobs[job]
    duties = _could_go(tables, asked)
    if any(_fits_alone(tables, job, duty) for duty in duties):
        return
    for window in asked.windows or _whole_time(asked, duties):
        yield NoShiftCovers(window)


def _whole_time(job: Job, duties: list[Duty]) -> tuple[Window, ...]:
    first = min((duty.shift.start_s for duty in duties), default=0)
    last = max((duty.limit_s for duty in duties), default=0)
    opens = first if job.release_s is None else job.release_s
    closes = last if job.deadline_s is None else job.deadline_s
    return (Window(start_s=opens, end_s=max(opens, closes)),)


def _fits_alone(tables: Tables, job: int, duty: Duty) -> bool:
    """Whether the technician could drive out, serve inside a window and be back by the limit, breaks aside."""
    asked = tables.problem.jobs[job]
    place = int(tables.job_place[job])
    duration_s = service_s(asked, duty.technician)
    percent = min(percent for _, _, percent in tables.periods)
    out_s = -(-int(tables.travel_s[duty.start_place, place]) * percent // 100)
    back_s = 0 if duty.end_place is None else -(-int(tables.travel_s[place, duty.end_place]) * percent // 100)
    first = max(duty.shift.start_s, tables.problem.now_s or duty.shift.start_s) + out_s
    last = duty.limit_s - back_s - duration_s
    return any(max(first, opens) <= min(last, closes) for opens, closes in allowed_starts(asked, duration_s))


def _no_room(arrays: RouteArrays, job: int) -> list[Obstacle]:
    """Nothing but the other jobs is in the way, or it is not worth its way."""
    tables, evaluator = arrays.tables, arrays.evaluator
    best = cheapest_for_the_plan(arrays, job, arrays.feasible(job))
    if best is None:
        duties = [duty for duty in _could_go(tables, tables.problem.jobs[job]) if _fits_alone(tables, job, duty)]
        return [NoRoomInRoutes(tuple(dict.fromkeys(duty.technician.id for duty in duties)))]
    increase_ms, duty, _ = best
    technician = evaluator.tables.duties[duty].technician.id
    return [CostsMoreThanItIsWorth(technician, increase_ms, tables.leave_out_ms[job])]
