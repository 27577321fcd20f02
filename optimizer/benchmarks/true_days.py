"""One true day of a route, driven step by step: written apart from the simulation whose forecasts it judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp
from random import Random

from optimizer.problem import Problem
from optimizer.risk.day_arrays import opens_s
from optimizer.risk.uncertainty import Uncertainty
from optimizer.solution import Route


@dataclass(frozen=True, slots=True)
class TrueFactors:
    """What a day makes of the plan: the factor on each service and on the drive to it, by job."""

    services: Mapping[str, float] = field(default_factory=dict)
    drives: Mapping[str, float] = field(default_factory=dict)


def draw_factors(route: Route, uncertainty: Uncertainty, random: Random, wider: float = 1.0) -> TrueFactors:
    """A day out of the distributions, with every sigma `wider` than they say."""
    travel = uncertainty.travel
    common = travel.log_median + random.gauss(0, wider * travel.day_sigma)
    spreads = {stop.job: uncertainty.service_of(stop.job, route.technician) for stop in route.stops}
    return TrueFactors(
        services={
            job: exp(spread.log_median + random.gauss(0, wider * spread.sigma)) for job, spread in spreads.items()
        },
        drives={stop.job: exp(common + random.gauss(0, wider * travel.leg_sigma)) for stop in route.stops},
    )


def true_starts(problem: Problem, route: Route, factors: TrueFactors) -> dict[str, float]:
    """When service really starts at each stop of a route of which nothing has begun, in seconds, by job.

    A second of driving is done after the other; a break stops the van as soon as it may start,
    or is taken on arrival, and belongs between the same two stops as in the plan.
    """
    shift = problem.technicians_by_id[route.technician].shifts[route.shift]
    breaks = list(zip(sorted(route.pauses, key=lambda one: one.start_s), shift.breaks, strict=False))
    clock_s = float(shift.start_s)
    starts: dict[str, float] = {}
    for stop in route.stops:
        to_drive_s = stop.travel_s * factors.drives[stop.job]
        while breaks and breaks[0][0].start_s < stop.start_s:
            due = breaks.pop(0)[1]
            driven_s = min(to_drive_s, max(0.0, due.earliest_start_s - clock_s))
            to_drive_s -= driven_s
            clock_s = max(clock_s + driven_s, due.earliest_start_s) + due.duration_s
        waits_until_s = min(stop.start_s, opens_s(problem.jobs_by_id[stop.job], stop.start_s))
        clock_s = max(clock_s + to_drive_s, waits_until_s)
        starts[stop.job] = clock_s
        clock_s += (stop.finish_s - stop.start_s) * factors.services[stop.job]
    return starts
