"""Why is a job left out? Every obstacle, not only the first."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.insertion import cheapest_for_the_plan
from optimizer.obstacles import (
    AllForbidden,
    CostsMoreThanItIsWorth,
    ExpiredSkill,
    MissingPart,
    MissingSkill,
    NobodyWorks,
    NoRoomInRoutes,
    NoShiftCovers,
    NoTechnicianHasAll,
    Obstacle,
)
from optimizer.problem import Job, SkillNeed, Technician, Window
from optimizer.route_arrays import RouteArrays
from optimizer.start_costs import allowed_starts
from optimizer.tables import Duty, has_all, pin_allows

Mask = NDArray[np.bool_]
Longs = NDArray[np.int64]


class _Days(NamedTuple):
    """Every duty as arrays of shape (D,): from when to when, and from where to where (-1: nowhere in particular)."""

    start_s: Longs
    limit_s: Longs
    start_place: Longs
    end_place: Longs


def obstacles(arrays: RouteArrays, job: int) -> list[Obstacle]:
    """Everything that keeps a job out of these routes; for many jobs, keep an Explainer."""
    return Explainer(arrays).obstacles(job)


class Explainer:
    """What keeps jobs out of the routes of a plan: who may go, when, and what is full."""

    def __init__(self, arrays: RouteArrays) -> None:
        self.arrays, self.tables, self.problem = arrays, arrays.tables, arrays.tables.problem
        self._skill_obstacles = cache(self._find_skill_obstacles)
        self._skilled = cache(self._find_skilled)

    def obstacles(self, job: int) -> list[Obstacle]:
        """Everything that keeps a job out.

        An obstacle of one kind does not hide those of another: a missing skill is reported
        beside a window that no shift covers; only where nobody works is there nothing else to say.
        """
        if not self.tables.duties:
            return [NobodyWorks()]
        asked = self.problem.jobs[job]
        could_go = self._could_go(asked)
        found = [*self._skill_obstacles(asked.skills), *self._nobody_left(asked)]
        found.extend(self._missing_parts(asked, could_go))
        alone = could_go & self._fits_alone(job, could_go)
        if not alone.any():
            found.extend(NoShiftCovers(window) for window in asked.windows or self._whole_time(asked, could_go))
        return found or self._no_room(job, alone)

    def _find_skill_obstacles(self, needs: tuple[SkillNeed, ...]) -> tuple[Obstacle, ...]:
        """Each skill must be held by somebody, on some shift, in date; and all of them by one person."""
        found: list[Obstacle] = []
        for need in needs:
            held = [technician for technician in self.problem.technicians if _holds(technician, need, in_date=False)]
            if not held:
                found.append(MissingSkill(need.code, need.level))
            elif not any(_holds(technician, need, in_date=True) for technician in held):
                found.append(ExpiredSkill(need.code, need.level))
        if not found and not self._skilled(needs).any():
            found.append(NoTechnicianHasAll(tuple(need.code for need in needs)))
        return tuple(found)

    def _find_skilled(self, needs: tuple[SkillNeed, ...]) -> Mask:
        """The duties of those who have all the skills."""
        return self._where(has_all(needs, duty.technician, duty.shift) for duty in self.tables.duties)

    def _where(self, flags: Iterable[bool]) -> Mask:
        return np.fromiter(flags, dtype=np.bool_, count=len(self.tables.duties))

    def _wanted(self, job: Job) -> Mask:
        """The duties of those who are neither forbidden nor ruled out by the pin."""
        duties = self.tables.duties
        if not job.forbidden_technicians and job.pin is None:
            return np.ones(len(duties), dtype=np.bool_)
        return self._where(
            duty.technician.id not in job.forbidden_technicians and pin_allows(job, duty.technician, duty.shift_index)
            for duty in duties
        )

    def _could_go(self, job: Job) -> Mask:
        """The duties of those who might be sent; with no such, everyone's, so that other obstacles show too."""
        able: Mask = self._skilled(job.skills) & self._wanted(job)
        return able if able.any() else np.ones(len(able), dtype=np.bool_)

    def _nobody_left(self, job: Job) -> list[Obstacle]:
        """Somebody who has the skills must be allowed to go."""
        able, allowed = self._skilled(job.skills), self._wanted(job)
        if (able & allowed).any() or not able.any():
            return []
        skilled = dict.fromkeys(duty.technician.id for duty in self._of(able))
        wanted = {duty.technician.id for duty in self._of(allowed)}
        return [] if wanted & skilled.keys() else [AllForbidden(tuple(skilled))]

    def _of(self, mask: Mask) -> list[Duty]:
        return [self.tables.duties[duty] for duty in np.flatnonzero(mask)]

    def _missing_parts(self, job: Job, could_go: Mask) -> list[Obstacle]:
        """Each part must be on one of the vans in the quantity asked."""
        vans = [duty.shift.parts for duty in self._of(could_go)] if job.parts else []
        return [
            MissingPart(part, quantity)
            for part, quantity in job.parts.items()
            if not any(van.get(part, 0) >= quantity for van in vans)
        ]

    def _whole_time(self, job: Job, could_go: Mask) -> tuple[Window, ...]:
        days = self._days
        first = min(days.start_s[could_go].tolist(), default=0)
        last = max(days.limit_s[could_go].tolist(), default=0)
        opens = first if job.release_s is None else job.release_s
        closes = last if job.deadline_s is None else job.deadline_s
        return (Window(start_s=opens, end_s=max(opens, closes)),)

    @cached_property
    def _days(self) -> _Days:
        duties = self.tables.duties
        columns = (
            [duty.shift.start_s for duty in duties],
            [duty.limit_s for duty in duties],
            [duty.start_place for duty in duties],
            [-1 if duty.end_place is None else duty.end_place for duty in duties],
        )
        return _Days(*(np.array(column, dtype=np.int64) for column in columns))

    def _fits_alone(self, job: int, asking: Mask) -> Mask:
        """Who could drive out, serve inside a window and be back by the limit with nothing else to do, breaks aside."""
        days, asked, place = self._days, self.problem.jobs[job], int(self.tables.job_place[job])
        percent = min(percent for _, _, percent in self.tables.periods)
        duration_s = self.arrays.everyone.durations_s(asked)[self.arrays.person]
        out_s = self.arrays.travel_s(days.start_place, place, percent)
        back_s = np.where(days.end_place < 0, 0, self.arrays.travel_s(place, days.end_place, percent))
        first = np.maximum(days.start_s, self.problem.now_s or days.start_s) + out_s
        last = days.limit_s - back_s - duration_s
        fits = np.zeros(len(first), dtype=np.bool_)
        for length in np.unique(duration_s[asking]):
            same = duration_s == length
            for opens, closes in allowed_starts(asked, int(length)):
                fits |= same & (np.maximum(first, opens) <= np.minimum(last, closes))
        return fits

    def _no_room(self, job: int, alone: Mask) -> list[Obstacle]:
        """Nothing but the other jobs is in the way, or it is not worth its way."""
        best = cheapest_for_the_plan(self.arrays, job, self.arrays.feasible(job))
        if best is None:
            return [NoRoomInRoutes(tuple(dict.fromkeys(duty.technician.id for duty in self._of(alone))))]
        increase_ms, duty, _ = best
        technician = self.tables.duties[duty].technician.id
        return [CostsMoreThanItIsWorth(technician, increase_ms, self.tables.leave_out_ms[job])]


def _holds(technician: Technician, need: SkillNeed, *, in_date: bool) -> bool:
    ends = [shift.end_s for shift in technician.shifts] if in_date else []
    return any(
        skill.code == need.code
        and skill.level >= need.level
        and (not in_date or skill.expires_s is None or any(skill.expires_s >= end for end in ends))
        for skill in technician.skills
    )
