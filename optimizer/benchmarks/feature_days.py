"""One day many times: without and with each thing that dispatchers ask for and routing engines have no word for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from optimizer.benchmarks.technician_days import SHIFT
from optimizer.problem import Announcement, Job, Problem, Promise, Shift, Technician, TravelPeriod, Window
from optimizer.solution import Solution

HOUR = 3600
DAY = 24 * HOUR
UNFAIRNESS_PRICE = 500
VAN_HOLDS = 2


@dataclass(frozen=True, kw_only=True)
class Feature:
    """The same day without and with one feature."""

    name: str
    without: Problem
    with_it: Problem


def days_with_features(day: Problem, plan: Solution, seed: int) -> Iterator[Feature]:
    """Every feature switched on in `day`; `plan` is what its customers have been told where that matters."""
    random = Random(f"features {seed}")
    yield Feature(name="rush hours", without=day, with_it=replace(day, travel_periods=RUSH_HOURS))
    yield _jobs("agreed times", day, lambda job: replace(job, target_s=_agreed_s(random, job)))
    yield _jobs("promises", day, lambda job: replace(job, promises=(_promise(random),)) if job.value > 10 else job)
    yield announced(day, plan)
    yield _shifts("overtime", day, lambda shift: replace(shift, overtime_limit_s=HOUR))
    yield _jobs("regular technicians", day, lambda job: replace(job, regular_technicians=_able(random, day, job, 1)))
    yield _jobs(
        "preferred technicians", day, lambda job: replace(job, preferred_technicians=_able(random, day, job, 2))
    )
    yield _fair(day)
    yield _parts(day)
    yield _technicians("expiring certificates", day, _expiring)
    yield _technicians("a second day", day, _on_two_days)


#: the morning and the evening rush
RUSH_HOURS = (
    TravelPeriod(start_s=SHIFT[0] - HOUR, end_s=SHIFT[0] + HOUR, percent=170),
    TravelPeriod(start_s=SHIFT[1] - HOUR, end_s=SHIFT[1] + HOUR, percent=170),
)


def announced(day: Problem, plan: Solution) -> Feature:
    """One technician is ill; the customers have been told who comes and, to two hours, when."""
    ill = max(plan.routes, key=lambda route: len(route.stops)).technician
    told = {
        stop.job: Announcement(technician=route.technician, window=_two_hours(stop.start_s))
        for route in plan.routes
        for stop in route.stops
    }
    left = replace(day, technicians=tuple(one for one in day.technicians if one.id != ill))
    known = {job: replace(one, technician=None) if one.technician == ill else one for job, one in told.items()}
    return Feature(
        name="announcements, one ill",
        without=left,
        with_it=replace(left, jobs=tuple(replace(job, announced=known.get(job.id)) for job in day.jobs)),
    )


def _two_hours(start_s: int) -> Window:
    opens = start_s // HOUR * HOUR
    return Window(start_s=opens, end_s=opens + 2 * HOUR)


def _jobs(name: str, day: Problem, change: Callable[[Job], Job]) -> Feature:
    return Feature(name=name, without=day, with_it=replace(day, jobs=tuple(map(change, day.jobs))))


def _technicians(name: str, day: Problem, change: Callable[[int, Technician], Technician]) -> Feature:
    changed = tuple(change(number, one) for number, one in enumerate(day.technicians))
    return Feature(name=name, without=day, with_it=replace(day, technicians=changed))


def _shifts(name: str, day: Problem, change: Callable[[Shift], Shift]) -> Feature:
    return _technicians(name, day, lambda _, one: replace(one, shifts=tuple(map(change, one.shifts))))


def _agreed_s(random: Random, job: Job) -> int | None:
    """For every second job a whole half hour in its window, or in the shift."""
    if random.random() < 0.5:
        return None
    window = job.windows[0] if job.windows else Window(start_s=SHIFT[0], end_s=SHIFT[1] - HOUR)
    return random.randrange(max(window.start_s, SHIFT[0]), min(window.end_s, SHIFT[1]) + 1, HOUR // 2)


def _promise(random: Random) -> Promise:
    """Done by some whole hour from eleven to four."""
    return Promise(due_s=random.randrange(11, 17) * HOUR, broken_price_s=HOUR)


def _able(random: Random, day: Problem, job: Job, most: int) -> tuple[str, ...]:
    """Somebody who has the skills."""
    needed = {need.code for need in job.skills}
    able = [one.id for one in day.technicians if needed <= {skill.code for skill in one.skills}]
    return tuple(sorted(random.sample(able, min(most, len(able)))))


def _fair(day: Problem) -> Feature:
    """One crew; the spread of spare time has its price."""
    crew = replace(day, technicians=tuple(replace(one, crew="crew") for one in day.technicians))
    weights = replace(day.weights, unfairness_price_ms_per_s=UNFAIRNESS_PRICE)
    return Feature(name="fairness", without=crew, with_it=replace(crew, weights=weights))


def _parts(day: Problem) -> Feature:
    """Every fibre job needs a router, a van holds few."""
    jobs = tuple(replace(job, parts={"router": 1}) if job.skills[0].code == "fibre" else job for job in day.jobs)
    stocked = _shifts("parts", day, lambda shift: replace(shift, parts={"router": VAN_HOLDS}))
    return replace(stocked, with_it=replace(stocked.with_it, jobs=jobs))


def _expiring(number: int, technician: Technician) -> Technician:
    """Every second technician's first certificate ends at noon."""
    first, *others = technician.skills
    if number % 2:
        return technician
    return replace(technician, skills=(replace(first, expires_s=12 * HOUR), *others))


def _on_two_days(_: int, technician: Technician) -> Technician:
    """The same shift once more on the next day."""
    (shift,) = technician.shifts
    (lunch,) = shift.breaks
    late = replace(lunch, earliest_start_s=lunch.earliest_start_s + DAY, latest_start_s=lunch.latest_start_s + DAY)
    again = replace(shift, start_s=shift.start_s + DAY, end_s=shift.end_s + DAY, breaks=(late,))
    return replace(technician, shifts=(shift, again))
