"""A route as it is driven once the start of each stop is chosen, and what it costs by term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.legs import Journey, Leg, carry_out, rest_of_breaks
from optimizer.piecewise import Piece, value_at
from optimizer.solution import Cost, Pause, Route, Stop
from optimizer.start_costs import missed_price, promise_price, target_price
from optimizer.tables import Call, Duty, Tables, changes_s, not_wished_s

Costs = list[Piece]


@dataclass(frozen=True, slots=True)
class Timing:
    """A route in its cheapest times, with what it costs by term (unserved and unfairness are not a route's)."""

    route: Route
    cost: Cost
    work_s: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The start of one stop (or the end of the route) and the leg that leads to it."""

    start_s: int
    leg: Leg | None


def drive_route(tables: Tables, duty: Duty, calls: Sequence[Call], chosen: Sequence[Chosen]) -> Timing:
    """The route as it is driven when its stops start at the chosen times."""
    stops, free_s = _begun_stops(tables, duty, calls)
    pauses: list[Pause] = []
    begun = len(stops)
    for call, one in zip(calls[begun:], chosen, strict=False):
        if not call.frozen and (not stops or calls[len(stops) - 1].frozen):
            free_s = max(free_s, tables.problem.now_s or free_s)
        journey, travel_s = _drive(duty, one, free_s, first=not stops)
        stops.append(
            Stop(
                job=tables.problem.jobs[call.job].id,
                leave_s=journey.leave_s,
                travel_s=travel_s,
                arrive_s=journey.arrive_s,
                start_s=one.start_s,
                finish_s=one.start_s + call.duration_s,
            )
        )
        pauses.extend(journey.pauses)
        free_s = stops[-1].finish_s
    return _ended(tables, duty, calls, stops, pauses, chosen[-1])


def _drive(duty: Duty, one: Chosen, free_s: int, *, first: bool) -> tuple[Journey, int]:
    if one.leg is None:
        raise AssertionError("a stop that is not begun is reached by a leg")
    return carry_out(duty, one.leg, free_s, one.start_s, leave_late=first), one.leg.travel_s


def _begun_stops(tables: Tables, duty: Duty, calls: Sequence[Call]) -> tuple[list[Stop], int]:
    """Stops already begun: their starts are facts, so arriving is when service started."""
    stops: list[Stop] = []
    place, free_s = duty.start_place, duty.shift.start_s
    for call in calls:
        if call.begun_s is None:
            break
        usual_s = int(tables.travel_s[place, call.place])
        percent = next(percent for first, last, percent in tables.periods if first <= free_s <= last)
        finish_s = call.begun_s + call.duration_s
        stops.append(
            Stop(
                job=tables.problem.jobs[call.job].id,
                leave_s=free_s,
                travel_s=-(-usual_s * percent // 100),
                arrive_s=call.begun_s,
                start_s=call.begun_s,
                finish_s=finish_s,
            )
        )
        place, free_s = call.place, finish_s
    return stops, free_s


def _ended(
    tables: Tables, duty: Duty, calls: Sequence[Call], stops: list[Stop], pauses: list[Pause], end: Chosen
) -> Timing:
    free_s = stops[-1].finish_s if stops else duty.shift.start_s
    journey, travel_s = _drive(duty, end, free_s, first=False)
    leave_s, end_s = (free_s, free_s) if duty.end_place is None else (journey.leave_s, journey.arrive_s)
    pauses.extend(journey.pauses)
    done = end.leg.last if end.leg is not None else 0
    pauses.extend(rest_of_breaks(duty, done, max([end_s, *[pause.end_s for pause in pauses]])))
    route = Route(
        technician=duty.technician.id,
        shift=duty.shift_index,
        stops=tuple(stops),
        pauses=tuple(pauses),
        return_leave_s=leave_s,
        return_travel_s=travel_s,
        end_s=end_s,
    )
    work_s = route.travel_s + sum(call.duration_s for call in calls)
    return Timing(route, route_cost(tables, duty, route), work_s)


def route_cost(tables: Tables, duty: Duty, route: Route) -> Cost:
    """What a timed route costs, by term."""
    weights = tables.problem.weights
    cost = Cost(
        travel_ms=1000 * route.travel_s,
        overtime_ms=weights.overtime_price_ms_per_s * max(0, route.end_s - duty.shift.end_s),
    )
    for stop in route.stops:
        cost += stop_cost(tables, duty, stop)
    return cost


def stop_cost(tables: Tables, duty: Duty, stop: Stop) -> Cost:
    """What serving one job then and by this technician costs, by term, travel left out."""
    problem, weights = tables.problem, tables.problem.weights
    job = problem.jobs_by_id[stop.job]
    duration_s = stop.finish_s - stop.start_s
    window = None if job.announced is None else job.announced.window
    missed = 0 if window is None else _at(missed_price(window, 1000 * weights.window_missed_price_s), stop.start_s)
    target = 0 if job.target_s is None else _at(target_price(job.target_s, weights.target_price_ms_per_s), stop.start_s)
    return Cost(
        lateness_ms=sum(_at(promise_price(promise, duration_s), stop.start_s) for promise in job.promises),
        target_ms=target,
        changes_ms=missed + 1000 * changes_s(problem, job, duty.technician.id),
        preference_ms=1000 * not_wished_s(problem, job, duty.technician.id),
    )


def _at(costs: Costs, t: int) -> int:
    return value_at(costs, t) or 0
