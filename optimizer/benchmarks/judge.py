"""Is an answer what it should be, and what is it worth? Exact, from the instance alone; no engine's code is used.

The judge drives every route as early as it can. Where a lunch must be found, it tries it
between every two stops: to serve as early as possible is never worse, since windows bound
only the start of service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimizer.benchmarks.instances import DayInstance, DayJob, Instance, VrptwInstance

Routes = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an answer is worth, and everything wrong with it.

    `travel` is in the instance's unit (tenths for VRPTW, seconds for days); `unserved` is the
    weight of the jobs left out.
    """

    violations: tuple[str, ...]
    travel: int
    served: int
    unserved: int

    def cost(self, exchange_s: int) -> int:
        """Travel, and the weight left out at so many seconds a point."""
        return self.travel + exchange_s * self.unserved


def judge(instance: Instance, routes: Routes) -> Judged:
    """Judge routes: the numbers of the jobs in order, by number of vehicle or technician."""
    if isinstance(instance, VrptwInstance):
        return _judge_vrptw(instance, routes)
    return _judge_day(instance, routes)


def _judge_vrptw(instance: VrptwInstance, routes: Routes) -> Judged:
    found = [*_misplaced(routes, range(instance.vehicles), range(1, instance.size + 1))]
    driven = {who: [job for job in route if 1 <= job <= instance.size] for who, route in routes.items()}
    served = {job for route in driven.values() for job in route}
    found += [f"customer {job} is not served" for job in range(1, instance.size + 1) if job not in served]
    for who, route in sorted(driven.items()):
        found += [f"vehicle {who}: {what}" for what in _wrong_with(instance, route)]
    travel = sum(_way(instance, 0, route) for route in driven.values())
    return Judged(violations=tuple(found), travel=travel, served=len(served), unserved=0)


def _judge_day(instance: DayInstance, routes: Routes) -> Judged:
    size = instance.size
    found = [*_misplaced(routes, range(len(instance.skills)), range(size))]
    known = {who: route for who, route in routes.items() if 0 <= who < len(instance.skills)}
    driven = {who: [job for job in route if 0 <= job < size] for who, route in known.items()}
    for who, route in sorted(driven.items()):
        lacking = [job for job in route if instance.jobs[job].skill not in instance.skills[who]]
        found += [f"technician {who} lacks the skill of job {job}" for job in lacking]
        if not can_be_driven(instance, who, route):
            found.append(f"technician {who} cannot keep windows, lunch and shift")
    served = {job for route in driven.values() for job in route}
    travel = sum(_way(instance, size + who, route) for who, route in driven.items())
    unserved = instance.weight - sum(instance.jobs[job].weight for job in served)
    return Judged(violations=tuple(found), travel=travel, served=len(served), unserved=unserved)


def _misplaced(routes: Routes, people: range, jobs: range) -> Iterator[str]:
    """Who or what the instance does not know, and jobs that are in routes more than once."""
    for who in sorted(routes):
        if who not in people:
            yield f"there is no vehicle or technician {who}"
    for job, times in sorted(Counter(job for route in routes.values() for job in route).items()):
        if job not in jobs:
            yield f"there is no job {job}"
        if times > 1:
            yield f"job {job} is served {times} times"


def _way(instance: Instance, home: int, route: Sequence[int]) -> int:
    """The travel of a route from home and back; none if it is empty."""
    stops = [home, *route, home] if route else []
    return sum(int(instance.travel[a, b]) for a, b in pairwise(stops))


def _wrong_with(instance: VrptwInstance, route: Sequence[int]) -> Iterator[str]:
    """What of capacity, windows and the depot's hours a route breaks."""
    load = sum(instance.customers[job].demand for job in route)
    if load > instance.capacity:
        yield f"carries {load}, holds {instance.capacity}"
    depot = instance.customers[0]
    time, place = depot.ready, 0
    for job in route:
        customer = instance.customers[job]
        time = max(time + int(instance.travel[place, job]), customer.ready)
        if time > customer.due:
            yield f"starts at customer {job} at {time}, due {customer.due}"
        time, place = time + customer.service, job
    time += int(instance.travel[place, 0])
    if time > depot.due:
        yield f"is back at {time}, the depot closes at {depot.due}"


def can_be_driven(instance: DayInstance, technician: int, route: Sequence[int]) -> bool:
    """Whether a technician can serve these jobs in this order, have lunch and be home in time; skills left aside."""
    ends = (_end_s(instance, technician, route, before) for before in range(len(route) + 1))
    return any(end is not None and end <= instance.shift[1] for end in ends)


def _end_s(instance: DayInstance, technician: int, route: Sequence[int], lunch_before: int) -> int | None:
    """When the technician is home, with lunch on the way to stop `lunch_before`; None if that cannot be."""
    earliest, latest, length = instance.lunch
    home = instance.size + technician
    time, place = instance.shift[0], home
    for position, to in enumerate((*route, home)):
        arrive = time + int(instance.travel[place, to])
        if position == lunch_before:
            if time > latest:
                return None
            arrive = max(arrive, earliest) + length
        if position == len(route):
            return arrive
        start = _start_s(instance.jobs[to], arrive)
        if start is None:
            return None
        time, place = start + instance.jobs[to].duration_s, to
    return time


def _start_s(job: DayJob, arrive: int) -> int | None:
    """The first moment from `arrive` on inside a window."""
    starts = [max(arrive, start) for start, end in job.windows if arrive <= end]
    return min(starts, default=None)
