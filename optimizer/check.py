"""Is a plan what it says it is? An independent re-timing that names every violation.

This file shares no code with the engines or with timing.py: it reads the problem, drives
each route again leg by leg, and prices it with its own arithmetic. Nothing is shown to
anyone that has not passed here.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.problem import BaseRoute, Break, Job, Problem, Shift, Technician
from optimizer.recount import recount
from optimizer.solution import Cost, Pause, Route, Solution, Stop

_Usual = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with a plan: a code, where, and the figures."""

    code: str
    technician: str | None = None
    shift: int | None = None
    job: str | None = None
    detail: str = ""

    def __str__(self) -> str:
        where = [f"technician {self.technician} shift {self.shift}" if self.technician is not None else ""]
        where.append(f"job {self.job}" if self.job is not None else "")
        return f"{self.code}: {' '.join(filter(None, where))}{' - ' if self.detail else ''}{self.detail}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every violation found, and the cost as counted again from the routes."""

    violations: tuple[Violation, ...]
    cost: Cost

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


def check(problem: Problem, solution: Solution) -> Verdict:
    """Re-time and re-price a plan; every violation is named, none hides another."""
    travel_s = problem.travel.travels_s(problem.places)
    rows = {place.id: index for index, place in enumerate(problem.places)}
    found = [*_jobs_once(problem, solution), *_routes_once(problem, solution)]
    known = [route for route in solution.routes if _is_known(problem, route)]
    bases = {(base.technician, base.shift): base for base in problem.base_routes}
    for route in known:
        base = bases.get((route.technician, route.shift), BaseRoute(technician=route.technician, shift=route.shift))
        found.extend(_RouteCheck(problem, route, base, lambda a, b: int(travel_s[rows[a], rows[b]])).violations())
    first = {(route.technician, route.shift): route for route in reversed(solution.routes)}
    for base in problem.base_routes:
        found.extend(_frozen_stay(base, first.get((base.technician, base.shift))))
    cost = recount(problem, known)
    for term, ms in cost.by_term().items():
        stated = solution.cost.by_term()[term]
        if stated != ms:
            found.append(Violation("cost_mismatch", detail=f"{term} is {ms} ms, stated {stated} ms"))
    return Verdict(tuple(found), cost)


def _is_known(problem: Problem, route: Route) -> bool:
    technician = problem.technicians_by_id.get(route.technician)
    return (
        technician is not None
        and 0 <= route.shift < len(technician.shifts)
        and all(job in problem.jobs_by_id for job in route.jobs)
    )


def _jobs_once(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Every job of the problem is either in one route, once, or reported as left out, and no other job is."""
    times = Counter(job for route in solution.routes for job in route.jobs)
    left_out = Counter(one.job for one in solution.unassigned)
    for unknown in sorted((times + left_out).keys() - problem.jobs_by_id.keys()):
        yield Violation("unknown_job", job=unknown)
    for job in problem.jobs:
        if times[job.id] + left_out[job.id] > 1:
            yield Violation("duplicate_job", job=job.id, detail=f"{times[job.id]} stops, {left_out[job.id]} left out")
        if not times[job.id] + left_out[job.id]:
            yield Violation("job_lost", job=job.id, detail="neither in a route nor left out")
        if not times[job.id] and problem.is_mandatory(job):
            yield Violation("mandatory_unassigned", job=job.id)


def _routes_once(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Every route is of a technician and a shift that exist, one route each."""
    seen = set()
    for route in solution.routes:
        technician = problem.technicians_by_id.get(route.technician)
        if technician is None or not 0 <= route.shift < len(technician.shifts):
            yield Violation("unknown_shift", route.technician, route.shift)
        if (route.technician, route.shift) in seen:
            yield Violation("duplicate_route", route.technician, route.shift)
        seen.add((route.technician, route.shift))


def _frozen_stay(base: BaseRoute, route: Route | None) -> Iterator[Violation]:
    """Frozen stops are the head of their route, in their order; of begun ones the start is a fact."""
    frozen = base.frozen
    stops = () if route is None else route.stops
    for position, fact in enumerate(frozen):
        stop = stops[position] if position < len(stops) else None
        if stop is None or stop.job != fact.job:
            yield Violation("frozen_changed", base.technician, base.shift, fact.job, f"was stop {position}")
        elif fact.begun and stop.start_s != fact.start_s:
            yield Violation("frozen_changed", base.technician, base.shift, fact.job, f"began at {fact.start_s}")
    if base.freeze_before_s is None:
        return
    for stop in stops[len(frozen) :]:
        if stop.start_s < base.freeze_before_s:
            detail = f"starts at {stop.start_s}, frozen until {base.freeze_before_s}"
            yield Violation("frozen_changed", base.technician, base.shift, stop.job, detail)


class _RouteCheck:
    """One route, looked at from every side."""

    def __init__(self, problem: Problem, route: Route, base: BaseRoute, usual_s: _Usual) -> None:
        self.problem, self.route, self.base, self.usual_s = problem, route, base, usual_s
        self.technician: Technician = problem.technicians_by_id[route.technician]
        self.shift: Shift = self.technician.shifts[route.shift]
        self.frozen = {stop.job for stop in self.base.frozen}
        self.begun = {stop.job for stop in self.base.frozen if stop.begun}

    def violations(self) -> Iterator[Violation]:
        """Everything wrong with the route."""
        for position, stop in enumerate(self.route.stops):
            job = self.problem.jobs_by_id[stop.job]
            yield from self._served_as_long_as_it_takes(job, stop)
            if stop.job not in self.frozen:
                yield from self._has_skills(job)
                yield from self._is_not_forbidden(job)
                yield from self._starts_when_it_may(job, stop)
                yield from self._stays_pinned(job, stop, position)
        yield from self._is_driven_as_stated()
        yield from self._carries_its_parts()
        yield from self._takes_its_breaks()
        yield from self._pauses_interrupt_no_service()
        yield from self._ends_in_time()

    def _violation(self, code: str, job: str | None = None, detail: str = "") -> Violation:
        return Violation(code, self.route.technician, self.route.shift, job, detail)

    def _served_as_long_as_it_takes(self, job: Job, stop: Stop) -> Iterator[Violation]:
        """Service lasts as long as this technician needs for this job."""
        needed = job.durations_s.get(self.technician.id)
        if needed is None:
            needed = (job.duration_s * self.technician.duration_percent + 99) // 100
        if stop.finish_s - stop.start_s != needed:
            yield self._violation("wrong_duration", job.id, f"{stop.finish_s - stop.start_s} s, needs {needed} s")

    def _has_skills(self, job: Job) -> Iterator[Violation]:
        """The technician has every skill at its level, and the certificate is good until the shift ends."""
        for need in job.skills:
            held = [one for one in self.technician.skills if one.code == need.code and one.level >= need.level]
            if not held:
                yield self._violation("missing_skill", job.id, f"{need.code} at level {need.level}")
            elif all(one.expires_s is not None and one.expires_s < self.shift.end_s for one in held):
                yield self._violation("expired_skill", job.id, need.code)

    def _is_not_forbidden(self, job: Job) -> Iterator[Violation]:
        """The technician is not one of those who must not be sent."""
        if self.technician.id in job.forbidden_technicians:
            yield self._violation("forbidden_technician", job.id)

    def _starts_when_it_may(self, job: Job, stop: Stop) -> Iterator[Violation]:
        """Service starts inside a window and after the release, and is finished by the deadline."""
        if job.windows and not any(window.start_s <= stop.start_s <= window.end_s for window in job.windows):
            yield self._violation("outside_window", job.id, f"starts at {stop.start_s}")
        if job.release_s is not None and stop.start_s < job.release_s:
            yield self._violation("before_release", job.id, f"starts at {stop.start_s}, released at {job.release_s}")
        if job.deadline_s is not None and stop.finish_s > job.deadline_s:
            yield self._violation("after_deadline", job.id, f"done at {stop.finish_s}, deadline {job.deadline_s}")

    def _stays_pinned(self, job: Job, stop: Stop, position: int) -> Iterator[Violation]:
        """What a person has fixed stays: technician, shift, place in the route, start."""
        if job.pin is None:
            return
        facts = {
            "technician": (job.pin.technician, self.technician.id),
            "shift": (job.pin.shift, self.route.shift),
            "position": (job.pin.position, position),
            "start_s": (job.pin.start_s, stop.start_s),
        }
        for what, (pinned, actual) in facts.items():
            if pinned is not None and pinned != actual:
                yield self._violation("pin_moved", job.id, f"{what} is {actual}, pinned to {pinned}")

    def _is_driven_as_stated(self) -> Iterator[Violation]:
        """Each leg leaves after the stop before it, takes the time it takes, and arrives before service starts."""
        place, free_s = self.shift.start_place, self.shift.start_s
        for stop in self.route.stops:
            to = self.problem.jobs_by_id[stop.job].place
            yield from self._leg(stop.job, place, to, free_s, stop.leave_s, stop.travel_s, stop.arrive_s)
            if stop.start_s < stop.arrive_s:
                yield self._violation("overlap", stop.job, f"starts at {stop.start_s}, arrives at {stop.arrive_s}")
            place, free_s = to, stop.finish_s
        way = (self.route.return_leave_s, self.route.return_travel_s, self.route.end_s)
        if self.shift.end_place is not None:
            yield from self._leg(None, place, self.shift.end_place, free_s, *way)
        elif way != (free_s, 0, free_s):
            yield self._violation("wrong_travel", None, f"the route ends where it is, at {free_s}, not {way}")

    def _leg(
        self, job: str | None, place: str, to: str, free_s: int, leave_s: int, travel_s: int, arrive_s: int
    ) -> Iterator[Violation]:
        needed_s = self._travel_s(self.usual_s(place, to), leave_s)
        if travel_s != needed_s:
            yield self._violation("wrong_travel", job, f"{travel_s} s stated, takes {needed_s} s")
        if leave_s < free_s:
            yield self._violation("overlap", job, f"leaves at {leave_s}, free at {free_s}")
        if job in self.begun:
            return
        if job is not None and job not in self.frozen and leave_s < (self.problem.now_s or leave_s):
            yield self._violation("left_in_the_past", job, f"leaves at {leave_s}, it is {self.problem.now_s}")
        arrives_s = self._drive(leave_s, needed_s)
        if arrives_s != arrive_s:
            yield self._violation("wrong_travel", job, f"arrives at {arrives_s}, stated {arrive_s}")

    def _travel_s(self, usual_s: int, leave_s: int) -> int:
        for period in self.problem.travel_periods:
            if period.start_s <= leave_s < period.end_s:
                return (usual_s * period.percent + 99) // 100
        return usual_s

    def _drive(self, leave_s: int, travel_s: int) -> int:
        """When a drive arrives that stands still during breaks."""
        at, left_s = leave_s, travel_s
        for pause in sorted(self.route.pauses, key=lambda one: one.start_s):
            if pause.end_s <= at or not left_s:
                continue
            if pause.start_s >= at + left_s:
                break
            left_s -= max(0, pause.start_s - at)
            at = pause.end_s
        return at + left_s

    def _carries_its_parts(self) -> Iterator[Violation]:
        """The van has in the morning what its jobs need over the day; what is frozen alone is not judged."""
        jobs = [self.problem.jobs_by_id[stop.job] for stop in self.route.stops]
        asked = {part for job in jobs if job.id not in self.frozen for part in job.parts}
        for part in sorted(asked):
            needed, carried = sum(job.parts.get(part, 0) for job in jobs), self.shift.parts.get(part, 0)
            if needed > carried:
                yield self._violation("missing_part", None, f"needs {needed} of {part}, carries {carried}")

    def _takes_its_breaks(self) -> Iterator[Violation]:
        """Every break still due is taken, starts when it may, lasts its time, and overlaps no other."""
        open_pauses = sorted(self.route.pauses, key=lambda one: one.start_s)
        for before, after in itertools.pairwise(open_pauses):
            if after.start_s < before.end_s:
                yield self._violation("overlap", None, f"breaks at {before.start_s} and {after.start_s}")
        earlier_s = 0
        for due in self.shift.breaks[self.base.breaks_done :]:
            taken = next((one for one in open_pauses if _is_taken_as(one, due)), None)
            if taken is not None:
                open_pauses.remove(taken)
            elif not self._frozen_leave_no_room(due, earlier_s):
                span = f"start between {due.earliest_start_s} and {due.latest_start_s}"
                yield self._violation("missing_break", None, f"{due.duration_s} s, {span}")
            earlier_s += due.duration_s
        for extra in open_pauses:
            yield self._violation("unknown_break", None, f"at {extra.start_s}")

    def _frozen_leave_no_room(self, due: Break, earlier_s: int) -> bool:
        """Whether work that can no longer be changed runs past the last moment for this break."""
        last = max((stop.finish_s for stop in self.route.stops if stop.job in self.frozen), default=None)
        return last is not None and last + earlier_s > due.latest_start_s

    def _pauses_interrupt_no_service(self) -> Iterator[Violation]:
        """A break may interrupt travel, never service, and lies inside the shift."""
        for pause in self.route.pauses:
            if pause.start_s < self.shift.start_s:
                yield self._violation("missing_break", None, "a break before the shift does not count")
            for stop in self.route.stops:
                if pause.start_s < stop.finish_s and stop.start_s < pause.end_s and stop.start_s < stop.finish_s:
                    yield self._violation("break_interrupts_service", stop.job, f"break at {pause.start_s}")

    def _ends_in_time(self) -> Iterator[Violation]:
        """The route is over by the end of the shift and its overtime limit, unless all of it is frozen."""
        limit_s = self.shift.end_s + self.shift.overtime_limit_s
        if self.route.end_s > limit_s and any(job not in self.frozen for job in self.route.jobs):
            yield self._violation("shift_overrun", None, f"ends at {self.route.end_s}, limit {limit_s}")


def _is_taken_as(pause: Pause, due: Break) -> bool:
    return pause.end_s - pause.start_s == due.duration_s and due.earliest_start_s <= pause.start_s <= due.latest_start_s
