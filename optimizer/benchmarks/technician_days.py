"""Seeded days of technicians' work: towns, skills, homes, windows, lunch, and more work than time."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from optimizer.problem import Break, Job, Place, Problem, Shift, Skill, SkillNeed, Technician, Window
from optimizer.travel_model import SpeedModel

SHIFT = (8 * 3600 + 1800, 17 * 3600 + 1800)
LUNCH = Break(duration_s=3600, earliest_start_s=11 * 3600 + 1800, latest_start_s=13 * 3600)
SKILLS = {"fibre": 0.4, "copper": 0.25, "tv": 0.2, "height": 0.15}
DURATIONS_S = (1200, 1800, 2700, 3600, 5400)
MEAN_TRAVEL_S = 600
CENTRE = (32.06, 118.79)
DEGREES = 0.18  # about 20 km either way


def technician_day(jobs: int, seed: int = 1, overload: float = 1.1) -> Problem:
    """A day of `jobs` jobs, with technicians for 1 / `overload` of the work; the same for the same arguments."""
    random = Random(f"{jobs} {seed} {overload}")
    towns = [_spot(random) for _ in range(max(3, jobs // 50))]
    asked = [_job(random, index) for index in range(jobs)]
    work_s = sum(job.duration_s + MEAN_TRAVEL_S for job in asked)
    people = max(2, round(work_s / overload / (SHIFT[1] - SHIFT[0] - LUNCH.duration_s)))
    places = [Place(id=job.place, lat=lat, lon=lon) for job in asked for lat, lon in [_near(random, towns)]]
    homes = [Place(id=f"home {n}", lat=lat, lon=lon) for n in range(people) for lat, lon in [_near(random, towns)]]
    return Problem(
        horizon_start_at=datetime(2026, 11, 23, tzinfo=UTC),
        places=(*places, *homes),
        technicians=tuple(_technician(random, n) for n in range(people)),
        jobs=tuple(asked),
        travel=SpeedModel(speed_km_per_h=35, detour_factor=1.3),
    )


def _spot(random: Random) -> tuple[float, float]:
    return CENTRE[0] + random.uniform(-DEGREES, DEGREES), CENTRE[1] + random.uniform(-DEGREES, DEGREES)


def _near(random: Random, towns: list[tuple[float, float]]) -> tuple[float, float]:
    """Two thirds in a town, the rest anywhere."""
    if random.random() < 1 / 3:
        return _spot(random)
    lat, lon = random.choice(towns)
    return lat + random.gauss(0, 0.015), lon + random.gauss(0, 0.015)


def _technician(random: Random, number: int) -> Technician:
    """Everyone has at least one skill; the first few have them all, so that every job can be served."""
    known = [skill for skill in SKILLS if random.random() < 0.55] or [random.choice(list(SKILLS))]
    if number < 2:
        known = list(SKILLS)
    home = f"home {number}"
    shift = Shift(start_s=SHIFT[0], end_s=SHIFT[1], start_place=home, end_place=home, breaks=(LUNCH,))
    return Technician(id=f"T{number:03}", shifts=(shift,), skills=tuple(Skill(code=code) for code in known))


def _job(random: Random, index: int) -> Job:
    skill = random.choices(list(SKILLS), list(SKILLS.values()))[0]
    return Job(
        id=f"J{index:04}",
        place=f"job {index}",
        duration_s=random.choices(DURATIONS_S, (0.2, 0.25, 0.25, 0.2, 0.1))[0],
        skills=(SkillNeed(code=skill),),
        windows=_windows(random),
        value=random.choices((10, 30, 90), (0.6, 0.3, 0.1))[0],
    )


def _windows(random: Random) -> tuple[Window, ...]:
    """Half of the jobs at any time, a quarter in a half-day, the rest in two hours."""
    draw = random.random()
    if draw < 0.5:
        return ()
    if draw < 0.75:
        start, length = random.choice((8, 13)), 4
    else:
        start, length = random.randrange(8, 16), 2
    return (Window(start_s=start * 3600, end_s=(start + length) * 3600),)
