"""Instances as problems of the public model, and plans of it as answers."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.benchmarks.instances import DayInstance, Instance, VrptwInstance
from optimizer.problem import Break, Job, Place, Problem, Shift, Skill, SkillNeed, Technician, Weights, Window
from optimizer.solution import Route
from optimizer.travel_model import TravelMatrix

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
LOAD = "load"


def problem_of(instance: Instance, exchange_s: int) -> Problem:
    """The instance as a problem; `exchange_s` is the travel in seconds that one point of weight is worth.

    Technicians are T0, T1 ..., jobs and places are named by their number in the instance.
    """
    return _vrptw(instance, exchange_s) if isinstance(instance, VrptwInstance) else _day(instance, exchange_s)


def _vrptw(instance: VrptwInstance, exchange_s: int) -> Problem:
    """Vehicles are equal technicians, a tenth is a second, capacity and demand are parts."""
    depot = instance.customers[0]
    shift = Shift(start_s=depot.ready, end_s=depot.due, start_place="0", end_place="0", parts={LOAD: instance.capacity})
    jobs = [
        Job(
            id=str(number),
            place=str(number),
            duration_s=customer.service,
            windows=(Window(start_s=customer.ready, end_s=customer.due),),
            parts={LOAD: customer.demand} if customer.demand else {},
            mandatory=True,
        )
        for number, customer in enumerate(instance.customers)
        if number
    ]
    return _problem(
        instance, [Technician(id=f"T{n}", shifts=(shift,)) for n in range(instance.vehicles)], jobs, exchange_s
    )


def _day(instance: DayInstance, exchange_s: int) -> Problem:
    """Homes are the places after those of the jobs; weight is value, lunch is a break."""
    earliest, latest, length = instance.lunch
    lunch = Break(duration_s=length, earliest_start_s=earliest, latest_start_s=latest)
    technicians = []
    for number, skills in enumerate(instance.skills):
        home = str(instance.size + number)
        shift = Shift(
            start_s=instance.shift[0], end_s=instance.shift[1], start_place=home, end_place=home, breaks=(lunch,)
        )
        known = tuple(Skill(code=str(skill)) for skill in sorted(skills))
        technicians.append(Technician(id=f"T{number}", shifts=(shift,), skills=known))
    jobs = [
        Job(
            id=str(number),
            place=str(number),
            duration_s=job.duration_s,
            skills=(SkillNeed(code=str(job.skill)),),
            windows=tuple(Window(start_s=start, end_s=end) for start, end in job.windows),
            value=job.weight,
        )
        for number, job in enumerate(instance.jobs)
    ]
    return _problem(instance, technicians, jobs, exchange_s)


def _problem(instance: Instance, technicians: list[Technician], jobs: list[Job], exchange_s: int) -> Problem:
    return Problem(
        horizon_start_at=MIDNIGHT,
        places=tuple(Place(id=str(number)) for number in range(len(instance.at))),
        technicians=tuple(technicians),
        jobs=tuple(jobs),
        travel=TravelMatrix(travel_s=instance.travel),
        weights=Weights(travel_s_per_value=exchange_s),
    )


def routes_of(routes: tuple[Route, ...]) -> dict[int, tuple[int, ...]]:
    """The routes of a plan as the numbers of their jobs, by number of technician."""
    return {int(route.technician.removeprefix("T")): tuple(int(job) for job in route.jobs) for route in routes}
