"""Instances of both kinds made from a seed, so that nothing needs a file."""

from __future__ import annotations

from math import ceil, hypot
from random import Random

from optimizer.benchmarks.instances import DayInstance, DayJob, VrptwInstance, vrptw_of
from optimizer.benchmarks.technician_days import LUNCH, SHIFT, SKILLS, technician_day
from optimizer.problem import Job

CLOSE = 1000
SERVICE = 10
CAPACITY = 200


def generated_vrptw(customers: int, seed: int = 1) -> VrptwInstance:
    """Customers half in clusters, half anywhere, a vehicle for every four; the same for the same arguments."""
    random = Random(f"vrptw {customers} {seed}")
    side = 100 if customers <= 200 else 200
    depot = (side // 2, side // 2)
    clusters = [(random.randint(10, side - 10), random.randint(10, side - 10)) for _ in range(max(3, customers // 15))]
    rows = [[0, *depot, 0, 0, CLOSE, 0]]
    rows += [_customer(random, number, depot, side, clusters) for number in range(1, customers + 1)]
    return vrptw_of(f"vrptw-{customers}-{seed}", max(2, ceil(customers / 4)), CAPACITY, rows)


def _customer(
    random: Random, number: int, depot: tuple[int, int], side: int, clusters: list[tuple[int, int]]
) -> list[int]:
    """A customer that a vehicle of its own could always serve."""
    x, y = random.randint(0, side), random.randint(0, side)
    if random.random() < 0.5:
        x, y = (min(side, max(0, round(random.gauss(middle, 4)))) for middle in random.choice(clusters))
    way = ceil(hypot(x - depot[0], y - depot[1]))
    last = CLOSE - SERVICE - way
    width = random.choice((60, 120, 240, CLOSE))
    middle = random.randint(way, last)
    return [number, x, y, random.randint(5, 25), max(0, middle - width // 2), min(last, middle + width // 2), SERVICE]


def generated_day(jobs: int, seed: int = 1, overload: float = 1.1) -> DayInstance:
    """The technician day of these arguments (technician_days.py) as an instance that every engine can be given."""
    problem = technician_day(jobs, seed, overload)
    codes = {code: index for index, code in enumerate(SKILLS)}
    return DayInstance(
        name=f"day-{jobs}-{seed}" + ("" if overload == 1.1 else f"-overload-{overload:g}"),
        shift=SHIFT,
        lunch=(LUNCH.earliest_start_s, LUNCH.latest_start_s, LUNCH.duration_s),
        jobs=tuple(_day_job(job, codes) for job in problem.jobs),
        skills=tuple(frozenset(codes[skill.code] for skill in one.skills) for one in problem.technicians),
        at=tuple((place.lon or 0.0, place.lat or 0.0) for place in problem.places),
        travel=problem.travel.travels_s(problem.places),
    )


def _day_job(job: Job, codes: dict[str, int]) -> DayJob:
    return DayJob(
        duration_s=job.duration_s,
        skill=codes[job.skills[0].code],
        weight=job.value,
        windows=tuple((window.start_s, window.end_s) for window in job.windows) or (SHIFT,),
    )
