"""Seeded weeks of technicians' routes as they stand: skills, homes, lunch, and hours that customers were told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from optimizer.benchmarks.technician_days import CENTRE, DEGREES, LUNCH, SHIFT, SKILLS
from optimizer.problem import (
    BaseRoute,
    BaseStop,
    Job,
    Place,
    Problem,
    Promise,
    Shift,
    Skill,
    SkillNeed,
    Technician,
    TravelPeriod,
    Window,
)
from optimizer.travel_model import SpeedModel

DAY_S = 86_400
DURATIONS_S = (900, 1200, 1800, 2400)
STEP_DEGREES = 0.006  # about 600 m from one stop to the next
MINUTES_A_STOP = 34
SLOT_S = 7200
#: hours of a working day with the share of the usual time that travel takes, as a town has them
RUSH = ((7, 8, 150), (8, 9, 161), (9, 16, 133), (16, 17, 150), (17, 18, 174), (18, 19, 161), (19, 22, 125))
SPEED_KM_PER_H, FREE_FLOW_KM_PER_H = 35.0, 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """How many technicians work how many days, how many hundredths of their stops are already late, and rush hours.

    The routes are the same with rush hours as without.
    """

    technicians: int = 1000
    days: int = 5
    stops: int = 11
    late_percent: int = 0
    seed: int = 1
    rush: bool = field(default=False, repr=False)


def technician_week(week: Week) -> Problem:
    """The routes of a week as a problem with base routes; the same for the same arguments."""
    random = Random(f"week {week}")
    homes = [_somewhere(random) for _ in range(week.technicians)]
    places = [Place(id=f"home {n}", lat=lat, lon=lon) for n, (lat, lon) in enumerate(homes)]
    technicians = tuple(_technician(random, n, week.days) for n in range(week.technicians))
    jobs: list[Job] = []
    routes = []
    for technician, home in zip(technicians, homes, strict=True):
        for day in range(week.days):
            asked = [_job(random, f"{technician.id} {day} {n}", day, n, week) for n in range(week.stops)]
            places.extend(_on_the_way(random, asked, home))
            jobs.extend(asked)
            stops = tuple(BaseStop(job=job.id, start_s=SHIFT[0] + day * DAY_S) for job in asked)
            routes.append(BaseRoute(technician=technician.id, shift=day, stops=stops))
    return Problem(
        horizon_start_at=datetime(2026, 11, 23, tzinfo=UTC),
        places=tuple(places),
        technicians=technicians,
        jobs=tuple(jobs),
        travel=SpeedModel(speed_km_per_h=FREE_FLOW_KM_PER_H if week.rush else SPEED_KM_PER_H, detour_factor=1.3),
        travel_periods=tuple(_rush(week.days)) if week.rush else (),
        base_routes=tuple(routes),
    )


def _rush(days: int) -> Iterator[TravelPeriod]:
    for day in range(days):
        for first, last, percent in RUSH:
            yield TravelPeriod(start_s=day * DAY_S + first * 3600, end_s=day * DAY_S + last * 3600, percent=percent)


def slots(days: int) -> list[Window]:
    """Two hours each, five a day."""
    starts = (day * DAY_S + hour * 3600 for day in range(days) for hour in range(8, 18, 2))
    return [Window(start_s=start, end_s=start + SLOT_S - 1) for start in starts]


def new_job(random: Random, number: int) -> tuple[Job, Place]:
    """A job that nobody has heard of, somewhere."""
    lat, lon = _somewhere(random)
    need = SkillNeed(code=random.choices(list(SKILLS), list(SKILLS.values()))[0])
    place = Place(id=f"new {number}", lat=lat, lon=lon)
    return Job(id="new", place=place.id, duration_s=random.choice(DURATIONS_S), skills=(need,)), place


def _somewhere(random: Random) -> tuple[float, float]:
    return CENTRE[0] + random.uniform(-DEGREES, DEGREES), CENTRE[1] + random.uniform(-DEGREES, DEGREES)


def _technician(random: Random, number: int, days: int) -> Technician:
    known = [skill for skill in SKILLS if random.random() < 0.55] or [random.choice(list(SKILLS))]
    shifts = tuple(_shift(f"home {number}", day * DAY_S) for day in range(days))
    return Technician(
        id=f"T{number:04}",
        shifts=shifts,
        skills=tuple(Skill(code=code) for code in known),
        duration_percent=random.choice((80, 100, 100, 100, 125)),
    )


def _shift(home: str, from_s: int) -> Shift:
    lunch = replace(
        LUNCH,
        earliest_start_s=from_s + LUNCH.earliest_start_s,
        latest_start_s=from_s + LUNCH.latest_start_s,
    )
    return Shift(start_s=from_s + SHIFT[0], end_s=from_s + SHIFT[1], start_place=home, end_place=home, breaks=(lunch,))


def _job(random: Random, name: str, day: int, number: int, week: Week) -> Job:
    """A quarter have been told a half-day, a quarter two hours or so; some should have been served by yesterday."""
    about_s = day * DAY_S + SHIFT[0] + number * MINUTES_A_STOP * 60 + (3600 if number > week.stops // 2 else 0)
    draw = random.random()
    spread_s = 2 * DAY_S if draw < 0.5 else 3 * 3600 if draw < 0.75 else 5400
    late = random.random() * 100 < week.late_percent
    return Job(
        id=name,
        place=name,
        duration_s=random.choice(DURATIONS_S),
        windows=(Window(start_s=about_s - spread_s, end_s=about_s + spread_s),),
        promises=(Promise(due_s=day * DAY_S, late_price_ms_per_s=1000),) if late else (),
    )


def _on_the_way(random: Random, jobs: list[Job], at: tuple[float, float]) -> list[Place]:
    places = []
    for job in jobs:
        at = at[0] + random.gauss(0, STEP_DEGREES), at[1] + random.gauss(0, STEP_DEGREES)
        places.append(Place(id=job.place, lat=at[0], lon=at[1]))
    return places
