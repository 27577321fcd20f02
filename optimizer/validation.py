"""Is a problem fit to be planned? Every rule yields its faults; all are collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from optimizer.faults import Fault
from optimizer.travel_model import TravelMatrix

if TYPE_CHECKING:
    from optimizer.problem import Announcement, BaseRoute, Break, Job, Pin, Problem, Shift, Technician, Window

FAR_S = 400_000_000  # nearly 13 years: beyond any horizon, and far from overflow once priced
MOST = 1_000_000_000


def faults_of(problem: Problem) -> list[Fault]:
    """Every fault of a problem, in the order of its document; empty if it can be planned."""
    known = _Known(problem)
    found: list[Fault] = []
    if problem.horizon_start_at.tzinfo is None:
        found.append(Fault("horizon_start_at", "naive_instant", "an offset is needed"))
    if problem.now_s is not None:
        found.extend(_whole("now_s", problem.now_s, -FAR_S, FAR_S))
    for rule in (_places, _travel, _travel_periods, _technicians, _jobs, _weights, _base_routes):
        found.extend(rule(problem, known))
    return found


class _Known:
    """The ids that may be referred to."""

    def __init__(self, problem: Problem) -> None:
        self.places = {place.id for place in problem.places}
        self.technicians = {technician.id: technician for technician in problem.technicians}
        self.jobs = {job.id for job in problem.jobs}


def _whole(path: str, value: object, low: int = 0, high: int = MOST) -> Iterator[Fault]:
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        yield Fault(path, "not_whole", f"{value!r} is not a whole number")
    elif not low <= value <= high:
        yield Fault(path, "out_of_range", f"{value} is not between {low} and {high}")


def _instant(path: str, value: object) -> Iterator[Fault]:
    return _whole(path, value, -FAR_S, FAR_S)


def _unique(path: str, ids: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if not one:
            yield Fault(f"{path}[{index}].id", "empty", "an id is needed")
        if one in seen:
            yield Fault(f"{path}[{index}].id", "duplicate", f"{one!r} stands twice")
        seen.add(one)


def _one_of(path: str, value: str | None, known: Iterable[str], what: str) -> Iterator[Fault]:
    if value is not None and value not in known:
        yield Fault(path, "unknown", f"no {what} {value!r}")


def _counts(path: str, counts: Mapping[str, int]) -> Iterator[Fault]:
    for name, count in counts.items():
        yield from _whole(f"{path}.{name}", count, 0, 1_000_000)


def _ordered(path: str, spans: Iterable[tuple[int, int]], *, touching: bool) -> Iterator[Fault]:
    """Each span must not end before it starts, and must come after the one before it."""
    until: int | None = None
    for index, (start, end) in enumerate(spans):
        if end < start:
            yield Fault(f"{path}[{index}]", "ends_before_start", f"{start} to {end}")
        if until is not None and (start < until or (start == until and not touching)):
            yield Fault(f"{path}[{index}]", "overlap", f"starts at {start}, the one before ends at {until}")
        until = end


def _places(problem: Problem, _known: _Known) -> Iterator[Fault]:
    yield from _unique("places", (place.id for place in problem.places))
    needed = not isinstance(problem.travel, TravelMatrix)
    for index, place in enumerate(problem.places):
        for name, value, limit in (("lat", place.lat, 90), ("lon", place.lon, 180)):
            path = f"places[{index}].{name}"
            if value is None:
                if needed:
                    yield Fault(path, "missing", "a speed model needs coordinates")
            elif not -limit <= value <= limit:
                yield Fault(path, "out_of_range", f"{value} is not between -{limit} and {limit}")


def _travel(problem: Problem, _known: _Known) -> Iterator[Fault]:
    if not isinstance(problem.travel, TravelMatrix):
        for name, low, high in (("speed_km_per_h", 0.1, 1000.0), ("detour_factor", 1.0, 10.0)):
            if not low <= getattr(problem.travel, name) <= high:
                yield Fault(f"travel.{name}", "out_of_range", f"not between {low} and {high}")
        return
    size = (len(problem.places), len(problem.places))
    for name in ("travel_s", "distance_m"):
        matrix = getattr(problem.travel, name)
        if matrix is None:
            continue
        if matrix.shape != size:
            yield Fault(f"travel.{name}", "wrong_shape", f"{matrix.shape}, but there are {size[0]} places")
        elif matrix.size and (matrix.min() < 0 or matrix.max() > 10_000_000):
            yield Fault(f"travel.{name}", "out_of_range", "a cell is not between 0 and 10000000")
        elif np.diagonal(matrix).any():
            yield Fault(f"travel.{name}", "diagonal", "from a place to itself must be 0")


def _travel_periods(problem: Problem, _known: _Known) -> Iterator[Fault]:
    spans = [(period.start_s, period.end_s) for period in problem.travel_periods]
    yield from _ordered("travel_periods", spans, touching=True)
    for index, period in enumerate(problem.travel_periods):
        yield from _instant(f"travel_periods[{index}].start_s", period.start_s)
        yield from _instant(f"travel_periods[{index}].end_s", period.end_s)
        yield from _whole(f"travel_periods[{index}].percent", period.percent, 10, 1000)


def _technicians(problem: Problem, known: _Known) -> Iterator[Fault]:
    yield from _unique("technicians", (technician.id for technician in problem.technicians))
    for index, technician in enumerate(problem.technicians):
        yield from _technician(f"technicians[{index}]", technician, known)


def _technician(path: str, technician: Technician, known: _Known) -> Iterator[Fault]:
    yield from _whole(f"{path}.duration_percent", technician.duration_percent, 1, 1000)
    for index, skill in enumerate(technician.skills):
        yield from _whole(f"{path}.skills[{index}].level", skill.level, 0, 1000)
    spans = [(shift.start_s, shift.end_s) for shift in technician.shifts]
    yield from _ordered(f"{path}.shifts", spans, touching=True)
    for index, shift in enumerate(technician.shifts):
        yield from _shift(f"{path}.shifts[{index}]", shift, known)


def _shift(path: str, shift: Shift, known: _Known) -> Iterator[Fault]:
    yield from _instant(f"{path}.start_s", shift.start_s)
    yield from _instant(f"{path}.end_s", shift.end_s)
    yield from _whole(f"{path}.overtime_limit_s", shift.overtime_limit_s, 0, FAR_S)
    yield from _one_of(f"{path}.start_place", shift.start_place, known.places, "place")
    yield from _one_of(f"{path}.end_place", shift.end_place, known.places, "place")
    yield from _counts(f"{path}.parts", shift.parts)
    yield from _breaks(f"{path}.breaks", shift.breaks, shift)


def _breaks(path: str, breaks: Iterable[Break], shift: Shift) -> Iterator[Fault]:
    free = previous = shift.start_s
    for index, pause in enumerate(breaks):
        here = f"{path}[{index}]"
        yield from _whole(f"{here}.duration_s", pause.duration_s, 1, FAR_S)
        if pause.latest_start_s < pause.earliest_start_s:
            yield Fault(here, "ends_before_start", f"{pause.earliest_start_s} to {pause.latest_start_s}")
        if pause.earliest_start_s < shift.start_s or pause.latest_start_s + pause.duration_s > shift.end_s:
            yield Fault(here, "outside_shift", "a break must fit its shift, wherever it starts")
        if index and pause.earliest_start_s < previous:
            yield Fault(here, "out_of_order", "breaks stand in the order of their earliest starts")
        previous = pause.earliest_start_s
        free = max(free, pause.earliest_start_s) + pause.duration_s
        if free - pause.duration_s > pause.latest_start_s:
            yield Fault(here, "no_room", "the breaks before it leave no time to start it")


def _jobs(problem: Problem, known: _Known) -> Iterator[Fault]:
    yield from _unique("jobs", (job.id for job in problem.jobs))
    for index, job in enumerate(problem.jobs):
        yield from _job(f"jobs[{index}]", job, known)
        yield from _job_technicians(f"jobs[{index}]", job, known)


def _job(path: str, job: Job, known: _Known) -> Iterator[Fault]:
    yield from _one_of(f"{path}.place", job.place, known.places, "place")
    yield from _whole(f"{path}.duration_s", job.duration_s, 0, FAR_S)
    yield from _whole(f"{path}.value", job.value, 0, 1_000_000)
    yield from _counts(f"{path}.parts", job.parts)
    for index, need in enumerate(job.skills):
        yield from _whole(f"{path}.skills[{index}].level", need.level, 0, 1000)
    for name in ("release_s", "deadline_s", "target_s"):
        if getattr(job, name) is not None:
            yield from _instant(f"{path}.{name}", getattr(job, name))
    yield from _windows(f"{path}.windows", job.windows)
    for index, promise in enumerate(job.promises):
        yield from _instant(f"{path}.promises[{index}].due_s", promise.due_s)
        yield from _whole(f"{path}.promises[{index}].late_price_ms_per_s", promise.late_price_ms_per_s, 0, 1_000_000)
        yield from _whole(f"{path}.promises[{index}].broken_price_s", promise.broken_price_s)
        if promise.measure not in ("start", "finish"):
            yield Fault(f"{path}.promises[{index}].measure", "unknown", "start or finish")


def _windows(path: str, windows: tuple[Window, ...]) -> Iterator[Fault]:
    yield from _ordered(path, ((window.start_s, window.end_s) for window in windows), touching=False)
    for index, window in enumerate(windows):
        yield from _instant(f"{path}[{index}].start_s", window.start_s)
        yield from _instant(f"{path}[{index}].end_s", window.end_s)


def _job_technicians(path: str, job: Job, known: _Known) -> Iterator[Fault]:
    for name in ("preferred_technicians", "regular_technicians", "forbidden_technicians"):
        for index, technician in enumerate(getattr(job, name)):
            yield from _one_of(f"{path}.{name}[{index}]", technician, known.technicians, "technician")
    for technician, duration_s in job.durations_s.items():
        yield from _one_of(f"{path}.durations_s.{technician}", technician, known.technicians, "technician")
        yield from _whole(f"{path}.durations_s.{technician}", duration_s, 0, FAR_S)
    if job.announced is not None:
        yield from _announcement(f"{path}.announced", job.announced, known)
    if job.pin is not None:
        yield from _pin(f"{path}.pin", job.pin, known)


def _announcement(path: str, announced: Announcement, known: _Known) -> Iterator[Fault]:
    yield from _one_of(f"{path}.technician", announced.technician, known.technicians, "technician")
    if announced.window is not None:
        yield from _windows(f"{path}.window", (announced.window,))


def _pin(path: str, pin: Pin, known: _Known) -> Iterator[Fault]:
    yield from _one_of(f"{path}.technician", pin.technician, known.technicians, "technician")
    if pin.start_s is not None:
        yield from _instant(f"{path}.start_s", pin.start_s)
    if pin.position is not None:
        yield from _whole(f"{path}.position", pin.position, 0, 100_000)
    if pin.shift is None:
        return
    if pin.technician is None:
        yield Fault(f"{path}.shift", "needs_technician", "a shift belongs to a technician")
    elif pin.technician in known.technicians:
        yield from _whole(f"{path}.shift", pin.shift, 0, len(known.technicians[pin.technician].shifts) - 1)


def _weights(problem: Problem, _known: _Known) -> Iterator[Fault]:
    for weight in fields(problem.weights):
        limit = 1_000_000 if weight.name.endswith("ms_per_s") else MOST
        yield from _whole(f"weights.{weight.name}", getattr(problem.weights, weight.name), 0, limit)


def _base_routes(problem: Problem, known: _Known) -> Iterator[Fault]:
    duties: set[tuple[str, int]] = set()
    planned: set[str] = set()
    for index, route in enumerate(problem.base_routes):
        path = f"base_routes[{index}]"
        yield from _base_route(path, route, known)
        if (route.technician, route.shift) in duties:
            yield Fault(path, "duplicate", f"{route.technician!r} has two routes on shift {route.shift}")
        duties.add((route.technician, route.shift))
        for position, stop in enumerate(route.stops):
            yield from _one_of(f"{path}.stops[{position}].job", stop.job, known.jobs, "job")
            if stop.job in planned:
                yield Fault(f"{path}.stops[{position}].job", "duplicate", f"{stop.job!r} is planned twice")
            planned.add(stop.job)


def _base_route(path: str, route: BaseRoute, known: _Known) -> Iterator[Fault]:
    technician = known.technicians.get(route.technician)
    if technician is None:
        yield Fault(f"{path}.technician", "unknown", f"no technician {route.technician!r}")
    elif not 0 <= route.shift < len(technician.shifts):
        yield Fault(f"{path}.shift", "unknown", f"{route.technician!r} has no shift {route.shift}")
    else:
        breaks = technician.shifts[route.shift].breaks
        yield from _whole(f"{path}.breaks_done", route.breaks_done, 0, len(breaks))
    for before, after in zip(route.stops, route.stops[1:], strict=False):
        if after.start_s < before.start_s:
            yield Fault(f"{path}.stops", "out_of_order", f"{after.job!r} starts before {before.job!r}")
        if after.begun and not before.begun:
            yield Fault(f"{path}.stops", "begun_after_unbegun", f"{after.job!r} has begun, {before.job!r} not")
