"""VROOM (package pyvroom): skills, windows, lunch and priorities are its own; it ends by itself, or at the limit.

It serves by priority first, whatever the detour: it takes no exchange rate.
"""

from __future__ import annotations

from datetime import timedelta

import vroom

from optimizer.benchmarks.engines import Answer, Clock, Routes, Terms
from optimizer.benchmarks.instances import DayInstance, VrptwInstance

MOST_THOROUGH = 5


def vrptw(instance: VrptwInstance, terms: Terms, clock: Clock) -> Answer:
    """Equal vehicles from the depot, times in tenths."""
    depot = instance.customers[0]
    model = vroom.Input()
    model.set_durations_matrix("car", instance.travel.astype("uint32"))
    model.add_vehicle(
        [
            vroom.Vehicle(
                number + 1, start=0, end=0, capacity=[instance.capacity], time_window=(depot.ready, depot.due)
            )
            for number in range(instance.vehicles)
        ]
    )
    model.add_job(
        [
            vroom.Job(
                number,
                location=number,
                default_service=customer.service,
                delivery=[customer.demand],
                time_windows=[(customer.ready, customer.due)],
            )
            for number, customer in enumerate(instance.customers)
            if number
        ]
    )
    return _solve(model, terms, clock)


def technicians(instance: DayInstance, terms: Terms, clock: Clock) -> Answer:
    """Everything of a day, as VROOM has it."""
    earliest, latest, length = instance.lunch
    model = vroom.Input()
    model.set_durations_matrix("car", instance.travel.astype("uint32"))
    model.add_vehicle(
        [
            vroom.Vehicle(
                number + 1,
                start=instance.size + number,
                end=instance.size + number,
                skills=set(skills),
                time_window=instance.shift,
                breaks=[vroom.Break(number + 1, time_windows=[(earliest, latest)], service=length)],
            )
            for number, skills in enumerate(instance.skills)
        ]
    )
    model.add_job(
        [
            vroom.Job(
                number,
                location=number,
                default_service=job.duration_s,
                skills={job.skill},
                priority=job.weight,
                time_windows=list(job.windows),
            )
            for number, job in enumerate(instance.jobs)
        ]
    )
    return _solve(model, terms, clock)


def _solve(model: vroom.Input, terms: Terms, clock: Clock) -> Answer:
    """Routes by number of vehicle, from VROOM's table of steps; jobs keep the numbers of the instance."""
    solution = model.solve(
        exploration_level=MOST_THOROUGH, nb_threads=terms.cores, timeout=timedelta(seconds=clock.left_s)
    )
    routes: Routes = {}
    steps = solution.routes
    for vehicle, what, number in zip(steps.vehicle_id, steps.type, steps.id, strict=True):
        if what == "job":
            who = int(vehicle) - 1
            routes[who] = (*routes.get(who, ()), int(number))
    return Answer(routes=routes, elapsed_s=clock.elapsed_s)
