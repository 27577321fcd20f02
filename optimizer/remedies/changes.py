"""The one thing that would have to change, what it does to the problem, and what it is worth in travel.

A change of overtime costs what the route then pays for it. The other prices are ours, so
that changes of different kinds can be ranked; see docs/problem-format.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from optimizer.coded import Coded
from optimizer.problem import Job, Problem, Shift, Skill, Technician, Window
from optimizer.tables import leave_out_ms

#: each second by which a window, a release or a deadline moves, in ms of travel
MOVED_PRICE_MS_PER_S = 1_000
#: one more part on a van: a way to the store
PART_PRICE_S = 3_600
#: sending somebody who must not be sent: a talk with the customer
FORBIDDEN_PRICE_S = 10_800
#: a skill that somebody has not: training, or help from elsewhere
SKILL_PRICE_S = 14_400


@dataclass(frozen=True, slots=True)
class Change(Coded):
    """One change; `code` is the name of the class in snake case, the fields are its detail."""

    def applied(self, problem: Problem, job: str) -> Problem:  # noqa: ARG002 - of some changes
        """The problem once this has changed for `job`."""
        return problem

    def price_ms(self, problem: Problem) -> int:  # noqa: ARG002 - of some changes
        """What the change is worth, in ms of travel, its effect on the route left aside."""
        return 0


@dataclass(frozen=True, slots=True)
class MovedLimit(Change):
    """A limit in time of the job's own moves by so many minutes."""

    minutes: int

    @property
    def moved_s(self) -> int:
        """By how many seconds."""
        return 60 * self.minutes

    def on(self, job: Job) -> Job:
        """The job with its limit moved."""
        raise NotImplementedError

    def applied(self, problem: Problem, job: str) -> Problem:
        """The problem with the job's limit moved."""
        jobs = tuple(self.on(one) if one.id == job else one for one in problem.jobs)
        return replace(problem, jobs=jobs)

    def price_ms(self, problem: Problem) -> int:  # noqa: ARG002 - the same for every problem
        """By the second."""
        return MOVED_PRICE_MS_PER_S * self.moved_s


@dataclass(frozen=True, slots=True)
class EarlierWindow(MovedLimit):
    """The window opens so many minutes earlier."""

    window: Window

    def on(self, job: Job) -> Job:
        """The job with the window wider."""
        return _widened(job, replace(self.window, start_s=self.window.start_s - self.moved_s))


@dataclass(frozen=True, slots=True)
class LaterWindow(MovedLimit):
    """The window closes so many minutes later."""

    window: Window

    def on(self, job: Job) -> Job:
        """The job with the window wider."""
        return _widened(job, replace(self.window, end_s=self.window.end_s + self.moved_s))


@dataclass(frozen=True, slots=True)
class EarlierRelease(MovedLimit):
    """Service may start so many minutes before `release_s`."""

    release_s: int

    def on(self, job: Job) -> Job:
        """The job released earlier."""
        return replace(job, release_s=self.release_s - self.moved_s)


@dataclass(frozen=True, slots=True)
class LaterDeadline(MovedLimit):
    """Service may finish so many minutes after `deadline_s`."""

    deadline_s: int

    def on(self, job: Job) -> Job:
        """The job with more time."""
        return replace(job, deadline_s=self.deadline_s + self.moved_s)


@dataclass(frozen=True, slots=True)
class MoreOvertime(Change):
    """The technician's overtime limit on this shift is so many minutes higher."""

    technician: str
    shift: int
    minutes: int

    def applied(self, problem: Problem, job: str) -> Problem:  # noqa: ARG002 - whatever the job
        """The problem with that shift's limit raised."""
        shift = problem.technicians_by_id[self.technician].shifts[self.shift]
        longer = replace(shift, overtime_limit_s=shift.overtime_limit_s + 60 * self.minutes)
        return _with_shift(problem, self.technician, self.shift, longer)


@dataclass(frozen=True, slots=True)
class OneSkill(Change):
    """The technician has the skill at this level, in date."""

    technician: str
    skill: str
    level: int

    def applied(self, problem: Problem, job: str) -> Problem:  # noqa: ARG002 - whatever the job
        """The problem with a technician who can do more."""
        technician = problem.technicians_by_id[self.technician]
        learnt = Skill(code=self.skill, level=self.level)
        return _with_technician(problem, replace(technician, skills=(*technician.skills, learnt)))

    def price_ms(self, problem: Problem) -> int:  # noqa: ARG002 - the same for every problem
        """Once."""
        return 1000 * SKILL_PRICE_S


@dataclass(frozen=True, slots=True)
class OnePart(Change):
    """The van carries so many more of the part on this shift."""

    technician: str
    shift: int
    part: str
    quantity: int

    def applied(self, problem: Problem, job: str) -> Problem:  # noqa: ARG002 - whatever the job
        """The problem with a fuller van."""
        shift = problem.technicians_by_id[self.technician].shifts[self.shift]
        parts = {**shift.parts, self.part: shift.parts.get(self.part, 0) + self.quantity}
        return _with_shift(problem, self.technician, self.shift, replace(shift, parts=parts))

    def price_ms(self, problem: Problem) -> int:  # noqa: ARG002 - the same for every problem
        """Once."""
        return 1000 * PART_PRICE_S


@dataclass(frozen=True, slots=True)
class AllowedTechnician(Change):
    """The technician may be sent after all."""

    technician: str

    def applied(self, problem: Problem, job: str) -> Problem:
        """The problem with one forbidden technician less."""
        asked = problem.jobs_by_id[job]
        others = tuple(one for one in asked.forbidden_technicians if one != self.technician)
        allowing = replace(asked, forbidden_technicians=others)
        return replace(problem, jobs=tuple(allowing if one.id == job else one for one in problem.jobs))

    def price_ms(self, problem: Problem) -> int:  # noqa: ARG002 - the same for every problem
        """Once."""
        return 1000 * FORBIDDEN_PRICE_S


@dataclass(frozen=True, slots=True)
class InsteadOf(Change):
    """Another job, worth less, is left out; the problem stays as it is."""

    dropped: str

    def price_ms(self, problem: Problem) -> int:
        """What leaving that job out costs."""
        return leave_out_ms(problem, problem.jobs_by_id[self.dropped])


@dataclass(frozen=True, slots=True)
class AtThatPrice(Change):
    """Nothing but the price is in the way: the job fits, though it is not worth its way."""


def _widened(job: Job, wider: Window) -> Job:
    """The job with one of its windows wider, joined with those that it now meets."""
    apart = [one for one in job.windows if one.end_s < wider.start_s or wider.end_s < one.start_s]
    met = [wider, *(one for one in job.windows if one not in apart)]
    joined = Window(start_s=min(one.start_s for one in met), end_s=max(one.end_s for one in met))
    return replace(job, windows=tuple(sorted((*apart, joined), key=lambda one: one.start_s)))


def _with_shift(problem: Problem, technician: str, index: int, shift: Shift) -> Problem:
    person = problem.technicians_by_id[technician]
    shifts = (*person.shifts[:index], shift, *person.shifts[index + 1 :])
    return _with_technician(problem, replace(person, shifts=shifts))


def _with_technician(problem: Problem, person: Technician) -> Problem:
    return replace(problem, technicians=tuple(person if one.id == person.id else one for one in problem.technicians))
