"""The problem as the engines read it: whole numbers and indexes instead of ids.

A *duty* is one technician on one shift; a *call* is one job as one technician would do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.piecewise import FOREVER, Piece
from optimizer.problem import BaseRoute, Break, Job, Problem, Shift, SkillNeed, Technician
from optimizer.start_costs import start_profile


@dataclass(frozen=True, slots=True)
class Call:
    """One job as one technician would do it; `begun_s` is the start of one already begun."""

    job: int
    place: int
    duration_s: int
    price_ms: int
    profile: list[Piece]
    frozen: bool = False
    begun_s: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Taking some breaks in a row between two stops, all as early as they may start.

    They last `pause_s` together, the first can start no later than `latest_s` for all of
    them to be in time, and the last cannot end before `not_before_s`.
    """

    pause_s: int
    latest_s: int
    not_before_s: int


NO_BREAK = Gap(0, FOREVER, -FOREVER)


@dataclass(frozen=True, slots=True)
class Duty:
    """One technician on one shift.

    `breaks` are those still to come, `frozen` the jobs that stay at the head of the route,
    `begun_s` the starts of those of them already begun.
    """

    index: int
    technician: Technician
    technician_index: int
    shift_index: int
    shift: Shift
    start_place: int
    end_place: int | None
    limit_s: int
    breaks: tuple[Break, ...]
    frozen: tuple[int, ...]
    begun_s: tuple[int, ...]
    freeze_s: int
    gaps: tuple[tuple[Gap | None, ...], ...]

    def gap(self, taken: int, then: int) -> Gap | None:
        """What it means to take the breaks from `taken` to before `then` in a row; None if impossible."""
        return self.gaps[taken][then]


class Tables:
    """A problem as indexes and arrays; built once, then only read.

    `travel_s` is int32 of shape (places, places), at the usual speed. `periods` covers all
    time with (first, last, percent). `may_serve` is boolean of shape (jobs, duties).
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.place_index = {place.id: index for index, place in enumerate(problem.places)}
        self.job_index = {job.id: index for index, job in enumerate(problem.jobs)}
        self.travel_s = problem.travel.travels_s(problem.places)
        self.periods = _periods(problem)
        self.job_place = np.array([self.place_index[job.place] for job in problem.jobs], dtype=np.int64)
        self.duties = _duties(problem, self.place_index, self.job_index)
        self.duty_index = {(duty.technician.id, duty.shift_index): duty.index for duty in self.duties}
        self.frozen_duty = {job: duty.index for duty in self.duties for job in duty.frozen}
        self.leave_out_ms = [leave_out_ms(problem, job) for job in problem.jobs]
        self._calls: dict[tuple[int, int], Call] = {}

    @cached_property
    def may_serve(self) -> NDArray[np.bool_]:
        """Whether a duty may serve a job at all: skills, forbidden technicians, parts, pins, freeze."""
        allowed = np.zeros((len(self.problem.jobs), len(self.duties)), dtype=np.bool_)
        alike: dict[object, list[bool]] = {}
        for index, job in enumerate(self.problem.jobs):
            if index in self.frozen_duty:
                allowed[index, self.frozen_duty[index]] = True
                continue
            asked = (job.skills, tuple(sorted(job.parts.items())))
            if asked not in alike:
                alike[asked] = [is_equipped(job, duty.technician, duty.shift) for duty in self.duties]
            allowed[index] = alike[asked]
            for technician in job.forbidden_technicians:
                allowed[index, self._duties_of.get(technician, [])] = False
            if job.pin is not None and job.pin.technician is not None:
                allowed[index] &= np.isin(np.arange(len(self.duties)), self._pinned_to(job, job.pin.technician))
        return allowed

    @cached_property
    def _duties_of(self) -> dict[str, list[int]]:
        """The duties of each technician."""
        found: dict[str, list[int]] = {}
        for duty in self.duties:
            found.setdefault(duty.technician.id, []).append(duty.index)
        return found

    def _pinned_to(self, job: Job, technician: str) -> list[int]:
        """The duties of a technician that the job's pin allows."""
        own = [self.duties[index] for index in self._duties_of.get(technician, [])]
        return [duty.index for duty in own if pin_allows(job, duty.technician, duty.shift_index)]

    def call(self, job: int, duty: Duty) -> Call:
        """The job as this duty's technician would do it."""
        key = (job, duty.technician_index)
        if key not in self._calls:
            self._calls[key] = self._make_call(job, duty)
        return self._calls[key]

    def calls(self, duty: Duty, jobs: tuple[int, ...]) -> list[Call]:
        """The jobs of a route, in order, as this duty's technician would do them."""
        return [self.call(job, duty) for job in jobs]

    @cached_property
    def percents(self) -> tuple[int, int]:
        """The best and the worst travel factor that any duty can meet."""
        first = min((time_s for duty in self.duties for time_s in (duty.shift.start_s, *duty.begun_s)), default=0)
        last = max((duty.limit_s for duty in self.duties), default=0)
        met = [percent for start, end, percent in self.periods if start <= last and first <= end]
        return min(met), max(met)

    def _make_call(self, job: int, duty: Duty) -> Call:
        asked = self.problem.jobs[job]
        duration_s = service_s(asked, duty.technician)
        begun = dict(zip(duty.frozen, duty.begun_s, strict=False)) if self.frozen_duty.get(job) == duty.index else {}
        return Call(
            job=job,
            place=int(self.job_place[job]),
            duration_s=duration_s,
            price_ms=sending_ms(self.problem, asked, duty.technician.id),
            profile=start_profile(self.problem, asked, duration_s),
            frozen=job in self.frozen_duty,
            begun_s=begun.get(job),
        )


def service_s(job: Job, technician: Technician) -> int:
    """How long this technician takes: the job's own figure for them, else their usual share of the norm."""
    if technician.id in job.durations_s:
        return job.durations_s[technician.id]
    return -(-job.duration_s * technician.duration_percent // 100)


def sending_ms(problem: Problem, job: Job, technician: str) -> int:
    """The price of sending this technician: not preferred, not the regular, the announced or the planned one."""
    return 1000 * (not_wished_s(problem, job, technician) + changes_s(problem, job, technician))


def not_wished_s(problem: Problem, job: Job, technician: str) -> int:
    """The price of a technician who is neither preferred nor the regular one, where the job names some."""
    weights = problem.weights
    price = 0
    if job.preferred_technicians and technician not in job.preferred_technicians:
        price += weights.not_preferred_price_s
    if job.regular_technicians and technician not in job.regular_technicians:
        price += weights.not_regular_price_s
    return price


def changes_s(problem: Problem, job: Job, technician: str) -> int:
    """The price of a technician other than the customer was told, and other than the base routes say."""
    told = None if job.announced is None else job.announced.technician
    price = 0 if told in (None, technician) else problem.weights.technician_changed_price_s
    if problem.planned_technicians.get(job.id, technician) != technician:
        price += problem.weights.reassigned_price_s
    return price


def leave_out_ms(problem: Problem, job: Job) -> int:
    """The price of not serving a job."""
    weights = problem.weights
    price = job.value * weights.travel_s_per_value
    if problem.is_mandatory(job):
        price += weights.mandatory_price_s
    if job.announced is not None and job.announced.window is not None:
        price += weights.window_missed_price_s
    return 1000 * price


def has_skills(job: Job, technician: Technician, shift: Shift) -> bool:
    """Whether the technician has every skill, at its level, with certificates good until the shift ends."""
    return has_all(job.skills, technician, shift)


def has_all(needs: Iterable[SkillNeed], technician: Technician, shift: Shift) -> bool:
    """Whether the technician has all these skills, at their level, with certificates good until the shift ends."""
    return all(
        any(
            skill.code == need.code
            and skill.level >= need.level
            and (skill.expires_s is None or skill.expires_s >= shift.end_s)
            for skill in technician.skills
        )
        for need in needs
    )


def pin_allows(job: Job, technician: Technician, shift_index: int) -> bool:
    """Whether the pin leaves the job to this technician on this shift."""
    pin = job.pin
    if pin is None:
        return True
    return pin.technician in (None, technician.id) and pin.shift in (None, shift_index)


def is_equipped(job: Job, technician: Technician, shift: Shift) -> bool:
    """Whether the technician has the skills and the van the parts, if there were nothing else to do on this shift."""
    return has_skills(job, technician, shift) and all(
        shift.parts.get(part, 0) >= count for part, count in job.parts.items()
    )


def _periods(problem: Problem) -> tuple[tuple[int, int, int], ...]:
    """All time as (first, last, percent), usual speed where nothing else is said."""
    spans: list[tuple[int, int, int]] = []
    free = -FOREVER
    for period in problem.travel_periods:
        if free < period.start_s:
            spans.append((free, period.start_s - 1, 100))
        if period.start_s < period.end_s:
            spans.append((period.start_s, period.end_s - 1, period.percent))
        free = period.end_s
    return (*spans, (free, FOREVER, 100))


def _duties(problem: Problem, places: dict[str, int], jobs: dict[str, int]) -> list[Duty]:
    base = {(route.technician, route.shift): route for route in problem.base_routes}
    duties: list[Duty] = []
    for technician_index, technician in enumerate(problem.technicians):
        for shift_index, shift in enumerate(technician.shifts):
            route = base.get((technician.id, shift_index), BaseRoute(technician=technician.id))
            breaks = shift.breaks[route.breaks_done :]
            duties.append(
                Duty(
                    index=len(duties),
                    technician=technician,
                    technician_index=technician_index,
                    shift_index=shift_index,
                    shift=shift,
                    start_place=places[shift.start_place],
                    end_place=None if shift.end_place is None else places[shift.end_place],
                    limit_s=shift.end_s + shift.overtime_limit_s,
                    breaks=breaks,
                    frozen=tuple(jobs[stop.job] for stop in route.frozen),
                    begun_s=tuple(stop.start_s for stop in route.frozen if stop.begun),
                    freeze_s=-FOREVER if route.freeze_before_s is None else route.freeze_before_s,
                    gaps=gaps_of(breaks),
                )
            )
    return duties


def gaps_of(breaks: tuple[Break, ...]) -> tuple[tuple[Gap | None, ...], ...]:
    """For each two numbers of breaks taken, what it means to get from one to the other in a row."""
    size = len(breaks) + 1
    return tuple(tuple(_gap(breaks[i:j]) if i <= j else None for j in range(size)) for i in range(size))


def _gap(breaks: tuple[Break, ...]) -> Gap | None:
    gap = NO_BREAK
    for pause in breaks:
        if gap.not_before_s > pause.latest_start_s:
            return None
        gap = Gap(
            pause_s=gap.pause_s + pause.duration_s,
            latest_s=min(gap.latest_s, pause.latest_start_s - gap.pause_s),
            not_before_s=max(gap.not_before_s, pause.earliest_start_s) + pause.duration_s,
        )
    return gap
